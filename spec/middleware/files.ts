/** Files below a folder answer before the handler does. */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isPromise } from "../../lib/decorate.js";
import { type FilesOptions, withFiles } from "../../lib/middleware/files.js";
import { ignoreTrailingSlash } from "../../lib/middleware/trailing-slash.js";
import { withUriRewrite } from "../../lib/middleware/uri-rewrite.js";
import { context } from "../../lib/routes.js";
import type { FileBody, Handler, Request, Response } from "../../lib/types.js";

const folder = mkdtempSync(join(tmpdir(), "composure-files-"));
const root = join(folder, "pub");
test.after(() => rmSync(folder, { recursive: true }));

const changed = Date.UTC(1994, 10, 6, 8, 49, 37);

/** Writes a file below the folder, last changed so many seconds after a day in 1994. */
function put(path: string, text = path, seconds = 0): string {
  const file = join(folder, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
  utimesSync(file, changed / 1000 + seconds, changed / 1000 + seconds);
  return file;
}

put("pub/a.txt", "0123456789");
put("pub/index.html", "<h1>Home</h1>");
put("pub/docs/index.html");
put("pub/docs/café au lait.html");
put("pub/empty/readme.md");
put("pub/LICENSE");
put("pub/.env");
put("pub/.well-known/security.txt");
put("pub/.git/config");
put("pub/none", "");
put("public/x.txt");
put("secret.txt");

/** What a handler of ours answers where there is no file. */
const passed: Response = { status: 404, headers: {}, body: "passed on" };

const site = (options?: FilesOptions, at: string | URL = root): Handler =>
  withFiles(at, options)(() => passed);

function get(uri: string, headers = {}, options?: FilesOptions): Promise<Response> {
  const [, path = "", queryString] = /^([^?]*)\??(.*)$/s.exec(uri) ?? [];
  return Promise.resolve(
    site(options)({ method: "GET", uri: path, queryString: queryString || undefined, headers }),
  ) as Promise<Response>;
}

const fileOf = ({ body }: Response): string => (body as FileBody).file;

test("a file is answered with its type, its validators and how it may be kept", async () => {
  const { status, headers, body } = await get("/a.txt");
  assert.is(status, 200);
  assert.equal(
    { ...headers },
    {
      etag: headers.etag,
      "last-modified": "Sun, 06 Nov 1994 08:49:37 GMT",
      "cache-control": "max-age=0",
      vary: "accept-encoding",
      "accept-ranges": "bytes",
      "content-type": "text/plain; charset=utf-8",
    },
  );
  assert.match(String(headers.etag), /^"[\w-]+"$/);
  assert.equal(body, { file: join(root, "a.txt"), size: 10, changed });
});

test("whatever is no file is the handler's", async () => {
  for (const uri of [
    "/b.txt",
    "/a.txt/",
    "/a.txt/b",
    "/empty",
    "/empty/",
    "/docs/b",
    "/..",
    `/${"x".repeat(9999)}`,
  ]) {
    assert.is(await get(uri), passed, uri);
  }
});

test("a handler that passes on passes on", async () => {
  assert.is(await withFiles(root)(() => null)({ method: "GET", uri: "/none/at/all", headers: {} }), null);
});

test("other methods, other prefixes and refused names do not wait for the file system", () => {
  const handler = site({ prefix: "/assets" });
  const sync = (method: string, uri: string) => handler({ method, uri, headers: {} });
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "get"]) {
    assert.is(sync(method, "/assets/a.txt"), passed, method);
  }
  assert.is(sync("GET", "/a.txt"), passed);
  assert.is(sync("GET", "/assets/../a.txt"), passed);
  assert.ok(isPromise(sync("GET", "/assets/a.txt")));
});

test("a prefix is matched by whole segments, in the form in which patterns match", async () => {
  for (const prefix of ["/assets", "/assets/"]) {
    for (const uri of ["/assets/a.txt", "/%61ssets/a.txt", "/assets/%61.txt", "/assets/a%2etxt"]) {
      assert.is((await get(uri, {}, { prefix })).status, 200, uri);
    }
    for (const uri of [
      "/assetsa.txt",
      "/assets%2Fa.txt",
      "/Assets/a.txt",
      "/x/assets/a.txt",
      "//assets/a.txt",
    ]) {
      assert.is(await get(uri, {}, { prefix }), passed, uri);
    }
  }
  assert.is((await get("/é/à/a.txt", {}, { prefix: "/%c3%a9/à" })).status, 200);
});

