import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, tracingChannel, unsubscribe } from "node:diagnostics_channel";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { GET, routes } from "../lib/routes.js";
import { type RequestTrace, traced } from "../lib/traced.js";
import { type Handler, noted, type Request } from "../lib/types.js";

const get = (uri: string): Request => ({
  method: "GET",
  uri,
  headers: {},
  [noted]: { allow: [], declined: false },
});

const fault = new Error("a fault");

const app = traced(
  routes(
    GET("/user/:id", "Ada"),
    GET("/slow/:id", async () => {
      await turn();
      return "Ada";
    }),
    GET("/throws", () => {
      throw fault;
    }),
    GET("/rejects", async () => {
      await turn();
      throw fault;
    }),
  ),
);

type Told = [string, RequestTrace];
const names = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;

/** What is told while something runs. */
async function toldBy(run: () => unknown, take = (told: RequestTrace) => ({ ...told })): Promise<Told[]> {
  const told: Told[] = [];
  const subscribers = names.map((name) => {
    const listener = (message: unknown) => void told.push([name, take(message as RequestTrace)]);
    subscribe(`tracing:composure:request:${name}`, listener);
    return () => unsubscribe(`tracing:composure:request:${name}`, listener);
  });
  try {
    await run();
  } catch (error) {
    if (error !== fault) throw error;
  } finally {
    for (const end of subscribers) end();
  }
  return told;
}

const summary = (told: Told[]) =>
  told.map(([name, { route, response, error }]) => [name, route, response?.status, error]);

test("a synchronous answer is told of at its start and end, with the route", async () => {
  assert.equal(summary(await toldBy(() => app(get("/user/1")))), [
    ["start", undefined, undefined, undefined],
    ["end", "/user/:id", 200, undefined],
  ]);
});

test("a promised answer is there with asyncStart", async () => {
  assert.equal(summary(await toldBy(() => app(get("/slow/1")))), [
    ["start", undefined, undefined, undefined],
    ["end", undefined, undefined, undefined],
    ["asyncStart", "/slow/:id", 200, undefined],
    ["asyncEnd", "/slow/:id", 200, undefined],
  ]);
});

test("errors are told of, with the route that failed", async () => {
  assert.equal(summary(await toldBy(() => app(get("/throws")))), [
    ["start", undefined, undefined, undefined],
    ["error", "/throws", undefined, fault],
    ["end", "/throws", undefined, fault],
  ]);
  assert.equal(summary(await toldBy(() => app(get("/rejects")))), [
    ["start", undefined, undefined, undefined],
    ["end", undefined, undefined, undefined],
    ["error", "/rejects", undefined, fault],
    ["asyncStart", "/rejects", undefined, fault],
    ["asyncEnd", "/rejects", undefined, fault],
  ]);
});

test("null is an answer without a route", async () => {
  const told = await toldBy(() => app(get("/nowhere")));
  assert.equal(
    told.map(([, { response, route }]) => [response, route]),
    [
      [undefined, undefined],
      [null, undefined],
    ],
  );
});

test("all events of a request are told with one object", async () => {
  const told = await toldBy(
    () => app(get("/slow/1")),
    (told) => told,
  );
  assert.is(new Set(told.map(([, context]) => context)).size, 1);
  assert.is(told[0]?.[1].request.uri, "/slow/1");
});

test("what is told is what the caller gets: the answer as it is, the error as it was", async () => {
  const ok = { status: 200, headers: {} };
  const told = await toldBy(async () => {
    assert.is(traced(() => ok)(get("/")), ok);
    assert.throws(() => app(get("/throws")), /a fault/);
    const rejected = app(get("/rejects")) as Promise<unknown>;
    assert.is(await rejected.catch((error) => error), fault);
    assert.is(await traced(async () => null)(get("/")), null);
  });
  assert.is(told.length, 14);
});

test("subscribers run in the context of the request, where the span is", async () => {
  const span = new AsyncLocalStorage<{ route?: string | undefined }>();
  const spans = [{}, {}, {}] as { route?: string | undefined }[];
  const name = (message: unknown): void => {
    const active = span.getStore();
    if (active !== undefined) active.route = (message as RequestTrace).route;
  };
  const events = ["tracing:composure:request:end", "tracing:composure:request:asyncEnd"];
  for (const event of events) subscribe(event, name);
  const uris = ["/slow/1", "/user/1", "/rejects"];
  await Promise.allSettled(uris.map((uri, i) => span.run(spans[i] as object, async () => app(get(uri)))));
  for (const event of events) unsubscribe(event, name);
  assert.equal(
    spans.map(({ route }) => route),
    ["/slow/:id", "/user/:id", "/rejects"],
  );
});

test("a store that is bound to the start is there for the handler", async () => {
  const store = new AsyncLocalStorage<string>();
  const { start } = tracingChannel<string, RequestTrace>("composure:request");
  start.bindStore(store, ({ request }) => request.uri);
  const seen: unknown[] = [];
  const handler: Handler = async () => {
    seen.push(store.getStore());
    await turn();
    seen.push(store.getStore());
    return null;
  };
  await traced(handler)(get("/a"));
  start.unbindStore(store);
  assert.equal(seen, ["/a", "/a"]);
});

test("without subscribers the handler is called, and nothing else", () => {
  const ok = { status: 200, headers: {} };
  assert.is(traced(() => ok)(get("/")), ok);
});

test.run();
