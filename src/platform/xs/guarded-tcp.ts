// GuardedTcp: a TCP socket that survives its owner.
import TCP, { type TcpOptions } from "embedded:io/socket/tcp";

/**
 * An exception out of a callback would restart the device, and the SDK's clients throw when a peer breaks the protocol. Here it is an error
 * of the connection: the owner hears `onError` and closes it.
 */
export class GuardedTcp extends TCP {
  constructor(options: TcpOptions) {
    const { onReadable, onWritable, onError } = options;
    super({
      ...options,
      onReadable(count) {
        try {
          onReadable.call(this, count);
        } catch {
          fail(this, onError);
        }
      },
      onWritable(count) {
        try {
          onWritable.call(this, count);
        } catch {
          fail(this, onError);
        }
      },
      onError() {
        fail(this, onError);
      },
    });
  }
}

function fail(socket: TCP, onError: TcpOptions["onError"]): void {
  try {
    onError.call(socket);
  } catch {
    // The owner has let go of the connection already.
  }
}