test("inside a context the rest of the path is matched", async () => {
  const app = context("/site/:name", site({ prefix: "/assets" }));
  const at = async (uri: string) => (await app({ method: "GET", uri, headers: {} })) as Response;
  assert.is((await at("/site/one/assets/a.txt")).status, 200);
  assert.is(await at("/site/one/a.txt"), passed);
});

test("nothing is served by a name that is none, or hidden", async () => {
  const refused = [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/..%5csecret.txt",
    "/docs/../a.txt",
    "/docs%2Findex.html",
    "/./a.txt",
    "//a.txt",
    "/docs//index.html",
    "/a.txt%00",
    "/.env",
    "/%2eenv",
    "/.git/config",
    "/%252e%252e/secret.txt",
  ];
  for (const uri of refused) assert.is(await get(uri), passed, uri);
  assert.is((await get("/.well-known/security.txt")).status, 200);
});

test("hidden names may be served, but never steps", async () => {
  assert.is((await get("/.env", {}, { dotfiles: true })).status, 200);
  assert.is((await get("/.git/config", {}, { dotfiles: true })).status, 200);
  assert.is(await get("/../secret.txt", {}, { dotfiles: true }), passed);
});

test("a malformed escape below the prefix is 400", () => {
  for (const uri of ["/%", "/a%zz", "/%ff"]) {
    assert.throws(
      () => site()({ method: "GET", uri, headers: {} }),
      (error: { status: number }) => error.status === 400,
    );
  }
  assert.is(site({ prefix: "/assets" })({ method: "GET", uri: "/%", headers: {} }), passed);
});

test("a link that stays inside is followed, another is not", async () => {
  symlinkSync("a.txt", join(root, "inside.css"));
  symlinkSync("docs", join(root, "manual"));
  symlinkSync(join(folder, "secret.txt"), join(root, "outside"));
  symlinkSync(folder, join(root, "up"));
  symlinkSync("../public", join(root, "beside"));
  symlinkSync("loop", join(root, "loop"));
  symlinkSync(root, join(root, "self"));
  const linked = await get("/inside.css");
  assert.is(fileOf(linked), join(root, "a.txt"));
  assert.is(linked.headers["content-type"], "text/css; charset=utf-8");
  assert.is((await get("/manual/")).status, 200);
  assert.is((await get("/self/a.txt")).status, 200);
  for (const uri of ["/outside", "/up/secret.txt", "/up/", "/up", "/beside/x.txt", "/loop", "/loop/a"]) {
    assert.is(await get(uri), passed, uri);
  }
  // Copying the folder would end the process: cpSync of Node 24 does so at a link that names itself.
  unlinkSync(join(root, "loop"));
});

test("a link that is turned outwards is followed no more", async () => {
  const link = join(root, "turning");
  symlinkSync("docs", link);
  assert.is((await get("/turning/index.html")).status, 200);
  put("outer/index.html");
  rmSync(link);
  symlinkSync(join(folder, "outer"), link);
  assert.is(await get("/turning/index.html"), passed);
});

test("the root may be a link itself, a URL, or the top of the tree", async () => {
  symlinkSync(root, join(folder, "linked"));
  const from = async (at: string | URL, uri: string, options?: FilesOptions) =>
    ((await site(options, at)({ method: "GET", uri, headers: {} })) as Response).status;
  assert.is(await from(join(folder, "linked"), "/a.txt"), 200);
  assert.is(await from(pathToFileURL(root), "/a.txt"), 200);
  assert.is(await from(`${root}/`, "/a.txt"), 200);
  assert.is(await from("/", join(root, "a.txt")), 200);
});

test("a folder is its index, at the path with a slash", async () => {
  assert.is(fileOf(await get("/")), join(root, "index.html"));
  const index = await get("/docs/");
  assert.is(fileOf(index), join(root, "docs/index.html"));
  assert.is(index.headers["content-type"], "text/html; charset=utf-8");
  assert.is(fileOf(await get("/empty/", {}, { index: "readme.md" })), join(root, "empty/readme.md"));
  assert.is(await get("/docs/", {}, { index: false }), passed);
  assert.is(await get("/docs", {}, { index: false }), passed);
});

