import { Readable } from "node:stream";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { file } from "../lib/file.js";
import { html } from "../lib/html.js";
import { render } from "../lib/render.js";
import { next, type Request, type Response, type Update } from "../lib/types.js";

const request: Request = { method: "GET", uri: "/x", headers: {}, route: "/:id" };
const type = { "content-type": "text/html; charset=utf-8" };
const rendered = (update: Update): Response => render(request, update) as Response;
const refused = (update: unknown, message: RegExp) =>
  assert.throws(() => render(request, update as Update), message);

test("a number sets the status", () => {
  assert.equal(rendered(404), { status: 404, headers: {} });
});

test("a status outside 200 to 599 is refused and shown", () => {
  for (const status of [0, 99, 199, 600, 200.5, NaN])
    refused(status, new RegExp(`from 200 to 599, got ${status}`));
  refused({ status: "200" }, /got "200"/);
});

test("text is the body, as html", () => {
  assert.equal(rendered("Hello"), { status: 200, headers: type, body: "Hello" });
  assert.equal(rendered(html`<p>${"<"}</p>`), { status: 200, headers: type, body: "<p>&lt;</p>" });
});

test("text is appended to text, and keeps the content type that is there", () => {
  assert.equal(rendered(["a", html`b`, "c"]), { status: 200, headers: type, body: "abc" });
  assert.equal(rendered([{ headers: { "Content-Type": "text/plain" } }, "a"]).headers, {
    "content-type": "text/plain",
  });
  assert.equal(rendered(["a", { body: "b" }]).body, "ab");
});

test("a map merges: headers by name without case, the later wins, cookies accumulate, any other key replaces", () => {
  const response = rendered([
    { status: 201, headers: { "X-A": "1", "set-cookie": "a=1" }, extra: 1 },
    {
      headers: { "x-a": "2", "Set-Cookie": ["b=2", "c=3"], "content-length": 5, "x-none": undefined },
      extra: 2,
    },
  ]);
  assert.equal(response, {
    status: 201,
    headers: { "x-a": "2", "set-cookie": ["a=1", "b=2", "c=3"], "content-length": "5" },
    extra: 2,
  });
});

test("a vector applies each element in order, each on what the last one left", () => {
  assert.equal(rendered([201, "a", [202, ["b"]], null, undefined, false]), {
    status: 202,
    headers: type,
    body: "ab",
  });
});

test("a function is called with the request, and its result is an update", () => {
  assert.equal(
    rendered((given: Request) => [given.uri, 202]),
    { status: 202, headers: type, body: "/x" },
  );
  assert.is(rendered(() => () => "deep").body, "deep");
});

test("a function of a vector sees the session that the parts before it left", () => {
  const count = ({ session }: Request) => ({ session: { n: Number(session?.n ?? 0) + 1 } });
  const show = ({ session }: Request) => JSON.stringify(session);
  const given = { ...request, session: { n: 1 } };
  const response = render(given, [show, count, count, show, { session: null }, show]) as Response;
  assert.is(response.body, '{"n":1}{"n":3}{}');
  assert.is(response.session, null);
  assert.equal(given.session, { n: 1 });
});

test("bytes, streams, iterables, blobs and files are bodies", () => {
  async function* lines() {
    yield "a";
  }
  const bodies = [
    new Uint8Array([1]),
    Buffer.from("x"),
    Readable.from(["x"]),
    new ReadableStream(),
    new Blob(["x"]),
    lines(),
    new Set(["a"]),
  ];
  for (const body of bodies) {
    assert.is(rendered(body as Update).body, body);
    assert.is(rendered({ body: body as never }).body, body);
    assert.is(rendered([body as Update, 201]).body, body);
  }
  const iterable = {
    *[Symbol.iterator]() {
      yield "x";
    },
  };
  assert.is(rendered(iterable as Update).body, iterable);
});

test("a blob brings its type, and none where one is set", () => {
  const blob = new Blob(["{}"], { type: "application/json" });
  assert.equal(rendered(blob).headers, { "content-type": "application/json" });
  assert.equal(rendered([{ headers: { "content-type": "x/y" } }, blob]).headers, { "content-type": "x/y" });
});

test("a file brings the type of its extension, and none where one is set", () => {
  assert.equal(rendered(file("/a/b.css")).headers, { "content-type": "text/css; charset=utf-8" });
  assert.equal(rendered([{ headers: { "content-type": "x/y" } }, file("a.css")]).headers, {
    "content-type": "x/y",
  });
  assert.equal((rendered(new URL("file:///a/b.txt")).body as { file: string }).file, "/a/b.txt");
  assert.equal(
    (rendered({ body: new URL("file:///a/b.txt") as never }).body as { file: string }).file,
    "/a/b.txt",
  );
});

