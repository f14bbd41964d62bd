// nameServers: whom to ask for the address of a name.
import Net from "net";

/** Asked where neither the settings nor DHCP name a server: Cloudflare's public resolver. */
const PUBLIC_NAME_SERVER = "1.1.1.1";

/** @param configured address of a name server, or "" for those that DHCP gave. @returns at least one; the SDK's resolver needs that. */
export function nameServers(configured: string): readonly string[] {
  if (configured !== "") return [configured];
  const given = Net.get("DNS");
  return given !== undefined && given.length > 0 ? given : [PUBLIC_NAME_SERVER];
}