test("a folder without the slash is redirected to it, query and all", async () => {
  const to = async (uri: string, options?: FilesOptions) => {
    const { status, headers, body } = await get(uri, {}, options);
    assert.equal([status, body], [301, null], uri);
    return headers.location;
  };
  assert.is(await to("/docs"), "/docs/");
  assert.is(await to("/docs?a=1&b=%2F?"), "/docs/?a=1&b=%2F?");
  assert.is(await to("/%64ocs"), "/docs/");
  assert.is(await to("/assets", { prefix: "/assets" }), "/assets/");
  assert.is(await to("/assets/docs", { prefix: "/assets" }), "/assets/docs/");
});

test("inside a context the redirect has the whole path", async () => {
  const to = async (uri: string) => {
    const app = context("/site/:name", site());
    return ((await app({ method: "GET", uri, headers: {} })) as Response).headers.location;
  };
  assert.is(await to("/site/one/docs"), "/site/one/docs/");
  assert.is(await to("/site/one"), "/site/one/");
  assert.is(await to("/site/one/"), undefined);
});

test("a redirect stays on this site", async () => {
  assert.is(await get("//evil.com/docs"), passed);
  put("pub/evil.com/index.html");
  assert.is(await get("//evil.com"), passed);
  assert.is(await get("/\\evil.com"), passed);
  const inside = (uri: string) => site()({ method: "GET", uri, pathInfo: "/docs", headers: {} });
  const hosts = ["//evil.com/docs", "///evil.com/docs", "/\\evil.com/docs", "/%5Cevil.com/docs"];
  const to = await Promise.all(hosts.map(async (uri) => (await inside(uri))?.headers.location));
  assert.equal(to, ["/evil.com/docs/", "/evil.com/docs/", "/%5Cevil.com/docs/", "/%5Cevil.com/docs/"]);
});

test("a path that was rewritten inside a context is not redirected in a circle", async () => {
  const app = context("/site", ignoreTrailingSlash()(site()));
  assert.is(((await app({ method: "GET", uri: "/site/docs/", headers: {} })) as Response).status, 200);
  const rewritten = withUriRewrite(() => "/a.txt")(site());
  assert.is(((await rewritten({ method: "GET", uri: "/x", headers: {} })) as Response).status, 200);
});

test("HEAD is answered with the length, and without the body", async () => {
  const head = async (uri: string, headers = {}) =>
    (await site()({ method: "HEAD", uri, headers })) as Response;
  const { status, headers, body } = await head("/a.txt");
  assert.equal([status, headers["content-length"], body], [200, "10", null]);
  const { headers: got } = await get("/a.txt");
  assert.equal({ ...headers }, { ...got, "content-length": "10" });
  assert.is((await head("/a.txt", { range: "bytes=0-1" })).status, 200);
  assert.is((await head("/a.txt", { "if-none-match": "*" })).status, 304);
  assert.is((await head("/docs")).status, 301);
  assert.is(await head("/nothing"), passed);
});

test("who has the file already gets 304, with the fields that a cache renews", async () => {
  const { headers } = await get("/a.txt");
  const { "content-type": _type, "accept-ranges": _ranges, ...kept } = headers;
  for (const condition of [
    { "if-none-match": `W/${headers.etag}` },
    { "if-modified-since": headers["last-modified"] },
  ]) {
    assert.equal(await get("/a.txt", condition), { status: 304, headers: kept, body: null });
  }
  assert.is((await get("/a.txt", { "if-none-match": '"other"' })).status, 200);
});

test("a file that has changed has another tag", async () => {
  const tag = async () => (await get("/changing.txt")).headers.etag;
  put("pub/changing.txt", "one");
  const one = await tag();
  assert.is(await tag(), one);
  put("pub/changing.txt", "two", 0.001);
  const two = await tag();
  put("pub/changing.txt", "three");
  const three = await tag();
  assert.is(new Set([one, two, three]).size, 3);
});

test("a client that expects another state gets 412", async () => {
  const { headers } = await get("/a.txt");
  assert.is((await get("/a.txt", { "if-match": headers.etag })).status, 200);
  for (const condition of [
    { "if-match": '"other"' },
    { "if-unmodified-since": "Sun, 06 Nov 1994 08:49:36 GMT" },
  ]) {
    assert.equal(await get("/a.txt", condition), {
      status: 412,
      headers: { "content-type": "text/plain; charset=utf-8" },
      body: "Precondition Failed",
    });
  }
});

