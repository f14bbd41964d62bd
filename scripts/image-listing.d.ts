// Types of image-listing.js.
export interface ListedFunction {
  readonly start: number;
  readonly bytes: number;
  readonly name: string;
  readonly module: string;
  readonly line: number;
}
export function listImage(built: { image: string; bundle: string; hostPath: string }): Promise<{ modules: Map<string, number>; functions: ListedFunction[] }>;
