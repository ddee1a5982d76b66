import { EventEmitter, getEventListeners } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { decorateRoutes } from "../../lib/decorate-routes.js";
import type { HttpError } from "../../lib/errors.js";
import { type MultipartOptions, multipartRequest, withMultipart } from "../../lib/middleware/multipart.js";
import { POST, PUT, routes } from "../../lib/routes.js";
import { serve } from "../../lib/server.js";
import type { Handler, Request, RequestBody, Response, Upload } from "../../lib/types.js";
import {
  boundary,
  cat,
  done,
  failure,
  form,
  left,
  opened,
  post,
  soon,
  stray,
  untilEmpty,
  watch,
} from "../house/forms.js";

watch(test);

test("the body is undefined once it has been read", async () => {
  await withMultipart()((request) => {
    assert.is(request.body, undefined);
    assert.is(request.params, undefined);
    return done;
  })(post(form(cat)));
});

test("other requests pass untouched, and at once", () => {
  const same: Handler = (request) => ({ ...done, request });
  const handler = withMultipart()(same);
  const isSame = (request: Request) => assert.is((handler(request) as Response).request, request);
  isSame({ method: "GET", uri: "/", headers: {} });
  isSame({ method: "GET", uri: "/" } as Request);
  isSame(post(undefined));
  isSame(post(null as unknown as RequestBody));
  isSame(post("a=1", { headers: { "content-type": "application/x-www-form-urlencoded" } }));
  isSame(post("x", { headers: { "content-type": "multipart/mixed; boundary=a" } }));
  isSame(post(form(cat), { multipartParams: {} }));
});

test("the media type is read without case", async () => {
  const headers = { "content-type": `Multipart/Form-Data; charset=utf-8; boundary="${boundary}"` };
  let params = {};
  await withMultipart()(({ multipartParams = {} }) => {
    params = { ...multipartParams };
    return done;
  })(post(form({ name: "a", content: "1" }), { headers }));
  assert.equal(params, { a: "1" });
});

test("text goes into params that are there: the form over the query, the route over the form", () => {
  const request = post(undefined, { params: { a: "query", b: "query", id: "7" }, routeParams: { id: "7" } });
  const file = { filename: "x", contentType: "text/plain", size: 0, path: "/x" };
  const { params, multipartParams, body } = multipartRequest(request, { a: ["1", "2"], id: "8", file });
  assert.equal({ ...params }, { a: "2", b: "query", id: "7" });
  assert.equal(multipartParams, { a: ["1", "2"], id: "8", file });
  assert.is(body, undefined);
  assert.equal({ ...multipartRequest(post(undefined), { a: "1" }).multipartParams }, { a: "1" });
  assert.is(multipartRequest(request, {}).uri, "/");
  const again = { ...request, multipartParams };
  assert.is(multipartRequest(again, {}), again);
});

test("routes see the text in params, and the method that it asks for", async () => {
  const body = form({ name: "_method", content: "put" }, { name: "title", content: "A cat" }, cat);
  const put = PUT("/:id", ({ params }) => `${params.id}: ${params.title}, ${Object.keys(params)}`);
  const response = await decorate(routes(put), withMultipart())(post(body, { uri: "/7" }));
  assert.is(response?.body, "7: A cat, _method,title,id");
  const inside = decorateRoutes(
    POST("/:title", ({ params }) => JSON.stringify(params)),
    withMultipart(),
  );
  const answer = await inside(
    post(form({ name: "title", content: "form" }, { name: "a", content: "1" }), { uri: "/route" }),
  );
  assert.is(answer?.body, '{"title":"route","a":"1"}');
});

/** A handler that notes the path of its upload and answers something. */
function noting(answer: () => Response | null) {
  const paths: string[] = [];
  const handler: Handler = ({ multipartParams = {} }) => {
    const { path } = multipartParams.photo as Upload;
    assert.ok(existsSync(path));
    paths.push(path);
    return answer();
  };
  return { paths, handler: withMultipart()(handler) };
}

test("after a plain call the files are gone, whether it answers, answers null, or throws", async () => {
  for (const answer of [() => done, () => null]) {
    const { handler } = noting(answer);
    assert.is(await soon(handler(post(form(cat)))), answer());
    assert.equal(left(), []);
  }
  const broken = new Error("broken");
  const { handler } = noting(() => {
    throw broken;
  });
  assert.is(await failure(handler(post(form(cat)))), broken as HttpError);
  assert.equal(left(), []);
});

test("a response that is a stream keeps the files until it is closed", async () => {
  let body = new Readable({ read() {} });
  const { paths, handler } = noting(() => ({ ...done, body }));
  await soon(handler(post(form(cat))));
  await setTimeout(20);
  assert.ok(existsSync(paths[0] as string));
  body.push("x");
  body.push(null);
  assert.is(await text(body), "x");
  await untilEmpty();
  body = new Readable({ read() {} }).destroy();
  await soon(handler(post(form(cat))));
  await untilEmpty();
});

const edge = (res: object): Partial<Request> => ({ raw: { req: {}, res } });

test("where there is Node's response, the files stay until it is closed", async () => {
  const res = new EventEmitter();
  const { paths, handler } = noting(() => done);
  await soon(handler(post(form(cat), edge(res))));
  await setTimeout(20);
  assert.ok(existsSync(paths[0] as string));
  res.emit("close");
  await untilEmpty();
});

