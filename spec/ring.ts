import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Linked, putLast, takeOut } from "../lib/ring.js";

class Link implements Linked<Link> {
  older: Link = this;
  newer: Link = this;
  constructor(readonly name: string) {}
}

/** The names in a ring, from the one put in first on; and from the one put in last back, which must say the same. */
function namesOf(end: Link): string {
  const [forth, back]: string[][] = [[], []];
  for (let one = end.newer; one !== end; one = one.newer) forth!.push(one.name);
  for (let one = end.older; one !== end; one = one.older) back!.unshift(one.name);
  assert.equal(forth, back);
  return forth!.join("");
}

/** A ring of a, b and c, and its end. */
function ringOf() {
  const [end, ...links] = ["", "a", "b", "c"].map((name) => new Link(name)) as [Link, Link, Link, Link];
  for (const link of links) putLast(end, link);
  return [end, ...links] as const;
}

test("what is put in last stands last", () => {
  const [end] = ringOf();
  assert.is(namesOf(end), "abc");
});

test("what is taken out is alone, and the others stay together", () => {
  const [end, a, b, c] = ringOf();
  takeOut(b);
  assert.equal([namesOf(end), namesOf(b)], ["ac", ""]);
  putLast(end, b);
  assert.is(namesOf(end), "acb");
  for (const link of [a, b, c]) takeOut(link);
  assert.is(namesOf(end), "");
});

test("what is alone may be taken out again", () => {
  const [end, a] = ringOf();
  takeOut(a);
  takeOut(a);
  assert.equal([namesOf(end), a.older, a.newer], ["bc", a, a]);
});

test.run();
