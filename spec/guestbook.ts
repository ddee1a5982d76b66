/** The guestbook of docs/guestbook, called without a port; spec/guestbook/chromium.ts walks through it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { client } from "../lib/testing.js";
import type { Handler, Response } from "../lib/types.js";

const pathOf = (module: string): string => pathToFileURL(join(process.cwd(), "docs/guestbook", module)).href;

type Parts = { readonly book: unknown; readonly sessions: unknown; readonly trust?: string };

/** A guestbook of its own, with blank pages. */
async function freshApp(): Promise<Handler> {
  const { guestbook } = (await import(pathOf("app.js"))) as { guestbook: (parts: Parts) => Handler };
  const { keep } = (await import(pathOf("memory.js"))) as { keep: () => Parts };
  return guestbook(keep());
}

const textOf = (response: Response | null): string => String(response?.body);
const goesTo = (response: Response | null): unknown => [response?.status, response?.headers.location];

if (!existsSync("dist/index.js")) {
  console.log("skipped: the guestbook, as there is no dist/index.js; npm run build makes it");
} else {
  test("a visitor is asked for a name, comes back to where they wanted to go, and signs", async () => {
    const visit = client(await freshApp());
    assert.match(textOf(await visit("GET", "/")), "The first line is yours");
    assert.equal(goesTo(await visit("GET", "/write")), [302, "/sign-in?next=%2Fwrite"]);
    const signIn = await visit("POST", "/sign-in?next=%2Fwrite", { form: { name: "  Ada " } });
    assert.equal(goesTo(signIn), [302, "/write"]);
    assert.match(textOf(await visit("GET", "/write")), "Welcome, Ada.");
    const form = { message: "Hello\r\n\r\n\r\n\r\nand <b>goodbye</b>" };
    assert.equal(goesTo(await visit("POST", "/write", { form })), [302, "/"]);
    const page = textOf(await visit("GET", "/"));
    assert.match(page, "Thank you. It is in the book.");
    assert.match(page, "Hello\n\nand &lt;b&gt;goodbye&lt;/b&gt;</p>");
    assert.not.match(textOf(await visit("GET", "/")), "Thank you");
  });

  test("it says that it is alive and ready, by plain http and under any host", async () => {
    const visit = client(await freshApp());
    for (const [path, word] of [
      ["/health", "alive"],
      ["/ready", "ready"],
    ] as const) {
      const response = await visit("GET", path, { headers: { host: "127.0.0.1:3000" } });
      assert.equal([response?.status, textOf(response)], [200, word]);
      assert.is(response?.headers["set-cookie"], undefined);
    }
  });

  test("nobody writes or takes a name without having signed in", async () => {
    const visit = client(await freshApp());
    for (const path of ["/write", "/name"]) {
      const posted = await visit("POST", path, { form: { message: "Hello", name: "Ada" } });
      assert.equal(goesTo(posted), [302, `/sign-in?next=%2F${path.slice(1)}`]);
    }
    assert.match(textOf(await visit("GET", "/")), "The first line is yours");
  });

  test("signing in leads to pages of this site only", async () => {
    for (const next of ["//evil.example", "https://evil.example", "/\\evil.example", "", undefined]) {
      const visit = client(await freshApp());
      const response = await visit("POST", "/sign-in", { query: { next }, form: { name: "Ada" } });
      assert.equal(goesTo(response), [302, "/"]);
    }
  });

  test("what does not fit is shown once, beside its field, with what was typed", async () => {
    const visit = client(await freshApp());
    const long = `${"é".repeat(40)}<`;
    const response = await visit("POST", "/sign-in?next=%2Fname", { form: { name: long } });
    assert.equal(goesTo(response), [302, "/sign-in?next=%2Fname"]);
    const page = textOf(await visit("GET", "/sign-in?next=%2Fname"));
    assert.match(page, "<title>Error: ");
    assert.match(page, 'id="name-fault">A name can have 40 characters; this one has 41.</p>');
    assert.match(page, 'aria-describedby="name-fault name-hint" aria-invalid="true"');
    assert.match(page, `value="${"é".repeat(40)}&lt;"`);
    assert.not.match(textOf(await visit("GET", "/sign-in")), "aria-invalid");
  });

  test("names have 1 to 40 characters, messages 1 to 500, as people count them", async () => {
    const visit = client(await freshApp());
    const isTaken = async (path: string, form: Record<string, string>) =>
      (await visit("POST", path, { form }))?.headers.location === "/";
    for (const name of ["", " \n ", "\u200b\u0000", "x".repeat(41)])
      assert.not.ok(await isTaken("/sign-in", { name }));
    assert.not.ok(await isTaken("/sign-in", {}));
    assert.ok(await isTaken("/sign-in", { name: "🙂".repeat(40) }));
    assert.ok(await isTaken("/name", { name: "A" }));
    assert.not.ok(await isTaken("/write", { message: "x".repeat(501) }));
    assert.ok(await isTaken("/write", { message: ` ${"🙂".repeat(500)} ` }));
  });

  test("the book keeps the newest 200 entries, the newest first", async () => {
    const visit = client(await freshApp());
    await visit("POST", "/sign-in", { form: { name: "Ada" } });
    for (let n = 1; n <= 203; n++) await visit("POST", "/write", { form: { message: `line ${n}.` } });
    const lines = textOf(await visit("GET", "/")).match(/line \d+\./g) ?? [];
    assert.equal([lines.length, lines[0], lines.at(-1)], [200, "line 203.", "line 4."]);
  });

  test("signing in gives the session a new id, and signing out ends it", async () => {
    const app = await freshApp();
    const visit = client(app);
    const sessionOf = (response: Response | null) =>
      String(response?.headers["set-cookie"]).match(/composure-session=([^;]*)/)?.[1];
    const before = sessionOf(await visit("POST", "/sign-in", { form: { name: "" } }));
    const after = sessionOf(await visit("POST", "/sign-in", { form: { name: "Ada" } }));
    assert.type(after, "string");
    assert.is.not(after, before);
    assert.match(textOf(await visit("GET", "/name")), 'value="Ada"');
    await visit("POST", "/sign-out");
    assert.match(textOf(await visit("GET", "/")), "Goodbye, and come again.");
    assert.equal(goesTo(await visit("GET", "/name")), [302, "/sign-in?next=%2Fname"]);
    const thief = client(app);
    const cookies = { "composure-session": after ?? "" };
    assert.equal(goesTo(await thief("GET", "/name", { cookies })), [302, "/sign-in?next=%2Fname"]);
  });

  test("every response is guarded; assets may be kept for a while, pages never", async () => {
    const visit = client(await freshApp());
    const cacheOf: { readonly [path: string]: string | undefined } = {
      "/": "private, no-store",
      "/write": "private, no-store",
      "/assets/style.css": "max-age=600",
      "/assets/none.css": undefined,
      "/assets/../app.js": undefined,
      "/nowhere": undefined,
    };
    for (const [path, cache] of Object.entries(cacheOf)) {
      const { headers } = (await visit("GET", path))!;
      assert.is(headers["cache-control"], cache, path);
      assert.match(String(headers["content-security-policy"]), /^default-src 'self'; .*script-src 'none'/);
      assert.is(headers["x-content-type-options"], "nosniff");
    }
  });

  test("errors are pages too: what is not there, what is not allowed, what is too much", async () => {
    const visit = client(await freshApp());
    const missing = await visit("GET", "/nowhere");
    assert.is(missing?.status, 404);
    assert.is(missing?.headers["content-type"], "text/html; charset=utf-8");
    assert.match(textOf(missing), "<h1>This page is blank</h1>");
    const wrongMethod = await visit("GET", "/sign-out");
    assert.equal([wrongMethod?.status, wrongMethod?.headers.allow], [405, "POST, OPTIONS"]);
    assert.match(textOf(wrongMethod), "<h1>We spilled some ink</h1>");
    const flood = await visit("POST", "/sign-in", { form: { name: "x".repeat(20_000) } });
    assert.is(flood?.status, 413);
    assert.match(textOf(flood), "<h1>That is too much ink</h1>");
  });
}

test.run();
