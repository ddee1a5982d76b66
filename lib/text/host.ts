/** The grammar of hosts: RFC 9110 section 7.2, RFC 3986 section 3.2.2. */

/** A host as a client names it; the brackets of an IPv6 address belong to the name, as in a URL. */
export type Host = { readonly name: string; readonly port: number | undefined };

/** `Host = uri-host [ ":" port ]` */
const parts = /^(\[[^\]]*\]|[^:[\]]+)(?::(\d{0,5}))?$/;
/** `reg-name = *( unreserved / pct-encoded / sub-delims )`, which IPv4 addresses satisfy too. */
const regName = /^(?:[\w.~!$&'()*+,;=-]|%[0-9a-f]{2})+$/i;
/** `IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )` */
const ipFuture = /^v[0-9a-f]+\.[\w.~!$&'()*+,;=:-]+$/i;

/** The URL parser knows what an IPv6 address is; it would skip tabs, and must not see anything but the address. */
const isIPv6 = (address: string): boolean =>
  /^[0-9a-f:.]+$/i.test(address) && URL.canParse(`http://[${address}]`);

const isLiteral = (address: string): boolean => isIPv6(address) || ipFuture.test(address);

const isName = (name: string): boolean =>
  name.startsWith("[") ? isLiteral(name.slice(1, -1)) : regName.test(name);

/**
 * The host and port in the value of a `host` header; undefined where it is outside the grammar or names no host.
 *
 * `parseHost("[::1]:3000")` gives `{ name: "[::1]", port: 3000 }`
 */
export function parseHost(text: string): Host | undefined {
  const [, name, digits] = parts.exec(text) ?? [];
  if (name === undefined || !isName(name)) return undefined;
  const port = digits ? Number(digits) : undefined;
  return port !== undefined && port > 65535 ? undefined : { name, port };
}
