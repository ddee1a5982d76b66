import { test } from "uvu";
import * as assert from "uvu/assert";
import { render } from "../lib/render.js";
import type { Request, Response, Session, Update } from "../lib/types.js";
import {
  alterSession,
  clearSession,
  flashAssoc,
  recreateSession,
  sessionAssoc,
  sessionDissoc,
  setSession,
} from "../lib/updates.js";

const request: Request = { method: "GET", uri: "/", headers: {}, session: Object.freeze({ a: 1, b: 2 }) };
const after = (update: Update) => (render(request, update) as Response).session;

test("sessionAssoc sets the keys that it names and leaves the others", () => {
  assert.equal(after([sessionAssoc("b", 3, "c", [4])]), { a: 1, b: 3, c: [4] });
  assert.equal(after(sessionAssoc({ b: null })), { a: 1, b: null });
});

test("a value of undefined removes its key, as JSON has none", () => {
  assert.equal(after(sessionAssoc("a", undefined)), { b: 2 });
  assert.equal(after(sessionAssoc({ a: undefined, c: 3 })), { b: 2, c: 3 });
});

test("sessionDissoc removes the keys that it names", () => {
  assert.equal(after(sessionDissoc("a", "x")), { b: 2 });
});

test("setSession and a map with session set the whole", () => {
  assert.equal(after(setSession({ c: 3 })), { c: 3 });
  assert.equal(after({ session: { c: 3 } }), { c: 3 });
  assert.is(after(setSession(null)), null);
});

test("alterSession applies a function to the frozen session, with its arguments", () => {
  const add = (session: Session, n: number, m: number) => {
    assert.ok(Object.isFrozen(session));
    return { ...session, sum: n + m };
  };
  assert.equal(after(alterSession(add, 2, 3)), { a: 1, b: 2, sum: 5 });
});

test("clearSession leaves null; what follows begins with nothing", () => {
  assert.is(after([sessionAssoc("c", 3), clearSession()]), null);
  assert.is(after({ session: null }), null);
  assert.equal(after([clearSession(), sessionAssoc("c", 3)]), { c: 3 });
});

test("recreateSession leaves the data", () => {
  assert.equal(after([recreateSession(), sessionAssoc("c", 3)]), { a: 1, b: 2, c: 3 });
});

test("each part acts on what the part before it left", () => {
  const twice = (session: Session) => ({ n: Number(session.n) * 2 });
  assert.equal(
    after([setSession({ n: 1, x: 1 }), sessionDissoc("x"), alterSession(twice), sessionAssoc("y", 1)]),
    { n: 2, y: 1 },
  );
});

test("flashAssoc names data for the next request and leaves the session alone", () => {
  const response = render(request, [flashAssoc("a", 1, "b", 2), flashAssoc({ c: 3 })]) as Response;
  assert.equal(response.flash, { a: 1, b: 2, c: 3 });
  assert.is(response.session, undefined);
});

test("the session that comes out is frozen, and the one that came in is as it was", () => {
  const value = { list: [1] };
  const session = after(sessionAssoc("value", value)) as { value: { list: number[] } };
  value.list.push(2);
  assert.equal(session.value, { list: [1] });
  assert.throws(() => session.value.list.push(3), TypeError);
  assert.equal(request.session, { a: 1, b: 2 });
});

test("what JSON cannot hold is refused at the write, by its key", () => {
  assert.throws(() => sessionAssoc("fn", (() => 1) as never), /sessionAssoc: .* at "fn", got a function/);
  assert.throws(() => sessionAssoc({ a: { b: 1n } as never }), /at "a\.b", got 1n/);
  assert.throws(() => setSession({ s: Symbol("x") as never }), /setSession: .* at "s"/);
  assert.throws(() => flashAssoc("f", Symbol("x") as never), /flashAssoc: .* at "f"/);
  assert.throws(() => after(alterSession(() => ({ n: 1n as never }))), /alterSession: .* at "n"/);
});

test("wrong arguments are refused, with what to write", () => {
  assert.throws(() => sessionAssoc("a" as never), /sessionAssoc: expected a map/);
  assert.throws(
    () => (sessionAssoc as (...args: unknown[]) => unknown)("a", 1, "b"),
    /keys and values in turn, got an array of 3/,
  );
  assert.throws(() => (sessionAssoc as () => unknown)(), /keys and values in turn/);
  assert.throws(() => sessionAssoc(5 as never, 1), /a string as key, got 5/);
  assert.throws(() => sessionDissoc(5 as never), /a string as key, got 5/);
  assert.throws(() => setSession("x" as never), /setSession: expected a map/);
  assert.throws(() => alterSession("x" as never), /alterSession: expected a function/);
  assert.throws(
    () => after(alterSession((() => undefined) as never)),
    /to return a map, got undefined.*clearSession/,
  );
  assert.throws(
    () => after(alterSession((async () => ({})) as never)),
    /to return a map, got a Promise. It is synchronous/,
  );
});

test("__proto__ is an ordinary key", () => {
  const session = after(sessionAssoc("__proto__", { admin: true })) as Session;
  assert.equal(Object.keys(session), ["a", "b", "__proto__"]);
  assert.is((session as { admin?: unknown }).admin, undefined);
  assert.equal(Object.keys(after([sessionAssoc("__proto__", 1), sessionDissoc("__proto__")]) as Session), [
    "a",
    "b",
  ]);
});

test.run();
