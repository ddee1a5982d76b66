import { mock } from "node:test";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isPromise } from "../../../lib/decorate.js";
import { mixed, spreadMaps } from "../../../lib/stores/memory/maps.js";
import { memoryStore } from "../../../lib/stores/memory.js";
import type { SessionEntry, SubjectStore } from "../../../lib/types.js";

const start = 1_000_000;
const same = <T>(value: T): T => value;

/** Time stands still until it is told to go on. */
test.before.each(() => mock.timers.enable({ apis: ["setInterval", "Date"], now: start }));
test.after.each(() => mock.timers.reset());

const idsOf = (store: SubjectStore, subject: string): string[] =>
  (store.sessionsOf(subject) as readonly SessionEntry[]).map(({ id }) => id);

test("a session is listed with when it began, when it was seen last, and its label", () => {
  const store = memoryStore();
  store.create("a", {}, { subject: "ada", label: "Firefox on Linux" });
  assert.equal(store.sessionsOf("ada"), [
    { id: "a", created: start, seen: start, label: "Firefox on Linux" },
  ]);
});

test("an update and a touch are seen, and give the label anew; reading is not seen", () => {
  const store = memoryStore();
  store.create("a", {}, { subject: "ada", label: "Firefox" });
  mock.timers.tick(1_000);
  store.read("a");
  assert.equal(store.sessionsOf("ada"), [{ id: "a", created: start, seen: start, label: "Firefox" }]);
  store.update("a", same, { subject: "ada", label: "Chromium" });
  assert.equal(store.sessionsOf("ada"), [
    { id: "a", created: start, seen: start + 1_000, label: "Chromium" },
  ]);
  mock.timers.tick(1_000);
  store.touch?.("a", { subject: "ada" });
  assert.equal(store.sessionsOf("ada"), [{ id: "a", created: start, seen: start + 2_000 }]);
});

test("the session seen last comes first", () => {
  const store = memoryStore();
  for (const id of ["a", "b", "c"]) {
    store.create(id, {}, { subject: "ada" });
    mock.timers.tick(1_000);
  }
  store.touch?.("b", { subject: "ada" });
  assert.equal(idsOf(store, "ada"), ["b", "c", "a"]);
});

test("a session of nobody is in no list", () => {
  const store = memoryStore();
  store.create("a", {}, {});
  for (const subject of ["", "undefined", "a"]) assert.equal(store.sessionsOf(subject), []);
});

test("a session whose time is over is not listed, though it is not freed yet", () => {
  const store = memoryStore();
  store.create("a", {}, { subject: "ada", ttl: 1 });
  store.create("b", {}, { subject: "ada" });
  mock.timers.tick(999);
  assert.is(idsOf(store, "ada").length, 2);
  mock.timers.tick(1);
  assert.equal(idsOf(store, "ada"), ["b"]);
});

test("all sessions of a subject end at once, and nobody else's", () => {
  const store = memoryStore();
  for (const id of ["a", "b", "c"]) store.create(id, {}, { subject: "ada" });
  store.create("d", {}, { subject: "eve" });
  store.create("e", {}, {});
  assert.not.ok(isPromise(store.deleteAllOf("ada")));
  assert.is(store.size, 2);
  assert.equal(idsOf(store, "ada"), []);
  assert.equal([store.read("a"), store.read("d"), store.read("e")], [null, {}, {}]);
  store.deleteAllOf("nobody");
  assert.is(store.size, 2);
});

test("names that objects have are ordinary subjects", () => {
  const store = memoryStore();
  for (const subject of ["__proto__", "constructor", ""]) {
    assert.equal(store.sessionsOf(subject), []);
    store.create(subject, {}, { subject });
    assert.equal(idsOf(store, subject), [subject]);
  }
});

test("a session that leaves the store in any way leaves the list", async () => {
  const store = memoryStore({ max: 3 });
  for (const id of ["past", "expired", "deleted"]) store.create(id, {}, { subject: "ada", ttl: 1 });
  store.create("a", {}, { subject: "ada" });
  assert.equal(idsOf(store, "ada").sort(), ["a", "deleted", "expired"]);
  store.delete("deleted");
  mock.timers.tick(60_000);
  assert.equal(idsOf(store, "ada"), ["a"]);
  assert.is(store.size, 1);
});

