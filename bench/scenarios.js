/**
 * What is measured: each scenario is a part of the servers in servers/, a request that is repeated, and what every
 * contender has to answer before it is counted.
 */
import { document, page, pageName, record, streamSize } from "./servers/content.js";

const frameworks = ["bare", "composure", "fastify", "hono", "h3", "polka", "koa", "express"];
const fewFrameworks = ["bare", "composure", "fastify", "hono"];
const fullSets = ["bare", "composure", "fastify"];
const memorySessions = [
  "bare",
  "composure",
  "express-session-on-polka",
  "express-session-on-express",
  "fastify-session",
  "hono-sessions",
];
const databaseSessions = [
  "bare",
  "composure",
  "express-session-on-polka",
  "express-session-on-express",
  "fastify-session",
];
const cookieSessions = [
  "bare",
  "composure",
  "cookie-session",
  "fastify-secure-session",
  "iron-session",
  "h3-session",
  "hono-sessions",
];

/** A parameter in one of many routes. */
const among = (name, count, index, contenders = frameworks) => ({
  name,
  contenders,
  part: ["routes", count],
  path: `/thing-${index}/42`,
  answers: ["42"],
});

const growing = (count) => among(`routes-${count}`, count, count - 1, fewFrameworks);

const memory = { contenders: memorySessions, part: ["sessions", "memory"], login: "/login" };
const cookie = { contenders: cookieSessions, part: ["sessions", "cookie"], login: "/login" };
/** Many clients: a store may fold what one session is asked for at the same time, and that is not what is measured. */
const onDatabase = (database, ...more) => ({
  database,
  contenders: [...databaseSessions, ...more],
  part: ["sessions", database],
  login: "/login",
  clients: 1000,
});
const redis = onDatabase("redis", "composure-on-ioredis");
const postgres = onDatabase("postgres");
const read = { path: "/", stranger: "Hello stranger", answers: ["Hello Ada"] };
const write = { path: "/visit", answers: ["1", "2"] };

/**
 * - `part`: what the server is started with
 * - `method`, `path`, `headers`, `body`: the request
 * - `answers`: the bodies, from first to last, for one client
 * - `status` (200), `type` (text/plain) and `expected` headers of each answer
 * - `login`: asked first, and its cookie is sent along; `stranger`: the body for who sends none
 * - `clients`: so many logins take turns in the load
 * - `database`: which one it needs, so that it is left out where that is not installed
 * - `size`: bytes of an answer that takes so long that these are counted rather than answers
 * - `connections`: other than usual
 */
const list = [
  { name: "hello", contenders: frameworks, part: ["hello"], path: "/", answers: ["Hello"] },
  among("param-first", 200, 0),
  among("param-middle", 200, 100),
  among("param-last", 200, 199),
  ...[10, 100, 1000, 10_000].map(growing),
  {
    name: "decorators",
    contenders: frameworks,
    part: ["decorators"],
    path: "/",
    headers: { cookie: "theme=dark; other=value" },
    answers: ["Hello in dark"],
    expected: { "cache-control": "max-age=3600, must-revalidate", "x-frame-options": "DENY" },
  },
  {
    name: "json",
    contenders: frameworks,
    part: ["json"],
    path: "/",
    answers: [JSON.stringify(record)],
    type: "application/json",
  },
  {
    name: "form",
    contenders: frameworks,
    part: ["form"],
    method: "POST",
    path: "/",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "name=Ada+Lovelace&email=ada%40example.com&message=Hello%2C+World%21",
    answers: ["Ada Lovelace"],
  },
  { name: "memory-read", ...memory, ...read },
  { name: "memory-write", ...memory, ...write },
  { name: "redis-read", ...redis, ...read },
  { name: "redis-write", ...redis, ...write },
  { name: "postgres-read", ...postgres, ...read },
  { name: "postgres-write", ...postgres, ...write },
  { name: "cookie-read", ...cookie, ...read },
  { name: "cookie-new", ...cookie, ...read, clients: 10_000 },
  { name: "cookie-write", ...cookie, ...write },
  {
    name: "flash",
    ...memory,
    part: ["sessions", "memory", "flash"],
    path: "/flash",
    answers: ["nothing", "saved", "saved"],
  },
  { name: "static", contenders: frameworks, part: ["static"], path: `/${pageName}`, answers: [page] },
  { name: "site", contenders: fullSets, part: ["site"], path: "/", type: "text/html", answers: [document] },
  { name: "site-static", contenders: fullSets, part: ["site"], path: `/${pageName}`, answers: [page] },
  {
    name: "compressed",
    contenders: fullSets,
    part: ["compressed"],
    path: "/",
    headers: { "accept-encoding": "gzip" },
    type: "text/html",
    answers: [document],
    expected: { "content-encoding": "gzip" },
  },
  {
    name: "stream",
    contenders: frameworks,
    part: ["stream"],
    path: "/",
    answers: ["x".repeat(streamSize)],
    type: "application/octet-stream",
    size: streamSize,
    connections: 4,
  },
  {
    name: "not-found",
    contenders: frameworks,
    part: ["routes", 200],
    path: "/nothing-of-this-name/42",
    answers: [undefined],
    status: 404,
    type: undefined,
  },
];

const usual = { method: "GET", headers: {}, status: 200, type: "text/plain", expected: {}, connections: 50 };
const whole = (scenario) => ({ ...usual, ...scenario });

export const scenarios = list.map(whole);
export const usualConnections = usual.connections;

/** The same sessions by one client, one request after the other: what the database is asked, and what that costs it. */
export const databaseKinds = { redis, postgres };
export const databaseRequests = [
  { name: "read", ...read },
  { name: "write", ...write },
  { name: "untouched", path: "/about", answers: ["About"] },
].map(whole);
