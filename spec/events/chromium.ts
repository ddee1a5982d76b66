/** An event stream as a real browser reads it: fields, lines, coming back where it was. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { events } from "../../lib/events.js";
import { withCompression } from "../../lib/middleware/compression.js";
import { GET, routes } from "../../lib/routes.js";
import { browsing, hasBrowser } from "../house/chromium.js";
import { serving } from "../server/wire.js";

/** Three numbers from the one after `last` on, then the connection ends. */
async function* numbers(last: string | undefined) {
  const first = Number(last ?? 0) + 1;
  for (let n = first; n < first + 3; n++) yield { event: "number", id: n, data: { n, lines: "a\r\nb" } };
  yield "text\n: no comment\rnor: a field";
}

const asked: (string | undefined)[] = [];
const app = withCompression({ threshold: 0 })(
  routes(
    GET("/", "<!doctype html><title>Events</title>"),
    GET("/numbers", ({ headers }) => {
      asked.push(headers["last-event-id"]);
      return events(numbers(headers["last-event-id"]), { retry: 0.02 });
    }),
  ),
);

/** Collects what an EventSource dispatches until it has come back once. */
const collect = `new Promise((resolve) => {
  const seen = [];
  const source = new EventSource("/numbers");
  const note = ({ type, data, lastEventId }) => {
    seen.push([type, data, lastEventId]);
    if (seen.length === 8) resolve(seen);
    if (seen.length === 8) source.close();
  };
  source.addEventListener("number", note);
  source.onmessage = note;
})`;

if (hasBrowser) {
  test("a browser reads every event, and comes back after the last one that it saw", () =>
    serving(app, ({ url }) =>
      browsing(async (browser) => {
        const page = await browser.newPage();
        page.setDefaultTimeout(10_000);
        await page.goto(url);
        const number = (n: number) => ["number", JSON.stringify({ n, lines: "a\r\nb" }), String(n)];
        const text = (id: string) => ["message", "text\n: no comment\nnor: a field", id];
        const seen = await page.evaluate(collect);
        const expected = [
          number(1),
          number(2),
          number(3),
          text("3"),
          number(4),
          number(5),
          number(6),
          text("6"),
        ];
        assert.equal(seen, expected);
        assert.equal(asked.slice(0, 2), [undefined, "3"]);
      }),
    ));
} else {
  console.log("skipped: events in Chromium: no chromium on this machine");
}

test.run();
