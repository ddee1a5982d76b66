/** Sets of addresses know their members, however these are written. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { addressSet } from "../lib/addresses.js";

const set = (...ranges: string[]) => addressSet("spec", ranges);

test("an address and a range have their members", () => {
  const includes = set("192.0.2.7", "10.0.0.0/8", "2001:db8::/32");
  for (const address of ["192.0.2.7", "10.0.0.0", "10.255.255.255", "2001:db8::1", "2001:DB8:1::"]) {
    assert.is(includes(address), true, address);
  }
  for (const address of ["192.0.2.8", "11.0.0.0", "9.255.255.255", "2001:db9::1"]) {
    assert.is(includes(address), false, address);
  }
});

test("an answer that is remembered is the same", () => {
  const includes = set("10.0.0.0/8");
  for (let i = 0; i < 3; i++) {
    assert.is(includes("10.0.0.1"), true);
    assert.is(includes("11.0.0.1"), false);
  }
});

test("an IPv4 address is the same when it is written as IPv6", () => {
  for (const address of ["::ffff:10.0.0.1", "::FFFF:10.0.0.1", "::ffff:a00:1", "0:0:0:0:0:ffff:a00:1"]) {
    assert.is(set("10.0.0.0/8")(address), true, address);
  }
  assert.is(set("::ffff:10.0.0.1")("10.0.0.1"), true);
  assert.is(set("::1")("0.0.0.1"), false);
  assert.is(set("10.0.0.0/8")("::10.0.0.1"), false);
});

test("the names are those of proxy-addr", () => {
  const members = {
    loopback: ["127.0.0.1", "127.9.9.9", "::1"],
    linklocal: ["169.254.1.1", "fe80::1"],
    uniquelocal: ["10.1.1.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12::1"],
  };
  for (const [name, addresses] of Object.entries(members)) {
    for (const address of addresses) assert.is(set(name)(address), true, address);
    for (const address of ["8.8.8.8", "172.32.0.1", "126.0.0.1", "2001:db8::1"]) {
      assert.is(set(name)(address), false, address);
    }
  }
});

test("what is no address is in no set", () => {
  const includes = set("128.0.0.0/1", "0.0.0.0/1", "loopback");
  for (const text of ["", "unknown", "_a", "1.2.3", "::1]", "1.2.3.4:80", "a".repeat(65536)]) {
    assert.is(includes(text), false);
  }
  assert.is(set()("127.0.0.1"), false);
  assert.is(includes("\u01312.0.0.1"), false);
  assert.is(includes("12.0.0.1"), true);
});

test("what is no range is refused", () => {
  const strange = [
    "",
    "localhost",
    "10.0.0",
    "10.0.0.0/33",
    "::/129",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "10.0.0.0/-1",
  ];
  for (const range of [
    ...strange,
    "10.0.0.0/0x8",
    "01.0.0.0",
    " 10.0.0.1",
    "[::1]",
    "__proto__",
    "toString",
  ]) {
    assert.throws(
      () => set("10.0.0.1", range),
      /^spec: expected an address, a range such as "10\.0\.0\.0\/8", or a name among loopback, linklocal, uniquelocal, got "/,
      range,
    );
  }
});

test("everybody is no range", () => {
  for (const range of ["0.0.0.0/0", "::/0", "1.2.3.4/00"]) assert.throws(() => set(range), /got "/);
});

test("a range has the addresses that begin with its bits", () => {
  const numberOf = (address: string) => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const bits = fc.integer({ min: 1, max: 32 });
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV4(), bits, (one, other, prefix) => {
      const begin = (address: string) => Math.floor(numberOf(address) / 2 ** (32 - prefix));
      assert.is(set(`${one}/${prefix}`)(other), begin(one) === begin(other));
      assert.is(set(`${one}/${prefix}`)(`::ffff:${one}`), true);
    }),
  );
});

test.run();
