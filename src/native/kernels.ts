// The functions of `ffi`, for all native modules together: an object of them takes half a kilobyte of RAM.
import FFI from "mc/ffi";

/** XS gives what a preloaded module changes a place in RAM, here one of two slots. */
const made: { kernels: FFI | undefined } = { kernels: undefined };

/** Not at the top level of a module: there nothing native can be called before the device starts. */
export function kernels(): FFI {
  return (made.kernels ??= new FFI());
}
