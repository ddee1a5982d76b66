import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { escapeHtml, html } from "../lib/html.js";

test("what is interpolated is escaped", () => {
  assert.is(`${html`<p title="${`"'`}">${"<b>&"}</p>`}`, '<p title="&quot;&#39;">&lt;b&gt;&amp;</p>');
});

test("nested html and arrays of it are left as they are", () => {
  const items = ["a", "<b>"].map((item) => html`<li>${item}</li>`);
  assert.is(`${html`<ul>${items}</ul>`}`, "<ul><li>a</li><li>&lt;b&gt;</li></ul>");
});

test("null, undefined and false show nothing; numbers and true show themselves", () => {
  assert.is(`${html`[${null}${undefined}${false}][${0}${1n}${true}]`}`, "[][01true]");
});

test("addresses and dates show as text", () => {
  assert.is(`${html`<a href="${new URL("http://a/?x=1&y=2")}">`}`, '<a href="http://a/?x=1&amp;y=2">');
  assert.match(`${html`${new Date(0)}`}`, /1970/);
});

test("an array of text is escaped piece by piece", () => {
  assert.is(`${html`${["<", [">", null]]}`}`, "&lt;&gt;");
});

test("what has no obvious text is refused", () => {
  for (const value of [{}, () => 1, Symbol("s"), Promise.resolve("x"), { markup: "<b>" }]) {
    assert.throws(() => html`${value as never}`, /html: expected text, a number, html or an array of these/);
  }
});

test("escaped text never holds a special character, and says the same", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("&", "<", ">", '"', "'", "a", "é") }), (text) => {
      const escaped = escapeHtml(text);
      assert.not.match(escaped.replace(/&(amp|lt|gt|quot|#39);/g, ""), /[&<>"']/);
      const back: Record<string, string> = {
        "&amp;": "&",
        "&lt;": "<",
        "&gt;": ">",
        "&quot;": '"',
        "&#39;": "'",
      };
      assert.is(
        escaped.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => back[entity]!),
        text,
      );
    }),
  );
});

test.run();
