import { test } from "uvu";
import * as assert from "uvu/assert";
import { indexed, segmentsOf } from "../lib/dispatch.js";

const entry = (name: string, ...segments: string[]) => ({ name, segments });
const names = (entries: readonly { name: string }[]) => entries.map(({ name }) => name);

test("only what the path can reach is left, in its order", () => {
  const find = indexed([
    entry("a", "a"),
    entry("any"),
    entry("ab", "a", "b"),
    entry("b", "b"),
    entry("ac", "a", "c"),
    entry("ad", "a", "d"),
    entry("late"),
  ]);
  assert.equal(names(find("/a/b")), ["a", "any", "ab", "late"]);
  assert.equal(names(find("/a/x")), ["a", "any", "late"]);
  assert.equal(names(find("/x")), ["any", "late"]);
  assert.equal(names(find("/")), ["any", "late"]);
});

test("ten thousand entries are found without looking at each", () => {
  const find = indexed(Array.from({ length: 10_000 }, (_, i) => entry(`r${i}`, "api", `r${i}`)));
  assert.equal(names(find("/api/r9999/x")), ["r9999"]);
  assert.equal(names(find("/other")), []);
});

test("the whole segments of a head are those that a slash ends, and the last where nothing follows", () => {
  assert.equal(segmentsOf("/a/b", true), ["a", "b"]);
  assert.equal(segmentsOf("/a/b", false), ["a"]);
  assert.equal(segmentsOf("/a/", false), ["a"]);
  assert.equal(segmentsOf("/", true), [""]);
  assert.equal(segmentsOf("", false), []);
  assert.equal(segmentsOf("//host/a", false), []);
});

test.run();
