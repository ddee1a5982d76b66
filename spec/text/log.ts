import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { combinedLine, jsonLine, type LogEntry } from "../../lib/text/log.js";

const entry: LogEntry = {
  time: "2026-01-31T12:00:05.123Z",
  method: "GET",
  path: "/user/42",
  protocol: "HTTP/1.1",
  route: "/user/:id",
  status: 200,
  bytes: 1234,
  duration: 1.25,
  remoteAddr: "127.0.0.1",
  userAgent: "Mozilla/5.0",
  referer: "http://a.example/",
  requestId: undefined,
  aborted: false,
};

test("the combined line is Apache's, then what that lacks", () => {
  assert.is(
    combinedLine(entry),
    '127.0.0.1 - - [31/Jan/2026:12:00:05 +0000] "GET /user/42 HTTP/1.1" 200 1234 "http://a.example/" "Mozilla/5.0" route="/user/:id" duration=1.25',
  );
});

test("the id stands where there is one, and aborted where it was cut", () => {
  assert.ok(combinedLine({ ...entry, requestId: "a-1" }).endsWith(' duration=1.25 id="a-1"'));
  assert.ok(combinedLine({ ...entry, aborted: true }).endsWith(" duration=1.25 aborted"));
});

test("what is not known is a dash", () => {
  const { time, method, path, status, duration, aborted } = entry;
  const bare = { time, method, path, status, duration, aborted } as LogEntry;
  assert.is(
    combinedLine(bare),
    '- - - [31/Jan/2026:12:00:05 +0000] "GET /user/42 -" 200 - "-" "-" route="-" duration=1.25',
  );
  assert.is(combinedLine({ ...bare, bytes: 0, userAgent: "" }).includes(' 200 0 "-" "-" '), true);
});

test("quotes, backslashes, control characters and all beyond ASCII are escaped", () => {
  const line = combinedLine({ ...entry, userAgent: 'a" 200 "\\\r\n\u001b[31m\u0085\u00e9\u2028' });
  assert.ok(line.includes(' "a\\x22 200 \\x22\\x5c\\x0d\\x0a\\x1b[31m\\x85\\xe9\\u2028" route='), line);
});

test("law: nobody can forge a field or a line", () => {
  const text = fc.string({ unit: "binary" });
  const line =
    /^[!-~]+ - - \[[^\]]+\] "[^"]+" 200 1234 "[^"]+" "[^"]+" route="[^"]+" duration=1\.25 id="[^"]+"$/;
  fc.assert(
    fc.property(text, text, text, text, (path, userAgent, referer, route) => {
      const forged = combinedLine({ ...entry, path, userAgent, referer, route, requestId: path });
      assert.match(forged, line);
      assert.match(forged, /^[ -~]*$/);
    }),
  );
});

test("the JSON line is one line of JSON", () => {
  assert.equal(JSON.parse(jsonLine(entry)), JSON.parse(JSON.stringify(entry)));
  assert.not.ok("requestId" in JSON.parse(jsonLine(entry)));
  const userAgent = 'a"\r\n\u0000';
  assert.not.match(jsonLine({ ...entry, userAgent }), /[\r\n]/);
  assert.is(JSON.parse(jsonLine({ ...entry, userAgent })).userAgent, userAgent);
});

test.run();
