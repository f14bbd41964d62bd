// UsageError: input that edgebeat cannot work with. Its message is the one line that the user sees; the exit status is 2.

export class UsageError extends Error {}

/** Exit status for bad input. */
export const EXIT_USAGE = 2;
/** Exit status of a run that lost something. */
export const EXIT_LOST = 1;
