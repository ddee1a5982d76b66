/** Files over a real wire: parts, what changes while it is sent, and clients that leave. */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withFiles } from "../../lib/middleware/files.js";
import type { Handler } from "../../lib/types.js";
import { eventually } from "../house/eventually.js";
import { asking, dial, say, serving } from "../server/wire.js";

const folder = mkdtempSync(join(tmpdir(), "composure-sending-"));
const root = join(folder, "pub");
mkdirSync(root);
test.after(() => rmSync(folder, { recursive: true }));

const put = (path: string, content: string | Uint8Array): string => {
  const file = join(folder, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, content);
  return file;
};

const digits = "0123456789";
const bytes = Buffer.from(digits.repeat(20_000));
put("pub/small.txt", digits);
put("pub/large.txt", bytes);
put("pub/none.txt", "");

const files = withFiles(root)(() => null);

/** More than fits into the buffers of a connection, so that most of it is read while the client waits. */
const huge = (): string => put("pub/huge.bin", Buffer.alloc(40_000_000, "x"));

test("whole files and their parts arrive as they are announced", () =>
  serving(files, async ({ url, lines }) => {
    const cases: [string, string | undefined, Buffer][] = [
      ["small.txt", undefined, Buffer.from(digits)],
      ["small.txt", "bytes=2-5", Buffer.from("2345")],
      ["small.txt", "bytes=-1", Buffer.from("9")],
      ["large.txt", undefined, bytes],
      ["large.txt", "bytes=5-", bytes.subarray(5)],
      ["large.txt", "bytes=199990-999999", bytes.subarray(199_990)],
      ["none.txt", undefined, Buffer.alloc(0)],
    ];
    for (const [name, range, expected] of cases) {
      const answer = await fetch(`${url}/${name}`, range === undefined ? {} : { headers: { range } });
      assert.is(answer.status, range === undefined ? 200 : 206, `${name} ${range}`);
      assert.is(answer.headers.get("content-length"), String(expected.length));
      assert.ok(Buffer.from(await answer.arrayBuffer()).equals(expected), `${name} ${range}`);
    }
    assert.equal(lines, []);
  }));

test("a download that broke off goes on where it ended", () =>
  serving(files, async ({ url }) => {
    const first = await fetch(`${url}/large.txt`, { headers: { range: "bytes=0-99999" } });
    const etag = first.headers.get("etag") as string;
    const rest = await fetch(`${url}/large.txt`, { headers: { range: "bytes=100000-", "if-range": etag } });
    assert.is(rest.headers.get("content-range"), "bytes 100000-199999/200000");
    const both = [await first.arrayBuffer(), await rest.arrayBuffer()].map((part) => Buffer.from(part));
    assert.ok(Buffer.concat(both).equals(bytes));
  }));

test("what has no body has none on the wire", () =>
  serving(files, async ({ url, port }) => {
    const { headers } = await fetch(`${url}/small.txt`);
    const etag = `if-none-match: ${headers.get("etag")}`;
    const unmodified = await say(port, asking("GET /small.txt", etag));
    assert.match(unmodified, /^HTTP\/1.1 304 Not Modified\r\n[\s\S]*\r\n\r\n$/);
    assert.not.match(unmodified, /content-(length|type)/i);
    const head = await say(port, asking("HEAD /large.txt"));
    assert.match(head, /^HTTP\/1.1 200 OK\r\n[\s\S]*content-length: 200000\r\n[\s\S]*\r\n\r\n$/);
    const none = await say(port, asking("GET /small.txt", "range: bytes=10-"));
    assert.match(
      none,
      /^HTTP\/1.1 416 [\s\S]*content-range: bytes \*\/10\r\n[\s\S]*\r\n\r\nRange Not Satisfiable$/,
    );
  }));

test("HEAD and 304 open nothing", async () => {
  const answer = await files({ method: "HEAD", uri: "/small.txt", headers: {} });
  assert.is(answer?.body, null);
  const vanishing: Handler = async (request) => {
    const answer = await files(request);
    unlinkSync(join(root, "vanishing.txt"));
    return answer;
  };
  await serving(vanishing, async ({ url, lines }) => {
    for (const [method, headers, status] of [
      ["HEAD", {}, 200],
      ["GET", { "if-none-match": "*" }, 304],
    ] as const) {
      put("pub/vanishing.txt", digits);
      assert.is((await fetch(`${url}/vanishing.txt`, { method, headers })).status, status);
    }
    assert.equal(lines, []);
  });
});

test("hostile targets give nothing from outside", () => {
  put("secret.txt", "secret");
  put("public/secret.txt", "secret");
  return serving(files, async ({ port }) => {
    const targets = [
      "/../secret.txt",
      "/..%2fsecret.txt",
      "/%2e%2e/secret.txt",
      "//secret.txt",
      "/..\\secret.txt",
    ];
    for (const target of [
      ...targets,
      "/../public/secret.txt",
      "/small.txt%00.html",
      "/./../secret.txt",
      "../secret.txt",
    ]) {
      const answer = await say(port, asking(`GET ${target}`));
      assert.match(answer, /^HTTP\/1.1 40[04] /, target);
      assert.not.match(answer, /secret/, target);
    }
  });
});

