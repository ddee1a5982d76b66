/** The package as users get it: clean, complete, installed in an empty folder, and its first program runs. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { blocksOf } from "./house/blocks.js";
import { run, temporary } from "./house/child.js";
import { startServer } from "./house/server.js";

const root = process.cwd();
const app = temporary("package");
test.after(() => rmSync(app, { recursive: true, force: true }));

const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
const doors = Object.keys(exports)
  .filter((door) => !door.endsWith(".json"))
  .map((door) => door.replace(/^\./, "composure"));

type Packed = { readonly filename: string; readonly files: readonly { readonly path: string }[] };

async function pack(): Promise<Packed> {
  const args = ["pack", "--json", "--pack-destination", app];
  const { ok, stdout, stderr } = await run("npm", args, { cwd: root, limit: 60 });
  if (!ok) throw new Error(`npm pack fails:\n${stderr}`);
  return JSON.parse(stdout)[0];
}

/** From npm's cache where that holds all that is needed, else from the registry. */
async function install(tarball: string): Promise<void> {
  writeFileSync(join(app, "package.json"), '{ "private": true, "type": "module" }\n');
  const args = ["install", "--no-audit", "--no-fund", `./${tarball}`];
  const cached = await run("npm", [...args, "--offline"], { cwd: app, limit: 60 });
  const { ok, stderr } = cached.ok ? cached : await run("npm", args, { cwd: app, limit: 120 });
  if (!ok) throw new Error(`npm install fails:\n${stderr}`);
}

/** A program that takes something from each door. */
const program = `
import { type DefaultsOptions, GET, decorate, json, routes, typed, withDefaults, withSession } from "composure";
import { fromFetch, toFetch } from "composure/fetch";
import { type PostgresStore, postgresStore } from "composure/postgres";
import { type RedisClient, redisStore } from "composure/redis";
import { type SqliteStore, sqliteStore } from "composure/sqlite";
import { client } from "composure/testing";
import { websocket } from "composure/websocket";

const store: SqliteStore = sqliteStore("sessions.db", { table: "sessions" });
const options: DefaultsOptions = { session: { type: store, expires: 600 }, errors: { handler: (_, { status }) => status } };
export const sessions = (redis: RedisClient) => withSession(redisStore(redis));
const my = typed<{ name?: string }>();
const app = decorate(
  routes(
    my.GET("/:id", ({ params, session }) => params.id.concat(session.name ?? "")),
    GET("/chat", websocket({ message: (socket, data) => socket.send(data) })),
    GET("/json", (request) => json({ json: request.json, id: request.requestId })),
  ),
  withDefaults("site", options),
);
client(fromFetch(toFetch(app)));
const kept: PostgresStore = postgresStore({ query: async () => ({ rows: [], rowCount: 0 }) });
decorate(app, withSession({ type: kept }));
`;

/** Compiles a program beside the installed package as the strictest of users do. */
function compile(source: string, moduleResolution: string) {
  const modules = join(root, "node_modules");
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    target: "es2022",
    module: moduleResolution === "bundler" ? "esnext" : moduleResolution,
    moduleResolution,
    types: ["node"],
    typeRoots: [join(modules, "@types")],
  };
  writeFileSync(join(app, "app.ts"), source);
  writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["app.ts"] }));
  const tsc = join(modules, "typescript", "bin", "tsc");
  return run(process.execPath, [tsc, "-p", app], { cwd: app, limit: 60 });
}

/** Runs a server until `use` is done with it, then ends it as an operator would. */
async function serving(file: string, use: (url: string) => Promise<void>): Promise<void> {
  const { url, report, stop, kill } = await startServer([file], { cwd: app });
  try {
    await use(url);
    assert.equal(await stop("SIGINT"), [0, null], report());
  } finally {
    kill();
  }
}

if (existsSync("dist/index.js")) {
  let packed: Packed;
  test.before(async () => {
    packed = await pack();
    await install(packed.filename);
  });

  test("the package holds what was built, the pages and the licence, and nothing else", () => {
    const expected =
      /^(?:dist\/.+\.(?:js|d\.ts)|docs\/[^/]+\.md|docs\/bench\/[^/]+\.svg|docs\/guestbook\/.+|README\.md|LICENSE|package\.json)$/;
    const paths = packed.files.map(({ path }) => path);
    assert.equal(
      paths.filter((path) => !expected.test(path)),
      [],
    );
    assert.ok(paths.includes("LICENSE"));
  });

  test("no path of the machine that built it stands in the package", () => {
    const telling = packed.files.filter(({ path }) => {
      const text = readFileSync(path, "utf8");
      return text.includes(root) || text.includes(`${homedir()}/`);
    });
    assert.equal(telling, []);
  });

  test("publint finds nothing to complain about", async () => {
    const { messages } = await publint({ pkgDir: root, strict: true });
    assert.equal(
      messages.filter(({ type }) => type !== "suggestion"),
      [],
    );
  });

  test("every door of the installed package opens", async () => {
    const code = doors.map((door) => `await import("${door}");`).join("\n");
    const { ok, stderr } = await run(process.execPath, ["--input-type=module", "--eval", code], { cwd: app });
    assert.ok(ok, stderr);
  });
  for (const resolution of ["nodenext", "bundler"]) {
    test(`the declarations compile without optional packages, strictly, in ${resolution} resolution`, async () => {
      const { ok, stdout } = await compile(program, resolution);
      assert.is(stdout, "");
      assert.ok(ok);
    });
  }

  test("a WebSocket without the package ws is a 500 that says what to install", async () => {
    const code = `
      import { serve } from "composure";
      import { websocket } from "composure/websocket";
      import { get } from "node:http";
      const { port, close } = await serve(websocket({}), { port: 0, log: (line) => console.log(line) });
      const headers = {
        connection: "upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      };
      get({ port, headers }, (response) => {
        console.log(response.resume().statusCode);
        close();
      });`;
    const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "--eval", code], {
      cwd: app,
    });
    assert.is(stdout, "GET /: websocket: the package ws cannot be loaded. Run npm install ws\n500\n", stderr);
  });
} else {
  console.log("skipped: the package, as there is no dist/index.js; npm run build makes it");
}

if (existsSync("dist/index.js") && existsSync("README.md")) {
  test("the first program of the README runs as it is printed", async () => {
    const readme = blocksOf("README.md", readFileSync("README.md", "utf8"));
    const { code } = readme.find(({ language }) => language === "js")!;
    writeFileSync(join(app, "server.js"), code.replace(/\bport: \d+/, "port: 0"));
    await serving("server.js", async (url) => {
      const welcome = async (headers = {}) => (await fetch(`${url}/welcome`, { headers })).text();
      assert.is(await welcome(), "Hello stranger");
      const body = new URLSearchParams({ name: "Ada" });
      const named = await fetch(`${url}/set-name`, { method: "POST", body });
      assert.is(await named.text(), "Your name has been set");
      const [cookie = ""] = named.headers.getSetCookie();
      assert.is(await welcome({ cookie: cookie.split(";")[0] }), "Hello Ada");
    });
  });
} else {
  console.log("skipped: the first program of the README, as there is no README.md or no dist/index.js");
}

test.run();
