/** Iterables as event streams: what is sent, how fast the source is asked, and when it ends. */
import { getEventListeners, once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { events } from "../lib/events.js";
import { html } from "../lib/html.js";
import { withSession } from "../lib/middleware/session.js";
import { header } from "../lib/response.js";
import { context, GET } from "../lib/routes.js";
import type { EventItem } from "../lib/text/event.js";
import type { Handler, Request, Response } from "../lib/types.js";
import { sessionAssoc } from "../lib/updates.js";
import { eventually } from "./house/eventually.js";
import { serving } from "./server/wire.js";

const request: Request = { method: "GET", uri: "/", headers: {} };
const ask = (handler: Handler, more = {}) => handler({ ...request, ...more }) as Response;
const bodyOf = (update: { body?: unknown }): Readable => update.body as Readable;
const sent = (items: Iterable<EventItem> | AsyncIterable<EventItem>, options = {}) =>
  text(bodyOf(events(items, options)));

/** A source that notes what becomes of it; each item waits until it is let go. */
function watched() {
  const noted = { asked: 0, ended: false };
  const waiting: ((result: IteratorResult<EventItem>) => void)[] = [];
  const source: AsyncIterable<EventItem> = {
    [Symbol.asyncIterator]: () => ({
      next() {
        noted.asked++;
        return new Promise((resolve) => waiting.push(resolve));
      },
      async return() {
        noted.ended = true;
        return { done: true, value: undefined };
      },
    }),
  };
  const give = (value: EventItem) => waiting.shift()?.({ value, done: false });
  return { noted, source, give };
}

/** The response to a request over the wire, with the text that has come so far. */
async function listen(url: string, headers = {}): Promise<{ answer: IncomingMessage; got: () => string }> {
  let got = "";
  const [answer] = (await once(get(url, { headers }), "response")) as [IncomingMessage];
  answer.on("error", () => {});
  answer.setEncoding("utf8").on("data", (chunk) => {
    got += chunk;
  });
  return { answer, got: () => got };
}

test("events are an update, alone and in a vector, whose headers a later part may replace", () => {
  const { headers } = ask(GET("/", () => events([])));
  assert.equal(headers, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  const own = ask(GET("/", () => [events([]), header("cache-control", "no-cache"), 201]));
  assert.equal([own.status, own.headers["cache-control"]], [201, "no-cache"]);
});

test("items come from iterables of any kind", async () => {
  async function* later() {
    yield "a";
    yield { data: "b" };
  }
  const items: EventItem[] = ["a", { data: "b" }];
  const sources = [items, new Set(items), later(), Readable.from(items), ReadableStream.from(items)];
  for (const source of sources) assert.is(await sent(source), "data: a\n\ndata: b\n\n");
  assert.is(await sent([]), "");
});

test("a retry for the whole stream goes first", async () => {
  assert.is(await sent(["a"], { retry: 0.25 }), "retry: 250\n\ndata: a\n\n");
});

test("an item that is none fails the stream and ends the source", async () => {
  let ended = false;
  function* source() {
    try {
      yield "a";
      yield { id: "1\ndata: forged" };
    } finally {
      ended = true;
    }
  }
  const failure = await sent(source()).catch((error) => error);
  assert.match(failure.message, /^events: expected "id" to be text without line breaks/);
  assert.ok(ended);
});

test("a source that fails fails the stream, at its first item too", async () => {
  const broken = {
    [Symbol.iterator]() {
      throw new Error("no source");
    },
  };
  async function* failing(): AsyncGenerator<string> {
    yield "a";
    throw new Error("no more");
  }
  assert.match(await sent(broken).catch((error) => error.message), "no source");
  assert.match(await sent(failing()).catch((error) => error.message), "no more");
});

test("a stream that fails before it is read is heard of by whoever reads, and ends no process", async () => {
  const failed = new ReadableStream({ start: (controller) => controller.error(new Error("no more")) });
  for (const make of [() => failed, () => new Readable().destroy(new Error("no more"))]) {
    const body = bodyOf(events(make()));
    await new Promise((resolve) => setImmediate(resolve));
    assert.is(await text(body).catch(({ message }) => message), "no more");
  }
});

test("a source whose end fails tells of it", async () => {
  const source = {
    [Symbol.iterator]: () => ({
      next: () => ({ value: "a", done: false }),
      return() {
        throw new Error("cannot end");
      },
    }),
  };
  const body = bodyOf(events(source));
  body.once("data", () => body.destroy());
  const [error] = await once(body, "error");
  assert.is(error.message, "cannot end");
});

test("the source is not begun before somebody reads, and streams are let go of when nobody does", async () => {
  const { source, noted } = watched();
  const stream = Readable.from(["a"]);
  for (const from of [source, stream]) {
    const body = bodyOf(events(from));
    body.destroy();
    await once(body, "close");
  }
  assert.equal([noted.asked, noted.ended, stream.destroyed], [0, false, true]);
});

test("HEAD does not begin the source", async () => {
  const { source, noted } = watched();
  await serving(
    GET("/", () => events(source)),
    async ({ url, lines }) => {
      const answer = await fetch(url, { method: "HEAD" });
      assert.is(answer.headers.get("content-type"), "text/event-stream");
      assert.equal([noted.asked, lines.length], [0, 0]);
    },
  );
});

test("one item is asked for at a time, and a stream that ended asks no more", async () => {
  const { source, noted, give } = watched();
  const body = bodyOf(events(source));
  body.resume();
  await eventually(() => noted.asked === 1);
  give("a");
  await eventually(() => noted.asked === 2);
  body.destroy();
  await once(body, "close");
  give("late");
  await new Promise(setImmediate);
  assert.equal([noted.asked, noted.ended], [2, true]);
});

test("a source that is over is not told to end, and its stream is silent", async () => {
  let ended = 0;
  const source = {
    [Symbol.iterator]: () => ({
      next: () => ({ value: undefined, done: true }) as const,
      return() {
        ended++;
        return { value: undefined, done: true } as const;
      },
    }),
  };
  const body = bodyOf(events(source, { heartbeat: 0.001 }));
  body.read(0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.is(await text(body), "");
  assert.is(ended, 0);
});

test("an event arrives before the next one is made", async () => {
  const { source, give } = watched();
  await serving(
    GET("/", () => events(source)),
    async ({ url }) => {
      const { answer, got } = await listen(url);
      for (const data of ["one", "two", "three"]) {
        give(data);
        await eventually(() => got().endsWith(`data: ${data}\n\n`));
      }
      answer.destroy();
    },
  );
});

test("the source is asked no faster than the client reads", async () => {
  let made = 0;
  let ended = false;
  async function* flood() {
    try {
      for (;;) {
        made++;
        yield "x".repeat(10_000);
      }
    } finally {
      ended = true;
    }
  }
  await serving(
    GET("/", () => events(flood())),
    async ({ url, lines }) => {
      const [answer] = (await once(get(url), "response")) as [IncomingMessage];
      answer.on("error", () => {});
      let before = -1;
      while (made !== before) {
        before = made;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.ok(made < 2000, `${made} were made for a client that reads nothing`);
      answer.resume();
      await eventually(() => made > before + 1000);
      answer.destroy();
      await eventually(() => ended);
      assert.equal(lines, []);
    },
  );
});

test("when the client leaves, the source ends at once, also one that is waiting", async () => {
  const { source, noted } = watched();
  await serving(
    GET("/", () => events(source, { retry: 1 })),
    async ({ url, lines }) => {
      const { answer, got } = await listen(url);
      await eventually(() => got() !== "");
      answer.destroy();
      await eventually(() => noted.ended);
      assert.equal(lines, []);
    },
  );
});

test("a waiting stream is destroyed when the client leaves, and a generator hears it by the signal", async () => {
  let left = false;
  const node = new Readable({ objectMode: true, read() {} });
  let cancelled = false;
  const web = new ReadableStream<string>({
    cancel() {
      cancelled = true;
    },
  });
  async function* waiting(signal: AbortSignal) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    left = true;
    yield "nobody reads this";
  }
  const app: Handler = (request) =>
    context(
      "/",
      GET("/node", () => events(node, { retry: 1 })),
      GET("/web", () => events(web, { retry: 1 })),
      GET("/signal", ({ signal }) => events(waiting(signal as AbortSignal), { retry: 1 })),
    )(request);
  await serving(app, async ({ url, lines }) => {
    for (const path of ["/node", "/web", "/signal"]) {
      const { answer, got } = await listen(url + path);
      await eventually(() => got() !== "");
      answer.destroy();
    }
    await eventually(() => node.destroyed && cancelled && left);
    assert.equal(lines, []);
  });
});

test("silence is filled with comments, by one promise of the next item", async () => {
  const { source, noted, give } = watched();
  const body = bodyOf(events(source, { heartbeat: 0.005 }));
  let got = "";
  body.setEncoding("utf8").on("data", (chunk) => {
    got += chunk;
  });
  await eventually(() => got.startsWith(":\n\n:\n\n:\n\n"));
  assert.is(noted.asked, 1);
  give("tea");
  await eventually(() => got.includes("data: tea\n\n:\n\n"));
  body.destroy();
  await once(body, "close");
  assert.is(got.replaceAll(":\n\n", ""), "data: tea\n\n");
});

test("comments do not pile up for a client that does not read, and can be left out", async () => {
  const silent = bodyOf(events(watched().source, { heartbeat: false }));
  const beating = bodyOf(events(watched().source, { heartbeat: 0.001 }));
  for (const body of [silent, beating]) body.read(0);
  await eventually(() => beating.readableLength > 0);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal([silent.readableLength, beating.readableLength], [0, 3]);
  silent.destroy();
  beating.destroy();
});

test("a program with open streams and nothing else to do ends: the pulse holds nobody", async () => {
  const body = bodyOf(events(watched().source));
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  body.read(0);
  await new Promise(setImmediate);
  assert.is(timers(), before);
  body.destroy();
});

test("the signal of the request keeps no listeners of a stream that is over", async () => {
  let seen: AbortSignal | undefined;
  const app = GET("/", ({ signal }) => {
    seen = signal;
    return events(["a"]);
  });
  await serving(app, async ({ url }) => {
    assert.is(await (await fetch(url)).text(), "data: a\n\n");
    await eventually(() => getEventListeners(seen as AbortSignal, "abort").length === 0);
  });
});

test("a failing source cuts the connection: the stream never ends as if it were whole", async () => {
  async function* failing(): AsyncGenerator<string> {
    yield "a";
    throw new Error("no more");
  }
  await serving(
    GET("/", () => events(failing())),
    async ({ url, lines }) => {
      const failure = await fetch(url).then((answer) => answer.text().catch((error) => error));
      assert.instance(failure, Error);
      assert.equal(
        lines.map(([line]) => line),
        ["GET /: no more"],
      );
    },
  );
});

test("a session can be saved before the first event", async () => {
  const app = withSession()(GET("/", () => [sessionAssoc("seen", true), events(["a"])]));
  const { headers, body } = (await app(request)) as Response;
  assert.is(headers["cache-control"], "no-store");
  assert.match(String(headers["set-cookie"]), "composure-session=");
  (body as Readable).destroy();
});

test("what is no iterable of items is refused, and wrong options are", () => {
  async function* news() {
    yield "a";
  }
  const make = (source: unknown, options?: unknown) => () => events(source as never, options as never);
  for (const source of [undefined, null, 7, "text", {}, html`<p>`]) {
    assert.throws(make(source), /^events: expected an iterable or async iterable of items, got /);
  }
  assert.throws(make(news), /got the function news\. Call it: events\(news\(request\.signal\)\)$/);
  for (const heartbeat of [0, -1, Number.NaN, true, "15", 1e9, null]) {
    assert.throws(
      make([], { heartbeat }),
      /^events: expected "heartbeat" to be a number of seconds, or false, got /,
    );
  }
  assert.throws(make([], { retry: -1 }), /^events: expected "retry" to be a number of seconds, got -1/);
  assert.throws(
    make([], { hearbeat: 1 }),
    /^events: expected options among heartbeat, retry, got "hearbeat"/,
  );
  assert.throws(make([], null), /^events: expected a map of options, got null/);
});

test.run();
