// "mc/ffi" of our own hosts of XS. mcconfig makes the like of it from a manifest's `ffi.functions`.

/** Makes the functions of `ffi` properties of an object. A global of hosts that have native kernels. */
declare const bindNatives: (into: object) => void;

export default class FFI {
  constructor() {
    bindNatives(this);
  }
}