test("a part of a file is sent as one", async () => {
  const parts: [string, string, FileBody["part"]][] = [
    ["bytes=2-5", "bytes 2-5/10", { start: 2, end: 5 }],
    ["bytes=8-", "bytes 8-9/10", { start: 8, end: 9 }],
    ["bytes=-3", "bytes 7-9/10", { start: 7, end: 9 }],
  ];
  const { headers: whole } = await get("/a.txt");
  for (const [range, contentRange, part] of parts) {
    const { status, headers, body } = await get("/a.txt", { range });
    assert.is(status, 206);
    assert.equal({ ...headers }, { ...whole, "content-range": contentRange });
    assert.equal(body, { file: join(root, "a.txt"), size: 10, changed, part });
  }
});

test("a part that is not there is 416, which says how much there is", async () => {
  for (const range of ["bytes=10-", "bytes=-0"]) {
    assert.equal(await get("/a.txt", { range }), {
      status: 416,
      headers: { "content-type": "text/plain; charset=utf-8", "content-range": "bytes */10" },
      body: "Range Not Satisfiable",
    });
  }
  assert.is((await get("/none", { range: "bytes=0-" })).status, 416);
});

test("several parts, and what is none, are answered by the whole", async () => {
  for (const range of ["bytes=0-1,3-4", "bytes=5-2", "lines=1-2", "bytes"]) {
    assert.is((await get("/a.txt", { range })).status, 200, range);
  }
});

test("a part is sent only of the state that the client has parts of", async () => {
  const { headers } = await get("/a.txt");
  const status = async (known: unknown) =>
    (await get("/a.txt", { range: "bytes=0-1", "if-range": known })).status;
  assert.equal([await status(headers.etag), await status(headers["last-modified"])], [206, 206]);
  for (const other of ['"other"', `W/${headers.etag}`, "Sun, 06 Nov 1994 08:49:38 GMT"]) {
    assert.is(await status(other), 200, other);
  }
  assert.is((await get("/a.txt", { range: "bytes=99-", "if-range": '"other"' })).status, 200);
  assert.is((await get("/a.txt", { range: "bytes=0-1", "if-none-match": headers.etag })).status, 304);
});

test("of compressed siblings the one is sent that the client likes best", async () => {
  put("pub/app.js", "the original");
  put("pub/app.js.br");
  put("pub/app.js.zst");
  put("pub/app.js.gz");
  const coding = async (accept?: string) => {
    const response = await get("/app.js", accept === undefined ? {} : { "accept-encoding": accept });
    assert.is(response.headers["content-type"], "text/javascript; charset=utf-8");
    assert.is(response.headers.vary, "accept-encoding");
    return [response.headers["content-encoding"], fileOf(response).slice(root.length)];
  };
  assert.equal(await coding("gzip, deflate, br, zstd"), ["br", "/app.js.br"]);
  assert.equal(await coding("gzip, zstd"), ["zstd", "/app.js.zst"]);
  assert.equal(await coding("gzip, br;q=0.5"), ["gzip", "/app.js.gz"]);
  assert.equal(await coding("*"), ["br", "/app.js.br"]);
  for (const none of [undefined, "", "deflate", "identity", "br;q=0", "identity;q=0, deflate"]) {
    assert.equal(await coding(none), [undefined, "/app.js"], none);
  }
});

test("each of them has validators and ranges of its own", async () => {
  put("pub/data.json", "{}          ");
  put("pub/data.json.gz", "{}          ");
  const gzip = { "accept-encoding": "gzip" };
  const plain = await get("/data.json");
  const zipped = await get("/data.json", gzip);
  assert.is.not(plain.headers.etag, zipped.headers.etag);
  const known = { "if-none-match": zipped.headers.etag };
  assert.is((await get("/data.json", known)).status, 200);
  const { status, headers } = await get("/data.json", { ...gzip, ...known });
  assert.equal([status, headers.vary, headers.etag], [304, "accept-encoding", zipped.headers.etag]);
  const part = await get("/data.json", { ...gzip, range: "bytes=0-1" });
  assert.equal(
    [part.status, part.headers["content-encoding"], fileOf(part)],
    [206, "gzip", join(root, "data.json.gz")],
  );
});

test("a sibling that is older, leads out, is a folder or has no original is not sent", async () => {
  const br = { "accept-encoding": "br" };
  const sent = async (uri: string) => (await get(uri, br)).headers["content-encoding"];
  put("pub/fresh.css");
  put("pub/fresh.css.br", "", 60);
  put("pub/stale.css", "", 60);
  put("pub/stale.css.br");
  put("pub/same.css", "", 0.9);
  put("pub/same.css.br");
  put("pub/led.css");
  symlinkSync(join(folder, "secret.txt"), join(root, "led.css.br"));
  put("pub/folder.css");
  mkdirSync(join(root, "folder.css.br"));
  put("pub/alone.css.br");
  assert.equal([await sent("/fresh.css"), await sent("/same.css")], ["br", "br"]);
  for (const uri of ["/stale.css", "/led.css", "/folder.css"]) assert.is(await sent(uri), undefined, uri);
  assert.is(await get("/alone.css", br), passed);
  assert.is((await get("/alone.css.br")).headers["content-encoding"], undefined);
});

