// RecordError: what is wrong with a WFDB file, as one line for the person who named the file.

/** A file or header of a recording that cannot be used. The message is one line: file, field, value, expectation. */
export class RecordError extends Error {
  override get name(): string {
    return "RecordError";
  }
}