test("a response that is over already takes the files with it", async () => {
  for (const over of [{ closed: true }, { destroyed: true }]) {
    await soon(withMultipart()(() => done)(post(form(cat), edge(Object.assign(new EventEmitter(), over)))));
    await untilEmpty();
  }
  const signal = AbortSignal.abort();
  await soon(withMultipart()(() => done)(post(form(cat), { ...edge(new EventEmitter()), signal })));
});

test("files go when the client leaves, and nobody listens for that once the response is over", async () => {
  const listeners = ({ signal }: AbortController) => getEventListeners(signal, "abort").length;
  for (const isLeft of [true, false]) {
    const controller = new AbortController();
    const res = new EventEmitter();
    const { paths, handler } = noting(() => done);
    await soon(handler(post(form(cat), { ...edge(res), signal: controller.signal })));
    assert.ok(existsSync(paths[0] as string));
    assert.is(listeners(controller), 1);
    if (isLeft) controller.abort();
    else res.emit("close");
    await untilEmpty();
    assert.is(listeners(controller), 0);
  }
});

test("several groups of routes can each read the form of a request", async () => {
  const res = new EventEmitter();
  const group = (path: string) =>
    decorate(
      routes(POST(path, ({ multipartParams = {} }) => opened(multipartParams.photo as Upload).content)),
      withMultipart(),
    );
  const app = routes(group("/a"), group("/b"));
  const response = await soon(app(post(Readable.from([form(cat)]), { uri: "/b", ...edge(res) })));
  assert.is(response?.body, "meow");
  res.emit("close");
});

const options = (given: unknown) => () => withMultipart(given as MultipartOptions);

test("options are checked when the decorator is made", () => {
  for (const name of ["maxFiles", "maxFileSize", "maxFields", "maxFieldSize", "limit"]) {
    for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "10", null]) {
      assert.throws(
        options({ [name]: value }),
        new RegExp(`^withMultipart: expected a whole number from 0 as "${name}", got`),
      );
    }
    options({ [name]: 0 })();
    options({ [name]: undefined })();
  }
  assert.throws(
    options({ store: {} }),
    /^withMultipart: expected a function that takes an upload as "store", got {}/,
  );
  assert.throws(
    options({ maxfiles: 1 }),
    /^withMultipart: expected options among maxFiles, .+, store, got "maxfiles"/,
  );
  assert.throws(options("memory"), /^withMultipart: expected a map of options, got "memory"/);
  assert.throws(options(null), /^withMultipart: expected a map of options, got null/);
});

async function withServer(
  handler: Handler,
  visit: (port: number, url: string) => Promise<void>,
): Promise<void> {
  const { port, url, close } = await serve(handler, { port: 0, signals: false, log: stray });
  try {
    await soon(visit(port, url));
  } finally {
    await close({ grace: 0 });
  }
}

test("over HTTP files last as long as the response", async () => {
  const paths: string[] = [];
  const app: Handler = ({ multipartParams = {} }) => {
    const { path } = multipartParams.photo as Upload;
    paths.push(path);
    return { status: 200, headers: {}, body: { file: path } };
  };
  await withServer(decorate(app, withMultipart()), async (_port, url) => {
    const data = new FormData();
    data.append("photo", new File(["x".repeat(1_000_000)], "cat.png"));
    const response = await fetch(url, { method: "POST", body: data });
    assert.is((await response.text()).length, 1_000_000);
    await untilEmpty();
    assert.not(existsSync(paths[0] as string));
  });
});

test("over HTTP a form past a limit gets its 413", async () => {
  await withServer(
    decorate(() => done, withMultipart({ maxFileSize: 1000 })),
    async (_port, url) => {
      const data = new FormData();
      data.append("photo", new File(["x".repeat(5_000_000)], "cat.png"));
      const response = await fetch(url, { method: "POST", body: data });
      assert.is(response.status, 413);
      assert.is(await response.text(), "The form has a file of more than 1000 bytes");
      assert.is(response.headers.get("connection"), "close");
    },
  );
});

test("over HTTP a client that leaves midway leaves nothing behind", async () => {
  let called = 0;
  const app: Handler = () => {
    called++;
    return done;
  };
  await withServer(decorate(app, withMultipart()), async (port) => {
    const socket = connect(port, "127.0.0.1");
    const type = `content-type: multipart/form-data; boundary=${boundary}`;
    socket.write(`POST / HTTP/1.1\r\nhost: a\r\n${type}\r\ncontent-length: 10000\r\n\r\n`);
    socket.write(form(cat).subarray(0, -10));
    while (left().length === 0) await setTimeout(5);
    socket.destroy();
    await untilEmpty();
  });
  assert.is(called, 0);
});

test("over HTTP the files of a response that waits behind another go with the connection", async () => {
  const paths: string[] = [];
  const upload = decorate(({ multipartParams = {} }: Request) => {
    paths.push((multipartParams.photo as Upload).path);
    return done;
  }, withMultipart());
  const app: Handler = (request) => (request.uri === "/hang" ? new Promise(() => {}) : upload(request));
  await withServer(app, async (port) => {
    const socket = connect(port, "127.0.0.1");
    const body = form(cat);
    const type = `content-type: multipart/form-data; boundary=${boundary}`;
    socket.write("GET /hang HTTP/1.1\r\nhost: a\r\n\r\n");
    socket.write(`POST / HTTP/1.1\r\nhost: a\r\n${type}\r\ncontent-length: ${body.length}\r\n\r\n`);
    socket.write(body);
    while (paths.length === 0) await setTimeout(5);
    assert.ok(existsSync(paths[0] as string));
    socket.destroy();
    await untilEmpty();
  });
});

test.run();
