import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type ServeOptions, type Serving, serve } from "../lib/server.js";
import type { Handler, Response } from "../lib/types.js";
import { eventually } from "./house/eventually.js";
import { asking, dial, ok, say } from "./server/wire.js";

const quiet = { port: 0, signals: false, log: () => {} };

/** Runs a spec against a server, which is closed at the end, whatever the spec did. */
async function serving(handler: Handler, spec: (serving: Serving) => Promise<void>, options?: ServeOptions) {
  const running = await serve(handler, { ...quiet, ...options });
  try {
    await spec(running);
  } finally {
    await running.close({ grace: 0 });
  }
}

/** Runs a spec with these in the environment. */
async function withEnv(env: Record<string, string>, spec: () => Promise<void>): Promise<void> {
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    await spec();
  } finally {
    for (const name of Object.keys(env)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

const rejection = (promise: Promise<unknown>): Promise<Error & { code?: string; cause?: unknown }> =>
  promise.then(
    () => assert.unreachable("it should have failed") as never,
    (error) => error,
  );

/** A handler that holds /slow until it is told to answer. */
function holding() {
  const held: ((response: Response) => void)[] = [];
  const handler: Handler = ({ uri }) =>
    uri === "/slow" ? new Promise((resolve) => held.push(resolve)) : ok();
  return { held, handler };
}

test("it serves, and says where", () =>
  serving(
    () => ok("Hello"),
    async ({ url, port, server }) => {
      assert.is(url, `http://127.0.0.1:${port}`);
      assert.ok(server.listening);
      assert.is(await (await fetch(url)).text(), "Hello");
    },
  ));

test("addresses that mean all interfaces are shown as one that can be opened", async () => {
  await serving(
    () => ok(),
    async ({ url, port }) => {
      assert.is(url, `http://127.0.0.1:${port}`);
      assert.is((await fetch(url)).status, 200);
    },
    { host: "0.0.0.0" },
  );
});

test("an IPv6 address stands in brackets", async () => {
  for (const host of ["::1", "::"]) {
    try {
      await serving(
        () => ok(),
        async ({ url, port }) => {
          assert.is(url, `http://[::1]:${port}`);
          assert.is((await fetch(url)).status, 200);
        },
        { host },
      );
    } catch (error) {
      if (!["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes((error as { code: string }).code)) throw error;
    }
  }
});

test("port and host are taken from the environment when it is called", () =>
  withEnv({ PORT: "0", HOST: "localhost" }, async () => {
    const { url, close } = await serve(() => ok(), { signals: false });
    assert.match(url, /^http:\/\/(127\.0\.0\.1|\[::1\]):\d+$/);
    assert.not.match(url, /:3000$/);
    await close();
  }));

test("a wrong port, host, handler or log is refused", async () => {
  for (const port of [-1, 65536, 1.5, Number.NaN, "", "80a", "-1", {} as never]) {
    const error = await rejection(serve(() => ok(), { ...quiet, port }));
    assert.instance(error, TypeError);
    assert.match(
      error.message,
      /serve: expected a port from 0 to 65535 as "port" \(or PORT in the environment\), got /,
    );
  }
  assert.match((await rejection(serve(() => ok(), { ...quiet, host: "" }))).message, /as "host" \(or HOST/);
  assert.match((await rejection(serve({} as never, quiet))).message, /serve: expected a handler/);
  assert.match(
    (await rejection(serve(() => ok(), { ...quiet, log: 1 as never }))).message,
    /function as "log"/,
  );
  await withEnv({ PORT: "http" }, async () => {
    assert.match((await rejection(serve(() => ok(), { signals: false }))).message, /got "http"/);
  });
});

test("a port that is taken is told, with what to do", () =>
  serving(
    () => ok(),
    async ({ port }) => {
      const error = await rejection(serve(() => ok(), { ...quiet, port }));
      assert.match(
        error.message,
        `serve: cannot listen on port ${port} of 127.0.0.1. Something else listens there`,
      );
      assert.is(error.code, "EADDRINUSE");
      assert.instance(error.cause, Error);
    },
  ));

test("a host that is not this machine's is told", async () => {
  const error = await rejection(serve(() => ok(), { ...quiet, host: "192.0.2.1" }));
  assert.match(error.message, /port 0 of 192.0.2.1. This machine has no such address/);
});

test("what fails is reported to the log that was given", async () => {
  const lines: string[] = [];
  const failing: Handler = () => {
    throw new Error("fault");
  };
  await serving(failing, async ({ url }) => void (await fetch(url)), { log: (line) => lines.push(line) });
  assert.equal(lines, ["GET /: fault"]);
});

test("closing lets requests in flight finish, tells their clients, and takes no new ones", async () => {
  const { held, handler } = holding();
  const { port, close } = await serve(handler, quiet);
  const answer = say(port, "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n");
  await eventually(() => held.length === 1);
  const closed = close();
  const late = connect(port, "127.0.0.1");
  const [error] = await once(late, "error");
  assert.is(error.code, "ECONNREFUSED");
  held[0]?.(ok("finished"));
  assert.match(await answer, /^HTTP\/1.1 200 OK\r\n[\s\S]*connection: close\r\n[\s\S]*finished$/);
  await closed;
});

test("a stream that begins while the server closes tells its client too", async () => {
  const { held, handler } = holding();
  const { port, close } = await serve(handler, quiet);
  const answer = say(port, "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n");
  await eventually(() => held.length === 1);
  const closed = close();
  held[0]?.({ status: 200, headers: {}, body: ["piece"] });
  assert.match(await answer, /connection: close\r\n[\s\S]*piece/);
  await closed;
});

test("connections that are idle, or become so, do not hold the closing up", async () => {
  const { held, handler } = holding();
  const { port, close } = await serve(handler, quiet);
  const agent = new Agent({ keepAlive: true });
  const ask = (path: string) =>
    new Promise<IncomingMessage>((resolve) => get({ port, host: "127.0.0.1", path, agent }, resolve));
  (await ask("/")).resume();
  const silent = connect(port, "127.0.0.1");
  await once(silent, "connect");
  silent.on("error", () => {});
  const slow = ask("/slow");
  await eventually(() => held.length === 1);
  const begun = Date.now();
  const closed = close({ grace: 60 });
  held[0]?.(ok());
  (await slow).resume();
  silent.destroy();
  await closed;
  assert.ok(Date.now() - begun < 30_000);
  agent.destroy();
});

test("what does not finish in time is cut, also a connection that has left HTTP", async () => {
  const { held, handler } = holding();
  const { port, close, server } = await serve(handler, quiet);
  server.on("upgrade", (_req, socket) => socket.write("upgraded"));
  const slow = dial(port, "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n");
  const upgraded = dial(port, "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n");
  await Promise.all([eventually(() => held.length === 1), once(upgraded, "data")]);
  await close({ grace: 0.02 });
  await eventually(() => slow.destroyed && upgraded.destroyed);
});

test("closing twice is closing once", async () => {
  const { close, url } = await serve(() => ok(), quiet);
  const closed = close();
  assert.is(close({ grace: 0 }), closed);
  await closed;
  assert.is(close(), closed);
  assert.instance(await rejection(fetch(url)), TypeError);
});

test("closing again can only end the wait sooner", async () => {
  const { held, handler } = holding();
  const { port, close } = await serve(handler, quiet);
  const slow = dial(port, "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n");
  await eventually(() => held.length === 1);
  const closed = close({ grace: 60 });
  assert.is(close(), closed);
  assert.is(close({ grace: 0 }), closed);
  await closed;
  await eventually(() => slow.destroyed);
});

test("a grace may be longer than timers can wait, or endless", async () => {
  for (const grace of [3e6, Number.POSITIVE_INFINITY]) {
    const { held, handler } = holding();
    const { port, close } = await serve(handler, quiet);
    const answer = say(port, "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n");
    await eventually(() => held.length === 1);
    const closed = close({ grace });
    await new Promise((resolve) => setTimeout(resolve, 30));
    held[0]?.(ok("finished"));
    assert.match(await answer, /finished$/);
    await closed;
  }
});

test("a wrong grace is refused", () =>
  serving(
    () => ok(),
    async ({ close }) => {
      for (const grace of [-1, Number.NaN, "1" as never]) {
        assert.throws(() => close({ grace }), /close: expected a number of seconds from 0 as "grace", got /);
      }
    },
  ));

test("the listeners of signals go when the server closes, and are not there unless wanted", async () => {
  const count = () => process.listenerCount("SIGTERM") + process.listenerCount("SIGINT");
  const before = count();
  const { close } = await serve(() => ok(), { ...quiet, signals: true });
  assert.is(count(), before + 2);
  await close();
  assert.is(count(), before);
  await serving(
    () => ok(),
    async () => assert.is(count(), before),
  );
});

/** A program that serves, in a process of its own; it answers /slow after half a second, or never. */
async function program(
  delay: string,
): Promise<{ child: ChildProcess; port: number; begun: () => Promise<unknown> }> {
  const source = `
    import { serve } from ${JSON.stringify(new URL("../lib/server.js", import.meta.url).href)};
    const slow = () => new Promise((resolve) => {
      console.log("begun");
      ${delay === "never" ? "" : `setTimeout(resolve, ${delay}, { status: 200, headers: {}, body: "late" });`}
    });
    const { port } = await serve(slow, { port: 0 });
    console.log(port);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = () => once(child.stdout as NodeJS.EventEmitter, "data");
  const [port] = await line();
  return { child, port: Number(port), begun: line };
}

test("a signal ends the program with 0 once requests in flight are answered", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const { child, port, begun } = await program("200");
    const answer = say(port, asking("GET /"));
    await begun();
    child.kill(signal);
    assert.match(await answer, /late$/);
    const [code] = child.exitCode === null ? await once(child, "exit") : [child.exitCode];
    assert.is(code, 0);
  }
});

test("a second signal ends it at once", async () => {
  const { child, port, begun } = await program("never");
  const answer = say(port, asking("GET /"));
  await begun();
  child.kill("SIGTERM");
  await eventually(() => child.exitCode === null);
  const refused = async () => {
    for (;;) {
      const probe = connect(port, "127.0.0.1");
      const isOpen = await new Promise((resolve) => {
        probe.once("connect", () => resolve(true)).once("error", () => resolve(false));
      });
      probe.destroy();
      if (!isOpen) return;
    }
  };
  await refused();
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  assert.equal(await ended, [null, "SIGTERM"]);
  await answer;
});

test.run();