test("a file as the body of a map brings its type too", () => {
  assert.equal(rendered({ body: file("a.css") }).headers, { "content-type": "text/css; charset=utf-8" });
});

test("a stream is let go of where a later part of its vector fails", () => {
  const stream = Readable.from(["x"]);
  refused([stream, true], /got true/);
  assert.ok(stream.destroyed);
});

test("null, undefined and next are not mine, also when promised or given by a function", async () => {
  for (const nothing of [null, undefined, next]) {
    assert.is(render(request, nothing as never), null);
    assert.is(render(request, (() => nothing) as never), null);
    assert.is(await render(request, Promise.resolve(nothing as never)), null);
  }
});

test("a promise comes out only where something waits", async () => {
  assert.instance(render(request, Promise.resolve("x")), Promise);
  assert.is((await render(request, (async () => "x") as never))?.body, "x");
  assert.not.instance(
    render(request, () => "x"),
    Promise,
  );
});

test("an empty map and an empty vector are an empty response", () => {
  assert.equal(rendered({}), { status: 200, headers: {} });
  assert.equal(rendered([]), { status: 200, headers: {} });
});

test("what is no update is refused: the route, what came and what it may be are named", () => {
  refused(
    { id: 1 },
    /GET \/:id: expected a status, text, .* got an object with id\. To send it as JSON write json\(value\)/,
  );
  refused(new Date(), /got a Date/);
  refused(new Map(), /got a Map/);
  refused(new FormData(), /got a FormData/);
  refused(new Uint16Array(1), /got a Uint16Array/);
  refused(false, /got false/);
  refused(true, /got true/);
  refused(1n, /got 1n/);
  refused(Symbol("s"), /got Symbol\(s\)/);
  refused([next], /got next inside a vector\. Return next alone/);
  refused([Promise.resolve(1)], /got a promise inside a vector\. Await it/);
  refused([async () => "x"], /got a promise inside a vector/);
  refused([true], /got true/);
  refused(new URL("http://a/"), /got a URL/);
  assert.throws(() => render({ ...request, route: undefined }, { a: 1 } as never), /GET \/x:/);
});

test("the session that a map sets whole is a JSON value, and flashes add up", () => {
  const response = rendered([
    { session: { at: new Date(0) } as never },
    { flash: { a: 1 } },
    { flash: { b: 2 } },
  ]);
  assert.equal(response.session, { at: "1970-01-01T00:00:00.000Z" });
  assert.equal(response.flash, { a: 1, b: 2 });
  refused({ session: { f: () => 1 } }, /session: .* at "f"/);
  refused({ session: 5 }, /session: expected a map/);
  refused({ flash: "saved" }, /flash: expected a map/);
});

test("a promise that was refused harms nobody when it fails", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", note);
  refused([Promise.reject(new Error("late"))], /a promise inside a vector/);
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.off("unhandledRejection", note);
  assert.equal(unhandled, []);
});

test("a map of another realm is a map", () => {
  assert.equal(rendered(runInNewContext('({ status: 201, headers: { "x-a": "1" } })')), {
    status: 201,
    headers: { "x-a": "1" },
  });
});

test("__proto__ as a header changes no prototype", () => {
  const { headers } = rendered({ headers: JSON.parse('{"__proto__":["evil"]}') });
  assert.is(Object.getPrototypeOf(headers), Object.prototype);
});

test("__proto__ as a key of a map changes no prototype", () => {
  const response = rendered(JSON.parse('{"status":200,"__proto__":{"body":"x"}}'));
  assert.is(response.body, undefined);
  assert.ok(Object.hasOwn(response, "__proto__"));
});

test("law: a vector of vectors is the same as the flat one", () => {
  const part = fc.oneof(
    fc.integer({ min: 200, max: 599 }),
    fc.string(),
    fc.constant(null),
    fc.record({ headers: fc.dictionary(fc.constantFrom("a", "B", "set-cookie"), fc.string()) }),
  );
  fc.assert(
    fc.property(fc.array(part), fc.array(part), (a, b) => {
      assert.equal(rendered([a, b] as Update), rendered([...a, ...b] as Update));
      assert.equal(rendered([...a, [...b], null] as Update), rendered([...a, ...b] as Update));
    }),
  );
});

test.run();
