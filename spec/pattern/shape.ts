import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Kind } from "../../lib/pattern/parse.js";
import { compile } from "../../lib/pattern.js";

/** A shape in a line: known beginnings of segments with `…` after them, and `**` where anything may follow. */
function shape(source: string | RegExp, kind: Kind = "whole"): string {
  const { steps, isOpen } = compile(source, kind).shape;
  const segments = steps.map(({ text, length }) => (length === Number.POSITIVE_INFINITY ? text : `${text}…`));
  return [...segments, ...(isOpen ? ["**"] : [])].join("/");
}

test("a literal is known by all of its segments, in their encoded form", () => {
  assert.is(shape("/a/b"), "a/b");
  assert.is(shape("/a/"), "a/");
  assert.is(shape("/"), "");
  assert.is(shape("/a//b"), "a//b");
  assert.is(shape("/caf\u00e9/\\{"), "caf%C3%A9/%7B");
});

test("of a segment with words what stands before the first is known, up to 32 characters", () => {
  assert.is(shape("/a/:b/c"), "a/…/c");
  assert.is(shape("/a-:b.c/:d-:e"), "a-…/…");
  assert.is(shape(`/${"a".repeat(40)}:b`), `${"a".repeat(32)}…`);
});

test("behind a wildcard nothing is known", () => {
  assert.is(shape("/a/b*"), "a/b…/**");
  assert.is(shape("/a/*/b"), "a/…/**");
  assert.is(shape("*/a"), "**");
});

test("an expression is a word where it surely matches no slash, else a wildcard", () => {
  const words = ["\\d+", "[a-z]{2}", "de|en", "v(?:\\d+)", "[\\w.-]+", "\\w*?", "[0-9A-F]{1,8}", ""];
  for (const expression of words) assert.is(shape(`/:x{${expression}}/a`), "…/a", expression);
  const open = [
    ".+",
    "[^.]+",
    "\\D",
    "\\W",
    "\\S+",
    "[,-9]",
    "[+-9]",
    "[.-9]",
    "a/b",
    "\\/",
    "\\x2f",
    "\\57",
    "\\u002f",
  ];
  for (const expression of [...open, "(?=a)a", "[\\d-z]", "[\\w-~]", "(a)\\1"]) {
    assert.is(shape(`/:x{${expression}}/a`), "…/**", expression);
  }
});

test("after a prefix anything may follow", () => {
  assert.is(shape("/a/:b/", "prefix"), "a/…/**");
  assert.is(shape("/", "prefix"), "**");
});

test("of a RegExp and of a pattern with a host nothing is known", () => {
  for (const source of [/\/a/, "//a.com/b", "http://a.com/b"]) assert.is(shape(source), "**");
});

test.run();