test("a session created again is listed once, and is whose it is now", () => {
  const store = memoryStore();
  for (const subject of ["ada", "ada", "eve"]) store.create("a", {}, { subject });
  assert.equal([idsOf(store, "ada"), idsOf(store, "eve")], [[], ["a"]]);
  store.create("a", {}, {});
  assert.equal(idsOf(store, "eve"), []);
});

test("a subject with no session left leaves nothing behind", () => {
  const set = mock.method(Map.prototype, "set");
  const store = memoryStore();
  for (const id of ["a", "b", "c", "d"]) store.create(id, {}, { subject: "ada" });
  const maps = new Set(set.mock.calls.map((call) => call.this as Map<unknown, unknown>));
  set.mock.restore();
  const isKnown = (): boolean => [...maps].some((map) => map.has("ada"));
  for (const id of ["d", "a", "b"]) {
    store.delete(id);
    assert.ok(isKnown());
  }
  store.delete("c");
  assert.not.ok(isKnown());
});

test("a subject with very many sessions is signed out in no more time for each", () => {
  const store = memoryStore({ max: 200_000 });
  for (let id = 0; id < 100_000; id++) store.create(String(id), {}, { subject: "ada" });
  store.create("other", {}, { subject: "ada" });
  store.delete("50000");
  assert.is(idsOf(store, "ada").length, 100_000);
  store.deleteAllOf("ada");
  assert.is(store.size, 0);
});

test("subjects that begin or end alike are spread over the maps", () => {
  const mapOf = spreadMaps<number>(mixed);
  for (const nameOf of [
    (index: number) => `user:${index}`,
    (index: number) => `${index}@mail.example`,
    (index: number) => `${index}00`,
  ]) {
    const maps = new Set(Array.from({ length: 10_000 }, (_, index) => mapOf(nameOf(index))));
    assert.is(maps.size, 128);
  }
});

type Kept = { readonly id: string; readonly subject: string | undefined; until: number };

/** The same list without any care for speed. */
function naiveList(max: number) {
  let kept: Kept[] = [];
  const living = (one: Kept): boolean => one.until > Date.now();
  return {
    create(id: string, subject: string | undefined, ttl: number) {
      const others = kept.filter((one) => one.id !== id);
      kept = [...others, { id, subject, until: Date.now() + ttl * 1000 }].slice(-max);
    },
    delete(id: string) {
      kept = kept.filter((one) => one.id !== id);
    },
    deleteAllOf(subject: string) {
      kept = kept.filter((one) => one.subject !== subject);
    },
    idsOf: (subject: string) =>
      kept.filter((one) => one.subject === subject && living(one)).map(({ id }) => id),
  };
}

const id = fc.constantFrom("a", "b", "c", "d", "e");
const subject = fc.constantFrom("ada", "eve", undefined);
const create = fc.record({ id, subject, ttl: fc.integer({ min: 1, max: 100 }) });
const step = fc.oneof(
  create,
  create,
  id.map((gone) => ({ gone })),
  fc.constantFrom("ada", "eve").map((all) => ({ all })),
);

test("whatever is done, the lists are those of a naive one", () => {
  const steps = fc.array(fc.tuple(step, fc.integer({ min: 0, max: 30_000 })), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), steps, (max, steps) => {
      const [store, naive] = [memoryStore({ max }), naiveList(max)];
      for (const [step, pause] of steps) {
        mock.timers.setTime(Date.now() + pause);
        if ("gone" in step) for (const list of [store, naive]) list.delete(step.gone);
        else if ("all" in step) for (const list of [store, naive]) list.deleteAllOf(step.all);
        else {
          const { id, subject, ttl } = step;
          store.create(id, {}, subject === undefined ? { ttl } : { ttl, subject });
          naive.create(id, subject, ttl);
        }
        for (const subject of ["ada", "eve"])
          assert.equal(idsOf(store, subject).sort(), naive.idsOf(subject).sort());
      }
    }),
  );
});

test.run();
