import { hkdfSync } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { compactDecrypt } from "jose";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Found, Kept } from "../../lib/session/keeper.js";
import { sealedSessions } from "../../lib/session/sealed.js";
import { sealer } from "../../lib/text/seal.js";

const secret = "a secret of at least 32 bytes, yes";
const options = { keys: [secret], name: "s", room: 4000, expires: undefined, lifetime: undefined };
const kept: Kept = { session: { a: 1 }, created: Date.now(), renewed: Date.now() };
const fresh = (more: Partial<Kept> = {}): Kept => ({ ...kept, renewed: Date.now(), ...more });
const cookieOf = (outcome: unknown) => (outcome as { cookie: string }).cookie;

test("any JOSE library opens the cookie: its payload is the record as JSON", async () => {
  const cookie = cookieOf(sealedSessions(options).begin(kept));
  const key = new Uint8Array(hkdfSync("sha256", secret, "", "composure session A256CBC-HS512 s", 64));
  const { plaintext } = await compactDecrypt(cookie, key);
  assert.equal(JSON.parse(new TextDecoder().decode(plaintext)), kept);
});

test("what was sealed is found; under another name, secret or after a change it is nothing", async () => {
  const keeper = sealedSessions(options);
  const cookie = cookieOf(keeper.begin(kept));
  assert.equal((await keeper.find(cookie))?.kept.session, { a: 1 });
  assert.is(await sealedSessions({ ...options, name: "t" }).find(cookie), null);
  assert.is(await sealedSessions({ ...options, keys: ["x".repeat(32)] }).find(cookie), null);
  assert.is(await keeper.find(`${cookie}x`), null);
});

test("authentic text that is no record of ours is nothing", async () => {
  const { seal } = sealer([secret], "composure session A256CBC-HS512 s");
  for (const text of ["", "{", "5", "null", "[]", "{}", '{"session":1,"created":1,"renewed":1}']) {
    assert.is(await sealedSessions(options).find(seal(text)), null, text);
  }
});

test("the times inside are checked on reading", async () => {
  const old = { ...kept, created: Date.now() - 10_000, renewed: Date.now() - 10_000 };
  const cookie = cookieOf(sealedSessions(options).begin(old));
  const found = async (expires?: number, lifetime?: number) =>
    (await sealedSessions({ ...options, expires, lifetime }).find(cookie)) !== null;
  assert.equal(
    [await found(11), await found(9), await found(undefined, 11), await found(undefined, 9)],
    [true, false, true, false],
  );
});

test("a cookie that was opened before is found as frozen as at first, and its times are still checked", async () => {
  const now = Date.now;
  const cookie = cookieOf(sealedSessions(options).begin(fresh({ session: { a: { b: 1 } } })));
  const keeper = sealedSessions({ ...options, expires: 100 });
  const [first, second] = [await keeper.find(cookie), await keeper.find(cookie)];
  assert.equal(second?.kept, first?.kept);
  assert.ok(Object.isFrozen(second?.kept.session.a));
  try {
    Date.now = () => now() + 101_000;
    assert.is(await keeper.find(cookie), null);
  } finally {
    Date.now = now;
  }
});

test("a session is remembered as JSON keeps it, whatever the handler does to its own objects later", async () => {
  const keeper = sealedSessions(options);
  const list = [1, -0, Number.NaN];
  const cookie = cookieOf(keeper.begin(fresh({ session: { list } })));
  list.push(4);
  assert.equal((await keeper.find(cookie))?.kept.session, { list: [1, 0, null] });
});

test("renewing seals anew where a flash was consumed or a tenth has passed, else not", async () => {
  const keeper = sealedSessions({ ...options, expires: 100 });
  const found = async (kept: Kept) => (await keeper.find(cookieOf(await keeper.begin(kept))))!;
  assert.is(keeper.renew(await found(fresh())), null);
  const flashed = await found(fresh({ flash: { n: 1 } }));
  assert.equal(flashed.flash, { n: 1 });
  assert.is((await keeper.find(cookieOf(await keeper.renew(flashed))))?.kept.flash, undefined);
  const renewed = cookieOf(await keeper.renew(await found(fresh({ renewed: Date.now() - 11_000 }))));
  assert.ok((await keeper.find(renewed))!.kept.renewed > Date.now() - 5000);
});

const sealedAt = (renewed: number, more: Partial<Kept> = {}): string =>
  cookieOf(sealedSessions(options).begin({ ...kept, renewed, ...more }));

test("without a hook all is synchronous, and a hook that answers at once keeps it so", () => {
  const cookie = sealedAt(Date.now());
  for (const isRevoked of [undefined, () => false]) {
    const keeper = sealedSessions({ ...options, isRevoked });
    const found = keeper.find(cookie) as Found;
    assert.equal(found.kept.session, { a: 1 });
    assert.type(cookieOf(keeper.change(found, (next) => ({ next, moves: false }))), "string");
  }
});

test("a session that was revoked is none", async () => {
  const [old, young] = [sealedAt(1000), sealedAt(2000)];
  const isRevoked = async ({ renewed }: Kept) => renewed < 1500;
  const keeper = sealedSessions({ ...options, isRevoked });
  assert.is(await keeper.find(old), null);
  assert.equal((await keeper.find(young))?.kept.session, { a: 1 });
});

test("a request under way when its session is revoked seals no new cookie", async () => {
  let time = 0;
  const isRevoked = async (kept: Kept) => kept.renewed < time;
  const keeper = sealedSessions({ ...options, expires: 1000, isRevoked });
  const found = (await keeper.find(sealedAt(Date.now() - 200_000, { flash: { n: 1 } })))!;
  time = Date.now();
  assert.is(await keeper.change(found, (next) => ({ next: fresh(next), moves: false })), "refused");
  assert.is(await keeper.renew(found), "refused");
});

test("what is revoked while its change is asked about is sealed with a time before that", async () => {
  let time = 0;
  const isRevoked = async (kept: Kept) => {
    const answer = kept.renewed < time;
    await wait(5);
    time = Date.now();
    return answer;
  };
  const keeper = sealedSessions({ ...options, expires: 1000, isRevoked });
  const aged = Date.now() - 200_000;
  const found: Found = { cookie: "", id: "", kept: { ...kept, renewed: aged }, flash: {} };
  for (const reseal of [
    () => keeper.renew(found),
    () => keeper.change(found, (kept) => ({ next: { ...kept, renewed: Date.now() }, moves: false })),
  ]) {
    time = 0;
    const cookie = cookieOf(await reseal());
    assert.is(await keeper.find(cookie), null);
  }
});

test("an unsealed cookie that is no session, or over, is not asked about", async () => {
  const isRevoked = () => assert.unreachable() as never;
  const keeper = sealedSessions({ ...options, expires: 10, isRevoked });
  assert.is(await keeper.find("x"), null);
  assert.is(await keeper.find(sealedAt(Date.now() - 20_000)), null);
});

test("what has no room is refused, with the largest key", () => {
  const large = { ...kept, session: { a: 1, b: "x".repeat(5000) }, flash: { c: "x" } };
  assert.throws(
    () => sealedSessions(options).begin(large),
    /at most 4096 bytes, got \d+\. The largest key is "b"/,
  );
});

test.run();
