// tlsIdentityOf: what a provision says of TLS, as the SDK's TLS wants it: DER out of PEM or base64.
import type { ProvisionedTls } from "../../monitor/provision.js";
import type { TlsIdentity } from "./tls-socket.js";

/** @throws SyntaxError for what is no base64 */
export function tlsIdentityOf({ ca, cert, key }: ProvisionedTls): TlsIdentity {
  return { certificate: blocksOf(ca)[0] as ArrayBuffer, clientCertificates: blocksOf(cert), clientKey: blocksOf(key)[0] as ArrayBuffer };
}

/** @returns each block of PEM, or the one text of base64, at least one */
function blocksOf(text: string): ArrayBuffer[] {
  const blocks: ArrayBuffer[] = [];
  const parts = text.split("-----");
  // BEGIN, its text, END, and what lies between: every fourth part from the third is base64.
  for (let index = 2; index < parts.length; index += 4) blocks.push(Uint8Array.fromBase64(parts[index] as string).buffer);
  return blocks.length > 0 ? blocks : [Uint8Array.fromBase64(text).buffer];
}
