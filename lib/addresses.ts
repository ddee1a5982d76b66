/** Sets of IP addresses, as people write them. */
import { BlockList, isIPv4, isIPv6 } from "node:net";
import { wrong } from "./errors.js";
import { alone, recent } from "./recent.js";

/** The names of the proxy-addr package, which Express takes, too. */
const named: { readonly [name: string]: readonly string[] } = {
  loopback: ["127.0.0.0/8", "::1"],
  linklocal: ["169.254.0.0/16", "fe80::/10"],
  uniquelocal: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
};

/** A lookup costs a microsecond, and the same few proxies come again and again. */
const remembered = 1000;

const familyOf = (address: string): "ipv4" | "ipv6" | undefined => {
  if (isIPv4(address)) return "ipv4";
  return isIPv6(address) ? "ipv6" : undefined;
};

/** `address [ "/" prefix ]`; a prefix of 0 would be everybody. */
function addRange(list: BlockList, who: string, range: string): void {
  const [, address = "", digits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(range) ?? [];
  const family = familyOf(address);
  const bits = family === "ipv4" ? 32 : 128;
  const prefix = Number(digits ?? bits);
  if (family === undefined || prefix < 1 || prefix > bits) {
    const names = Object.keys(named).join(", ");
    throw wrong(who, `an address, a range such as "10.0.0.0/8", or a name among ${names}`, range);
  }
  list.addSubnet(address, prefix, family);
}

/**
 * A test for whether an address is among these: addresses, ranges as of RFC 4632, and the names `loopback`,
 * `linklocal`, `uniquelocal`. An IPv4 address is the same when it is written as IPv6 (`::ffff:10.0.0.1`).
 *
 * `addressSet("withForwarded", ["10.0.0.0/8"])("10.1.2.3")` is `true`
 *
 * @throws TypeError for what is none of these.
 */
export function addressSet(who: string, ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const known = Object.hasOwn(named, range) ? named[range] : undefined;
    for (const one of known ?? [range]) addRange(list, who, one);
  }
  const verdicts = recent<boolean>(remembered);
  return (address) => {
    const before = verdicts.get(address);
    if (before !== undefined) return before;
    const family = familyOf(address);
    if (family === undefined) return false;
    const isAmong = list.check(address, family);
    verdicts.set(alone(address), isAmong);
    return isAmong;
  };
}
