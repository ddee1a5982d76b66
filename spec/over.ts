import { EventEmitter, getEventListeners } from "node:events";
import { Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Closing, isClosing, wasCut, whenOver } from "../lib/over.js";

const response = (fields = {}): Closing & EventEmitter => Object.assign(new EventEmitter(), fields);

function counting() {
  const count = { times: 0, act: () => void count.times++ };
  return count;
}

test("streams and Node's responses say when they are over, and nothing else does", () => {
  for (const value of [new EventEmitter(), new Readable()]) assert.ok(isClosing(value));
  for (const value of [undefined, null, "once", {}, { once: true }]) assert.not.ok(isClosing(value));
});

test("it acts when it closes, and once", () => {
  const [closing, count] = [response({ socket: {} }), counting()];
  whenOver(closing, undefined, count.act);
  assert.is(count.times, 0);
  closing.emit("close");
  closing.emit("close");
  assert.is(count.times, 1);
});

test("it acts at once on what is over already", () => {
  const count = counting();
  for (const over of [{ closed: true }, { destroyed: true }]) whenOver(response(over), undefined, count.act);
  whenOver(response({ socket: null }), AbortSignal.abort(), count.act);
  assert.is(count.times, 3);
});

test("a response that waits behind another is over when the client leaves", () => {
  const [closing, count, client] = [response({ socket: null }), counting(), new AbortController()];
  whenOver(closing, client.signal, count.act);
  client.abort();
  closing.emit("close");
  assert.is(count.times, 1);
  assert.is(closing.listenerCount("close"), 0);
});

test("one that has the connection closes by itself, and leaves the signal alone", () => {
  const [closing, count, client] = [response({ socket: {} }), counting(), new AbortController()];
  whenOver(closing, client.signal, count.act);
  assert.is(getEventListeners(client.signal, "abort").length, 0);
  client.abort();
  assert.is(count.times, 0);
});

test("nobody listens any more once it is over", () => {
  const [closing, client] = [response(), new AbortController()];
  whenOver(closing, client.signal, () => {});
  assert.is(getEventListeners(client.signal, "abort").length, 1);
  closing.emit("close");
  assert.is(getEventListeners(client.signal, "abort").length, 0);
});

test("a response of HTTP/1 was cut if it is not finished, or its socket is gone before it wrote all", () => {
  const whole = { destroyed: false, writableFinished: false };
  const cut = (writableFinished: boolean, socket = {}) =>
    wasCut({ req: { socket: { ...whole, ...socket } }, res: { writableFinished } });
  assert.equal([cut(true), cut(true, { destroyed: true }), cut(false)], [false, true, true]);
  assert.is(cut(true, { destroyed: true, writableFinished: true }), false);
  assert.is(wasCut({ req: {}, res: { writableFinished: true } }), false);
});

test("a response of HTTP/2 was cut if its stream ended by an error", () => {
  const cut = (rstCode: number) => wasCut({ req: {}, res: { writableFinished: true, stream: { rstCode } } });
  assert.equal([cut(0), cut(8)], [false, true]);
});

test.run();
