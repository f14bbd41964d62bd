// Types of firmware-tools.js for the tests.
export function missingTools(platform: string, env: Readonly<Record<string, string | undefined>>): string[];
