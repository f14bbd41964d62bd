// Types of inline-once.js.
export function withCalleesInPlace(program: object, rest: string[]): object;
