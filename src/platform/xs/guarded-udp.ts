// GuardedUdp: a UDP socket for owners who count on every datagram to go out and to make sense.
import UDP, { type UdpOptions } from "embedded:io/socket/udp";

/**
 * An exception out of a callback would restart the device. The SDK's NTP client throws out of its own timer when the network is gone, and
 * on a datagram that is too short. Here both are what datagrams may always be: lost.
 */
export class GuardedUdp extends UDP {
  constructor(options: UdpOptions) {
    const { onReadable } = options;
    super({
      ...options,
      onReadable(count) {
        try {
          onReadable.call(this, count);
        } catch {
          // Nonsense, from whomever it came.
        }
      },
    });
  }

  override write(bytes: ArrayBuffer | Uint8Array, address: string, port: number): void {
    try {
      super.write(bytes, address, port);
    } catch {
      // No route. Owners ask again when no answer comes.
    }
  }
}
