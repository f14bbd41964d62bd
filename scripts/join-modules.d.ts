// Types of join-modules.js.
export function joinModules(project: string, board: string, afe: string): Promise<string>;
