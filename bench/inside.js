/** What the parts cost without sockets, in this process; the memory store in processes of its own, as it has to be full. */
import { execFileSync } from "node:child_process";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import {
  alterSession,
  decorate,
  GET,
  header,
  html,
  json,
  pattern,
  redirectTo,
  render,
  routes,
  sessionAssoc,
  status,
  text,
  withCacheControl,
  withCookies,
  withHeaders,
  withSession,
} from "../dist/index.js";
import { requestOf } from "../dist/server/request.js";
import { sealer } from "../dist/text/seal.js";
import { bestOf, coldOf } from "./best.js";
import { figureTables } from "./report.js";

const secret = "a secret for nothing but measuring, 32 bytes";

const call = (group, name, run, at) => ({ group, name, at, run });

const matching = (source, path) => {
  const { match } = pattern(source);
  return call("pattern.match", `\`${source}\` on \`${path}\``, () => match(path));
};

const patterns = () => [
  matching("/about", "/about"),
  matching("/user/:id", "/user/42"),
  matching("/user/:id", "/article/42"),
  matching("/user/:id{\\d+}/posts/:post", "/user/42/posts/hello-world"),
  matching("/:name.:ext", "/photo.jpeg"),
  matching("/files/*", "/files/2026/11/report.pdf"),
  matching("/hello/:name", "/hello/Ren%C3%A9"),
];

/** A response after which the next request of its connection may come. */
class Answered extends ServerResponse {
  get writableFinished() {
    return true;
  }
}

/**
 * Gives request maps as the edge makes them, from a request of Node's without a socket that is open. Each call is
 * measured on a new one: copies of one map have other shapes within than those that an app gets to see.
 */
function arriving(url, cookie) {
  const req = new IncomingMessage(new Socket());
  const rawHeaders = ["host", "example.com", ...(cookie ? ["cookie", cookie] : [])];
  Object.assign(req, { method: "GET", url, httpVersion: "1.1", rawHeaders });
  const res = new Answered(req);
  return () => requestOf(req, res);
}

function asking(app, url, cookie) {
  const request = arriving(url, cookie);
  return () => app(request());
}

const counts = [10, 200, 10_000];

function routing(count) {
  const at = `${count.toLocaleString("en-US")} routes`;
  const things = Array.from({ length: count }, (_, index) => GET(`/thing-${index}/:id`, "found"));
  const app = routes(...things);
  return [
    call("routing", "the first route", asking(app, "/thing-0/42"), at),
    call("routing", "the last route", asking(app, `/thing-${count - 1}/42`), at),
    call("routing", "no route", asking(app, "/nothing/42"), at),
  ];
}

const hello = routes(GET("/", "Hello"));
const increment = (session) => ({ ...session, count: (session.count ?? 0) + 1 });
const remembering = routes(
  GET("/", ({ session }) => html`Hello ${session.name}`),
  GET("/login", [sessionAssoc("name", "Ada"), "Welcome"]),
  GET("/count", [alterSession(increment), "Counted"]),
);

const inLoop = "in a loop";
const among200 = () =>
  routes(
    Array.from({ length: 200 }, (_, index) => GET(`/thing-${index}/:id`, ({ params }) => text(params.id))),
  );

/** What a session costs to read and to write, for somebody who is logged in. */
function sessions(name, options) {
  const app = decorate(remembering, withSession(options));
  const [cookie] = [app(arriving("/login")()).headers["set-cookie"]].flat();
  const [pair] = cookie.split(";");
  return [
    call("whole handlers", `${name}, read`, asking(app, "/", pair), inLoop),
    call("whole handlers", `${name}, written`, asking(app, "/count", pair), inLoop),
  ];
}

function handlers() {
  const decorated = decorate(
    hello,
    withHeaders({ "x-frame-options": "DENY" }),
    withCacheControl({ maxAge: 3600, mustRevalidate: true }),
    withCookies(),
  );
  return [
    call("whole handlers", "the request map alone", arriving("/"), inLoop),
    call("whole handlers", "hello", asking(hello, "/"), inLoop),
    call("whole handlers", "a parameter among 200 routes", asking(among200(), "/thing-199/42"), inLoop),
    call("whole handlers", "three decorators around hello", asking(decorated, "/"), inLoop),
    ...sessions("a session in memory", "memory"),
    ...sessions("a session in the cookie", { type: "cookie", keys: secret }),
  ];
}

const request = arriving("/")();
const user = { id: 42, name: "Ada Lovelace", roles: ["admin", "author"], active: true };

const rendering = (name, make) => call("render", name, () => render(request, make()));

const renders = () => [
  rendering('`"Hello"`', () => "Hello"),
  rendering("html with a name", () => html`<p>Hello ${user.name}`),
  rendering('`[404, "No such page"]`', () => [404, "No such page"]),
  rendering("`json(user)`", () => json(user)),
  rendering("`[status, header, text]`", () => [status(201), header("location", "/user/42"), text("made")]),
  rendering("`[sessionAssoc, redirectTo]`", () => [sessionAssoc("name", "Ada"), redirectTo("/welcome")]),
];

const { seal, unseal } = sealer([secret], "measuring");

function sealing(bytes) {
  const at = `${bytes} bytes`;
  const text = JSON.stringify({ name: "a".repeat(bytes - '{"name":""}'.length) });
  const token = seal(text);
  return [
    call("cookie sessions", "seal", () => seal(text), at),
    call("cookie sessions", "unseal", () => unseal(token), at),
  ];
}

const sizes = [1000, 100_000, 1_000_000];
const store = fileURLToPath(new URL("store.js", import.meta.url));

function storing(sessions) {
  const args = ["--expose-gc", "--max-old-space-size=4096", store, String(sessions)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", timeout: 300_000 }));
}

function measured(calls) {
  const times = bestOf(calls.map(({ run }) => run));
  return calls.map(({ group, name, at }, index) => ({ group, name, at, value: times[index], unit: "µs" }));
}

const measuredCold = (calls) =>
  calls.map(({ group, name, run }) => ({ group, name, at: "cold", value: coldOf(run), unit: "µs" }));

/** Measures, prints and gives rows `{ group, name, at, value, unit }`; the figures are the best of several samples. */
export function inside() {
  const whole = handlers();
  const calls = [
    ...patterns(),
    ...counts.flatMap(routing),
    ...whole,
    ...renders(),
    ...[100, 1000].flatMap(sealing),
  ];
  const rows = [...measured(calls), ...measuredCold(whole), ...sizes.flatMap(storing)];
  console.log(figureTables(rows));
  return rows;
}
