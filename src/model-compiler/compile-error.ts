// CompileError: a model or an option that can't be compiled. Its message is the one line that the user sees.

export class CompileError extends Error {
  override get name(): string {
    return "CompileError";
  }
}
