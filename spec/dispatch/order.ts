import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type InOrder, inOrder } from "../../lib/dispatch/order.js";

const list = (...orders: number[]) => orders.map((order) => ({ order }));
const read = (entries: InOrder<{ order: number }>, length: number) =>
  Array.from({ length }, (_, index) => entries.at(index)?.order);

test("lists are read as one, in the order of their numbers, again and again", () => {
  const entries = inOrder([list(2, 5), list(1, 9), list(3, 4)]);
  assert.equal(read(entries, 7), [1, 2, 3, 4, 5, 9, undefined]);
  assert.equal(read(entries, 2), [1, 2]);
});

test("one list is what it is, and of none there is nothing to read", () => {
  const one = list(1, 2);
  assert.is(inOrder([one]), one);
  assert.is(inOrder([]).at(0), undefined);
});

test("law: merging lists sorts them", () => {
  const deal = fc.array(fc.nat(9), { maxLength: 60 });
  fc.assert(
    fc.property(deal, (places) => {
      const lists = Array.from({ length: 10 }, (_, place) =>
        list(...places.flatMap((at, order) => (at === place ? [order] : []))),
      ).filter((list) => list.length > 0);
      const all = places.map((_, order) => order);
      assert.equal(read(inOrder(lists), places.length + 1), [...all, undefined]);
    }),
  );
});

test.run();