/** Answers as withFiles does, but something happens between the look at the file and its opening. */
const interrupted =
  (happen: () => void): Handler =>
  async (request) => {
    const answer = await files(request);
    happen();
    return answer;
  };

test("a file that changed or vanished after it was looked at is 500, and is reported", async () => {
  const file = put("pub/changing.txt", digits);
  const happenings: [() => void, RegExp][] = [
    [() => writeFileSync(file, "other"), /has changed since it was looked at/],
    [() => writeFileSync(file, "9876543210"), /has changed since it was looked at/],
    [() => truncateSync(file), /has changed since it was looked at/],
    [() => unlinkSync(file), /ENOENT/],
  ];
  for (const [happen, reason] of happenings) {
    for (const headers of [{}, { range: "bytes=2-5" }]) {
      put("pub/changing.txt", digits);
      await new Promise((resolve) => setTimeout(resolve, 10));
      await serving(interrupted(happen), async ({ url, lines }) => {
        const answer = await fetch(`${url}/changing.txt`, { headers: { ...headers } });
        assert.equal([answer.status, answer.headers.get("etag")], [500, null]);
        assert.is(await answer.text(), "Internal Server Error");
        assert.match(String(lines[0]?.[0]), reason);
        assert.is(lines.length, 1);
      });
    }
  }
});

/** How many bytes of the body come when something happens to the file once its first bytes have come. */
async function received(port: number, happen: () => void): Promise<number> {
  const socket = dial(port, asking("GET /huge.bin"));
  let count = 0;
  const first = new Promise((resolve) => socket.once("data", resolve));
  socket.on("data", (chunk: Buffer) => {
    const begin = count === 0 ? chunk.indexOf("\r\n\r\n") + 4 : 0;
    count += chunk.length - begin;
  });
  await first;
  socket.pause();
  happen();
  socket.resume();
  await new Promise((resolve) => socket.once("close", resolve));
  return count;
}

test("a file that is cut short while it is sent cuts the connection, and nothing else", async () => {
  const file = huge();
  await serving(files, async ({ port, url, lines }) => {
    assert.ok((await received(port, () => truncateSync(file, 1000))) < 40_000_000);
    await eventually(() => lines.length === 1);
    assert.match(String(lines[0]?.[0]), /not as long as its content-length/);
    assert.is((await fetch(`${url}/small.txt`)).status, 200);
  });
});

test("a file that is replaced, removed or longer while it is sent arrives as it was", async () => {
  const file = join(root, "huge.bin");
  const happenings = [
    () => renameSync(put("pub/other.bin", "other"), file),
    () => unlinkSync(file),
    () => writeFileSync(file, "more", { flag: "a" }),
  ];
  for (const happen of happenings) {
    huge();
    await serving(files, async ({ port, lines }) => {
      assert.is(await received(port, happen), 40_000_000);
      assert.equal(lines, []);
    });
  }
});

const descriptors = (): number => readdirSync("/proc/self/fd").length;

if (existsSync("/proc/self/fd")) {
  test("a folder that turns into a link after it was looked at shows nothing of where it leads", async () => {
    for (const path of ["outside/page.txt", "pub/kept/page.txt"]) utimesSync(put(path, digits), 1, 1);
    const turn = (): void => {
      renameSync(join(root, "kept"), join(folder, "away"));
      symlinkSync(join(folder, "outside"), join(root, "kept"));
    };
    await serving(interrupted(turn), async ({ url, lines }) => {
      assert.is((await fetch(`${url}/kept/page.txt`)).status, 500);
      assert.match(String(lines[0]?.[0]), /has changed since it was looked at/);
    });
  });

  test("a pipe in the place of the file is refused, and nobody waits for its writer", async () => {
    const path = put("pub/pipe.txt", digits);
    const turn = (): void => {
      unlinkSync(path);
      execFileSync("mkfifo", [path]);
    };
    await serving(interrupted(turn), async ({ url, lines }) => {
      try {
        const answer = await fetch(`${url}/pipe.txt`, { signal: AbortSignal.timeout(2000) });
        assert.is(answer.status, 500);
        assert.match(String(lines[0]?.[0]), /got a folder or device/);
      } finally {
        closeSync(openSync(path, constants.O_RDWR | constants.O_NONBLOCK));
      }
    });
  });

  test("no descriptor stays open, whatever the client does", async () => {
    huge();
    await serving(files, async ({ url, port, lines }) => {
      await (await fetch(`${url}/small.txt`)).text();
      const before = descriptors();
      const leave = async (...fields: string[]): Promise<void> => {
        const socket = dial(port, asking("GET /huge.bin", ...fields));
        await new Promise((resolve) => socket.once("data", resolve));
        socket.resetAndDestroy();
      };
      for (let i = 0; i < 20; i++) {
        dial(port, asking("GET /huge.bin")).end().destroy();
        await leave();
        await leave("range: bytes=7-");
        await say(port, asking("HEAD /huge.bin"));
        await say(port, asking("GET /huge.bin", "range: bytes=40000000-"));
        await say(port, asking("GET /huge.bin", 'if-match: "other"'));
      }
      await eventually(() => descriptors() <= before + 1);
      assert.equal(lines, []);
    });
  });
} else {
  console.log("skipped: open files are looked up in /proc, which is not here");
}

test.run();
