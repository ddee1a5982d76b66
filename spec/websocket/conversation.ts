import { EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { converse, type WebSocketHandlers } from "../../lib/websocket/conversation.js";
import type { Wire } from "../../lib/websocket/wire.js";
import { eventually } from "../house/eventually.js";

/** A wire without a network, and what is done to it. */
function talking(handlers: WebSocketHandlers) {
  const done: string[] = [];
  const wire = Object.assign(new EventEmitter(), {
    isPaused: false,
    ping: () => done.push("ping"),
    terminate: () => done.push("cut"),
    close: (code: number) => done.push(`close ${code}`),
    pause() {
      wire.isPaused = true;
      done.push("pause");
    },
    resume() {
      wire.isPaused = false;
      done.push("resume");
    },
  });
  converse({
    wire: wire as unknown as Wire,
    req: { socket: Object.assign(new EventEmitter(), { bytesRead: 0, setDefaultEncoding: () => {} }) },
    request: { method: "GET", uri: "/", headers: {} },
    handlers,
    ping: 0.02,
    closing: new Promise(() => {}),
    report: () => {},
  });
  const say = (text: string) => wire.emit("message", Buffer.from(text), false);
  const end = () => wire.emit("close", 1000, Buffer.alloc(0));
  return { done, say, end };
}

test("reading stops when a second message waits, and goes on when all have been dealt with", async () => {
  const heard: unknown[] = [];
  const { done, say, end } = talking({
    async message(_, data) {
      await null;
      heard.push(data);
    },
  });
  say("a");
  assert.equal(done, []);
  say("b");
  assert.equal(done, ["pause"]);
  await pause(0);
  assert.equal(
    [done, heard],
    [
      ["pause", "resume"],
      ["a", "b"],
    ],
  );
  end();
});

test("messages that are dealt with at once never stop the reading", () => {
  const { done, say, end } = talking({ message() {} });
  for (const text of ["a", "b", "c"]) say(text);
  end();
  assert.equal(done, []);
});

test("nobody is cut for an answer that could not be read", async () => {
  let free = () => {};
  const { done, say, end } = talking({ message: () => new Promise<void>((resolve) => (free = resolve)) });
  await eventually(() => done.includes("ping"));
  say("a");
  say("b");
  free();
  await pause(0);
  free();
  await eventually(() => done.includes("resume"));
  await eventually(() => done.lastIndexOf("ping") > done.indexOf("resume"));
  assert.not.ok(done.includes("cut"));
  end();
});

test("pings end with the connection", async () => {
  const { done, end } = talking({});
  end();
  await pause(50);
  assert.equal(done, []);
});

test.run();
