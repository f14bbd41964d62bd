// guardResolver: a DNS resolver whose answers are dropped when nobody waits for them any more.
// The SDK's MQTT client (8.2.3) takes an answer after it was closed, touches freed state and restarts the device.

interface ResolveOptions {
  readonly host: string;
  readonly onResolved: (host: string, address: string) => void;
  readonly onError: (host: string) => void;
}
interface Resolver {
  resolve(options: ResolveOptions): void;
}

/** ECMA-419 resolver options: `io` is the class, the rest is for its constructor. */
export interface ResolverOptions {
  readonly io: new (options: never) => object;
  readonly [name: string]: unknown;
}

/** @returns the same options with answers passed on only while `isWanted()`. */
export function guardResolver(options: ResolverOptions, isWanted: () => boolean): ResolverOptions {
  const { io: Inner } = options;
  class GuardedResolver implements Resolver {
    private readonly _inner: Resolver;
    constructor(innerOptions: never) {
      this._inner = new Inner(innerOptions) as Resolver;
    }
    resolve({ host, onResolved, onError }: ResolveOptions): void {
      this._inner.resolve({
        host,
        onResolved: (name, address) => {
          if (isWanted()) onResolved(name, address);
        },
        onError: (name) => {
          if (isWanted()) onError(name);
        },
      });
    }
  }
  return { ...options, io: GuardedResolver };
}
