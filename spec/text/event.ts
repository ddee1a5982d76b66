import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type EventItem, eventText } from "../../lib/text/event.js";
import { eventsOf } from "../events/parse.js";

test("text is data", () => {
  assert.is(eventText("tea"), "data: tea\n\n");
  assert.is(eventText(""), "data: \n\n");
});

test("a map names its fields; a retry in seconds is written in milliseconds", () => {
  assert.is(
    eventText({ event: "brew", data: "tea", id: "7", retry: 2.5 }),
    "event: brew\nid: 7\nretry: 2500\ndata: tea\n\n",
  );
  assert.is(eventText({ id: 7, retry: 0 }), "id: 7\nretry: 0\n\n");
});

test("data that is no text is JSON", () => {
  assert.is(eventText({ data: { cups: 2, milk: null } }), 'data: {"cups":2,"milk":null}\n\n');
  for (const data of [0, false, null, [1]]) {
    assert.is(eventText({ data }), `data: ${JSON.stringify(data)}\n\n`);
  }
});

test("data of several lines is written line by line, whatever breaks them", () => {
  assert.is(eventText("a\nb\rc\r\nd\n"), "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
  assert.is(eventText({ data: "x\n\nevent: y" }), "data: x\ndata: \ndata: event: y\n\n");
});

test("an event without data has an empty one, since browsers drop it else", () => {
  assert.is(eventText({ event: "done" }), "event: done\ndata: \n\n");
  assert.equal(eventsOf(eventText({ event: "done" })), [{ event: "done", data: "", id: "" }]);
});

test("an event or id that would break out of its line is refused", () => {
  for (const text of ["a\nb", "a\rb", "a\r\nb", "a\0b", "\n"]) {
    assert.throws(
      () => eventText({ event: text, data: "" }),
      /^events: expected "event" to be text without line breaks and NUL, got "/,
    );
    assert.throws(() => eventText({ id: text }), /^events: expected "id" to be text without/);
  }
  for (const value of [{}, null, true, ["a"]]) {
    assert.throws(() => eventText({ event: value } as never), /^events: expected "event" to be text/);
    assert.throws(() => eventText({ id: value } as never), /^events: expected "id" to be text/);
  }
});

test("a retry that is no time is refused", () => {
  for (const retry of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e300, "1\ndata: x", null]) {
    assert.throws(
      () => eventText({ retry } as never),
      /^events: expected "retry" to be a number of seconds, got /,
    );
  }
});

test("data that JSON cannot hold is refused", () => {
  assert.throws(() => eventText({ data: () => 1 }), /^events: expected "data" to be text or what JSON can/);
  assert.throws(() => eventText({ data: 1n }), TypeError);
});

test("what is no item is refused, also a field that is misspelt", () => {
  const others = [null, undefined, 7, true, {}, [], ["a"], { name: "Ada" }, { data: "a", type: "b" }];
  for (const item of [...others, Buffer.from("a"), new Date(), new Map(), { __proto__: { data: "a" } }]) {
    assert.throws(
      () => eventText(item as EventItem),
      /^events: expected text or a map of event, data, id, retry, got .*\. Other values go in data: \{ data: value \}$/,
    );
  }
});

const word = fc.string({ unit: "binary" }).filter((text) => !/[\r\n\0]/.test(text) && text.isWellFormed());
const anyText = fc
  .oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom("a", "\r", "\n", ":", " ", "data: ", "\ufeff")),
  )
  .map((text) => [text].flat().join(""))
  .filter((text) => text.isWellFormed());
const anyItem = fc.record({ event: word, data: anyText, id: word }, { requiredKeys: ["data"] });

test("whatever is written, a browser reads the same, and nothing else", () => {
  fc.assert(
    fc.property(fc.array(anyItem), (items) => {
      let id = "";
      const expected = items.map((item) => {
        id = item.id ?? id;
        const event = item.event || "message";
        return { event, data: item.data.replace(/\r\n|\r/g, "\n"), id };
      });
      assert.equal(eventsOf(items.map(eventText).join("")), expected);
    }),
  );
});

test.run();
