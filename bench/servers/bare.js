/** node:http by hand, as fast as it goes: what every framework adds to. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs";
import { createServer } from "node:http";
import { parse } from "node:querystring";
import { pipeline } from "node:stream";
import { gzip } from "node:zlib";
import { bigStream, document, folder, login, pageName, record, streamSize, things } from "./content.js";
import { keeperOn } from "./kept.js";
import { measured } from "./measured.js";
import { seal, unseal } from "./sealed.js";

const plain = "text/plain; charset=utf-8";
const markup = "text/html; charset=utf-8";

const security = [
  "content-security-policy",
  "default-src 'self'; object-src 'none'; frame-ancestors 'self'",
  "cross-origin-opener-policy",
  "same-origin",
  "cross-origin-resource-policy",
  "same-origin",
  "referrer-policy",
  "no-referrer",
  "x-content-type-options",
  "nosniff",
];

const send = (res, type, body, ...headers) => {
  res.writeHead(200, ["content-type", type, "content-length", String(Buffer.byteLength(body)), ...headers]);
  res.end(body);
};

const refuse = (res, status) => res.writeHead(status, ["content-length", "0"]).end();

const cookieOf = ({ headers }, name) => {
  const { cookie = "" } = headers;
  const start = cookie.indexOf(`${name}=`);
  if (start < 0) return undefined;
  const end = cookie.indexOf(";", start);
  return cookie.slice(start + name.length + 1, end < 0 ? undefined : end);
};

const formLimit = 1024 * 1024;

function readForm(req, res, answer) {
  const chunks = [];
  let length = 0;
  req.on("data", (chunk) => {
    length += chunk.length;
    if (length <= formLimit) chunks.push(chunk);
  });
  req.on("end", () => {
    if (length > formLimit) refuse(res, 413);
    else answer(parse(Buffer.concat(chunks).toString()));
  });
}

const records = new Map();
/** How a session begins, is opened and kept: each gives the cookie to send, or the session. */
const keepers = {
  memory: {
    begin(session) {
      const id = randomBytes(16).toString("base64url");
      records.set(id, session);
      return id;
    },
    open: (id) => records.get(id),
    keep(id, session) {
      if (!records.has(id)) return this.begin(session);
      records.set(id, session);
      return undefined;
    },
  },
  cookie: {
    begin: seal,
    open: unseal,
    keep: (_, session) => seal(session),
  },
};

const cookie = (token) =>
  token === undefined ? [] : ["set-cookie", `session=${token}; Path=/; HttpOnly; SameSite=Lax`];

const sessionPaths = {
  "/login": (session) => [{ ...session, ...login() }, "Welcome"],
  "/": (session) => [session, `Hello ${session.name ?? "stranger"}`],
  "/visit": (session) => {
    const visits = (session.visits ?? 0) + 1;
    return [{ ...session, visits }, String(visits)];
  },
  "/about": (session) => [session, "About"],
  "/flash": ({ flash, ...session }) => [
    { ...session, flash: { notice: "saved" } },
    flash?.notice ?? "nothing",
  ],
};

const nobody = {};

/** Answers with sessions that a database keeps. */
async function remembering(kind) {
  const { begin, open, keep } = await keeperOn(kind);
  return async (req, res) => {
    const answer = sessionPaths[req.url];
    if (req.method !== "GET" || answer === undefined) return refuse(res, 404);
    const id = cookieOf(req, "session");
    const session = (id && (await open(id))) || nobody;
    const [kept, body] = answer(session);
    if (kept === session) send(res, plain, body);
    else if (session === nobody) send(res, plain, body, ...cookie(await begin(kept)));
    else {
      await keep(id, kept);
      send(res, plain, body);
    }
  };
}

const parts = {
  hello: () => (req, res) => {
    if (req.method === "GET" && req.url === "/") send(res, plain, "Hello");
    else refuse(res, 404);
  },
  routes(count) {
    const names = new Set(things(count));
    return (req, res) => {
      const [, name, id] = req.url.split("/", 3);
      if (req.method === "GET" && names.has(name) && id) send(res, plain, decodeURIComponent(id));
      else refuse(res, 404);
    };
  },
  decorators: () => (req, res) => {
    if (req.method !== "GET" || req.url !== "/") return refuse(res, 404);
    const body = `Hello in ${decodeURIComponent(cookieOf(req, "theme") ?? "light")}`;
    send(res, plain, body, "x-frame-options", "DENY", "cache-control", "max-age=3600, must-revalidate");
  },
  json: () => (req, res) => {
    if (req.method === "GET" && req.url === "/") send(res, "application/json", JSON.stringify(record));
    else refuse(res, 404);
  },
  form: () => (req, res) => {
    if (req.method !== "POST" || req.url !== "/") return refuse(res, 404);
    readForm(req, res, ({ name }) => send(res, plain, name));
  },
  static() {
    const root = folder();
    return (req, res) => {
      if (req.method !== "GET" || req.url !== `/${pageName}`) return refuse(res, 404);
      readFile(`${root}/${pageName}`, (error, bytes) => (error ? refuse(res, 404) : send(res, plain, bytes)));
    };
  },
  site() {
    const root = folder();
    return (req, res) => {
      if (req.method !== "GET") return refuse(res, 404);
      if (req.url === "/") return send(res, markup, document, ...security);
      if (req.url !== `/${pageName}`) return refuse(res, 404);
      readFile(`${root}/${pageName}`, (error, bytes) =>
        error ? refuse(res, 404) : send(res, plain, bytes, ...security),
      );
    };
  },
  compressed: () => (req, res) => {
    if (req.method !== "GET" || req.url !== "/") return refuse(res, 404);
    gzip(document, (_, bytes) =>
      send(res, markup, bytes, "content-encoding", "gzip", "vary", "accept-encoding"),
    );
  },
  stream: () => (req, res) => {
    if (req.method !== "GET" || req.url !== "/") return refuse(res, 404);
    const headers = ["content-type", "application/octet-stream", "content-length", String(streamSize)];
    pipeline(bigStream(), res.writeHead(200, headers), () => {});
  },
  sessions(kind) {
    const keeper = keepers[kind];
    if (keeper === undefined) return remembering(kind);
    return (req, res) => {
      const answer = sessionPaths[req.url];
      if (req.method !== "GET" || answer === undefined) return refuse(res, 404);
      const token = cookieOf(req, "session");
      const session = (token && keeper.open(token)) || nobody;
      const [kept, body] = answer(session);
      send(res, plain, body, ...(kept === session ? [] : cookie(keeper.keep(token, kept))));
    };
  },
};

const [, , part, option] = process.argv;
const server = createServer(await parts[part](option));
server.listen(0, "127.0.0.1", () => measured(server));