test("an index may be compressed, too", async () => {
  put("pub/docs/index.html.gz");
  const { headers } = await get("/docs/", { "accept-encoding": "gzip" });
  assert.equal([headers["content-encoding"], headers["content-type"]], ["gzip", "text/html; charset=utf-8"]);
});

test("what is compressed by nature is sent as it is, to all alike", async () => {
  for (const name of ["a.png", "a.mp4", "a.woff2"]) {
    put(`pub/${name}`);
    put(`pub/${name}.br`);
    const { headers } = await get(`/${name}`, { "accept-encoding": "br" });
    assert.equal([headers.vary, headers["content-encoding"]], [undefined, undefined], name);
  }
  put("pub/a.svg");
  put("pub/a.svg.br");
  assert.is((await get("/a.svg", { "accept-encoding": "br" })).headers["content-encoding"], "br");
});

test("a type that is not known is left open", async () => {
  assert.not("content-type" in (await get("/LICENSE")).headers);
});

test("maxAge and immutable say how long a file may be kept", async () => {
  const kept = async (options: FilesOptions) => (await get("/a.txt", {}, options)).headers["cache-control"];
  assert.is(await kept({ maxAge: 3600 }), "max-age=3600");
  assert.is(await kept({ maxAge: 60, immutable: true }), "max-age=60, immutable");
  assert.is(await kept({ immutable: true }), "max-age=31536000, immutable");
  assert.is(await kept({ maxAge: undefined, immutable: false }), "max-age=0");
});

test("a request without headers or uri is answered", async () => {
  const bare = (await site()({ method: "GET" } as Request)) as Response;
  assert.equal([bare.status, fileOf(bare)], [200, join(root, "index.html")]);
});

test("a file that may not be looked at is not there, and other failures are failures", async () => {
  put("pub/locked/a.txt");
  chmodSync(join(root, "locked"), 0);
  if (process.getuid?.() !== 0) assert.is(await get("/locked/a.txt"), passed);
  chmodSync(join(root, "locked"), 0o755);
});

test("a folder that goes away later has no files", async () => {
  cpSync(root, join(folder, "copy"), { recursive: true });
  const handler = site({}, join(folder, "copy"));
  renameSync(join(folder, "copy"), join(folder, "gone"));
  assert.is(await handler({ method: "GET", uri: "/a.txt", headers: {} }), passed);
});

test("wrong options fail when the decorator is made", () => {
  const make =
    (options: unknown, at: unknown = root) =>
    () =>
      withFiles(at as string, options as FilesOptions);
  for (const at of ["", undefined, 5, new URL("http://a/b")]) {
    assert.throws(() => withFiles(at as string), /^withFiles: expected a folder first, got /);
  }
  for (const at of [join(folder, "nowhere"), join(root, "a.txt"), join(root, "a.txt", "b")]) {
    assert.throws(make({}, at), /^withFiles: expected a folder that is there first, got "/);
  }
  for (const prefix of ["assets", "/a//b", "/a?b", 5, null]) {
    assert.throws(make({ prefix }), /^withFiles: expected "prefix" to be a path such as "\/assets", got /);
  }
  for (const index of ["", "a/b", "..", true, null]) {
    assert.throws(make({ index }), /^withFiles: expected "index" to be the name of a file, or false, got /);
  }
  for (const maxAge of [-1, 1.5, Number.NaN, "60", Number.POSITIVE_INFINITY]) {
    assert.throws(make({ maxAge }), /^withFiles: expected "maxAge" to be a whole number of seconds, got /);
  }
  assert.throws(make({ immutable: 1 }), /^withFiles: expected "immutable" to be true or false, got 1/);
  assert.throws(
    make({ dotfiles: "allow" }),
    /^withFiles: expected "dotfiles" to be true or false, got "allow"/,
  );
  assert.throws(
    make({ maxage: 1 }),
    /^withFiles: expected options among prefix, index, maxAge, immutable, dotfiles/,
  );
});

test.run();
