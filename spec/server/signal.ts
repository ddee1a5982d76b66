import { getEventListeners } from "node:events";
import { Agent, get as httpGet } from "node:http";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Handler, Request, Response } from "../../lib/types.js";
import { eventually } from "../house/eventually.js";
import { asking, dial, ok, say, serving } from "./wire.js";

const line = (uri: string): string => `GET ${uri} HTTP/1.1\r\nhost: a\r\n\r\n`;

/** A handler that answers /slow only when it is told to, and what it has seen. */
function slowly() {
  const requests: Request[] = [];
  const answers: ((response: Response) => void)[] = [];
  const handler: Handler = (request) => {
    requests.push(request);
    return request.uri === "/slow" ? new Promise((resolve) => answers.push(resolve)) : ok();
  };
  return { requests, answers, handler };
}

const signalOf = (request: Request | undefined): AbortSignal => request?.signal as AbortSignal;

test("the signal aborts when the client leaves before the answer, and nothing is reported", () => {
  const { requests, handler } = slowly();
  return serving(handler, async ({ port, lines }) => {
    const socket = dial(port, line("/slow"));
    await eventually(() => requests.length === 1);
    assert.is(signalOf(requests[0]).aborted, false);
    socket.destroy();
    await eventually(() => signalOf(requests[0]).aborted);
    assert.equal(lines, []);
  });
});

test("a handler that fails because the client left is not reported", () =>
  serving(
    ({ signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
    async ({ port, lines, server }) => {
      const socket = dial(port, line("/"));
      await new Promise((resolve) => server.once("request", resolve));
      socket.destroy();
      await new Promise((resolve) => setTimeout(resolve, 30));
      assert.equal(lines, []);
    },
  ));

test("an upload that breaks off is neither a crash nor reported", () => {
  let isOver = false;
  const reading: Handler = async ({ body }) => {
    try {
      for await (const _ of body as AsyncIterable<Uint8Array>);
      return ok();
    } finally {
      isOver = true;
    }
  };
  return serving(reading, async ({ port, lines }) => {
    const socket = dial(port, `${asking("POST /", "content-length: 100")}half`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.resetAndDestroy();
    await eventually(() => isOver);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(lines, []);
    assert.match(await say(port, asking("GET /")), /^HTTP\/1.1 500/);
  });
});

test("the signal of a finished response never aborts", () => {
  const { requests, handler } = slowly();
  return serving(handler, async ({ port }) => {
    await say(port, asking("GET /"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.is(signalOf(requests[0]).aborted, false);
  });
});

test("a signal that somebody listens to is left to its own request", () => {
  const heard: string[] = [];
  const { requests, handler } = slowly();
  const listening: Handler = (request) => {
    request.signal?.addEventListener("abort", () => heard.push(request.uri));
    return handler(request);
  };
  return serving(listening, async ({ port }) => {
    const socket = dial(port, line("/one"));
    await new Promise((resolve) => socket.once("data", resolve));
    socket.write(line("/slow"));
    await eventually(() => requests.length === 2);
    socket.destroy();
    await eventually(() => heard.length > 0);
    assert.equal(heard, ["/slow"]);
    assert.is(signalOf(requests[0]).aborted, false);
  });
});

test("a signal that another is made of is left to its own request", () => {
  const derived: AbortSignal[] = [];
  const { requests, handler } = slowly();
  const deriving: Handler = (request) => {
    derived.push(AbortSignal.any([signalOf(request)]));
    return handler(request);
  };
  return serving(deriving, async ({ port }) => {
    const socket = dial(port, line("/one"));
    await new Promise((resolve) => socket.once("data", resolve));
    socket.write(line("/slow"));
    await eventually(() => requests.length === 2);
    socket.destroy();
    await eventually(() => derived[1]?.aborted === true);
    assert.is(derived[0]?.aborted, false);
  });
});

test("requests that follow each other share a signal that nobody listens to", () => {
  const { requests, handler } = slowly();
  return serving(handler, async ({ port }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = () =>
      new Promise((resolve) =>
        httpGet({ port, host: "127.0.0.1", agent }, (res) => res.resume().once("end", resolve)),
      );
    await ask();
    await ask();
    agent.destroy();
    assert.is(signalOf(requests[0]), signalOf(requests[1]));
  });
});

test("requests that wait for each other have signals of their own, and all that are unfinished abort", () => {
  const { requests, answers, handler } = slowly();
  return serving(handler, async ({ port }) => {
    const socket = dial(port, line("/slow") + line("/slow") + line("/quick"));
    await eventually(() => requests.length === 3);
    assert.is(new Set(requests.map(signalOf)).size, 3);
    answers[0]?.(ok("first"));
    await new Promise((resolve) => socket.once("data", resolve));
    socket.destroy();
    await eventually(() => signalOf(requests[2]).aborted);
    assert.equal(
      requests.map((request) => signalOf(request).aborted),
      [false, true, true],
    );
  });
});

test("a stream that was sent listens no longer", () => {
  const signals: AbortSignal[] = [];
  const streaming: Handler = (request) => {
    signals.push(signalOf(request));
    return { ...ok(), body: ["a", "b"] };
  };
  return serving(streaming, async ({ port }) => {
    await say(port, asking("GET /"));
    await eventually(() => getEventListeners(signals[0] as AbortSignal, "abort").length === 0);
    assert.is(signals[0]?.aborted, false);
  });
});

test.run();
