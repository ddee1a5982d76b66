/** node:http by hand, as fast as it goes: what every framework adds to. */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { measured } from "./measured.js";

const type = "text/html; charset=utf-8";

const send = (res, body, ...headers) => {
  res.writeHead(200, ["content-type", type, "content-length", String(Buffer.byteLength(body)), ...headers]);
  res.end(body);
};

const notFound = (res) => res.writeHead(404, ["content-length", "0"]).end();

const cookieOf = ({ headers }, name) => {
  const { cookie = "" } = headers;
  const start = cookie.indexOf(`${name}=`);
  if (start < 0) return undefined;
  const end = cookie.indexOf(";", start);
  return cookie.slice(start + name.length + 1, end < 0 ? undefined : end);
};

const things = new Set(Array.from({ length: 200 }, (_, index) => `thing-${index}`));
const sessions = new Map();

const login = (res) => {
  const id = randomBytes(16).toString("base64url");
  sessions.set(id, { name: "Ada", count: 0 });
  send(res, "Welcome", "set-cookie", `sid=${id}; Path=/; HttpOnly; SameSite=Lax`);
};

const scenarios = {
  hello(req, res) {
    if (req.method === "GET" && req.url === "/") send(res, "Hello");
    else notFound(res);
  },
  param(req, res) {
    const [, thing, id] = req.url.split("/", 3);
    if (req.method === "GET" && things.has(thing) && id) send(res, decodeURIComponent(id));
    else notFound(res);
  },
  decorators(req, res) {
    if (req.method !== "GET" || req.url !== "/") return notFound(res);
    send(res, "Hello", "x-frame-options", "DENY", "cache-control", "max-age=3600, must-revalidate");
  },
  "session-read"(req, res) {
    if (req.url === "/login") return login(res);
    send(res, `Hello ${sessions.get(cookieOf(req, "sid"))?.name}`);
  },
  "session-write"(req, res) {
    if (req.url === "/login") return login(res);
    const id = cookieOf(req, "sid");
    const session = sessions.get(id);
    sessions.set(id, { ...session, count: session.count + 1 });
    send(res, String(session.count + 1));
  },
};

const server = createServer(scenarios[process.argv[2]]);
server.listen(0, "127.0.0.1", () => measured(server));
