/**
 * Feeds every parser the worst that it may get, 16 KiB and 64 KiB of it, through the doors of the package. Four
 * times the input may cost at most six times the CPU: `npm run bench -- hostile` ends with 1 where it costs more.
 */
import {
  context,
  decorate,
  GET,
  html,
  POST,
  pattern,
  redirectLocal,
  routes,
  withCompression,
  withCors,
  withErrors,
  withFiles,
  withForwarded,
  withJson,
  withLogger,
  withMultipart,
  withNestedParams,
  withNotModified,
  withSession,
} from "../dist/index.js";
import { median, table } from "./report.js";
import { folder, pageName } from "./servers/content.js";

const sizes = [16 * 1024, 64 * 1024];
const limit = 6;
const samples = 15;
/** Milliseconds of CPU: the least for one sample, what it takes to be compiled, and what is enough for a case. */
const least = 2;
const warmUp = 60;
const enough = 1500;

const get = (handler, uri, headers = {}, queryString = undefined) =>
  handler({ method: "GET", uri, headers, queryString });

const post = (handler, type, body) =>
  handler({ method: "POST", uri: "/", headers: { "content-type": type }, body });

const form = "application/x-www-form-urlencoded";
const reading = routes(
  GET("/", ({ params, cookies }) => `${Object.keys(params).length} ${Object.keys(cookies).length}`),
  POST("/", ({ params }) => `${Object.keys(params).length}`),
);
const uploads = decorate(
  POST("/", ({ multipartParams }) => `${Object.keys(multipartParams).length}`),
  withMultipart(),
);
const sealed = decorate(
  GET("/", ({ session }) => session.name ?? "nobody"),
  withSession({ type: "cookie", keys: "a secret for nothing but measuring, 32 bytes" }),
);
const bodies = decorate(
  POST("/", (request) => (request.json === undefined ? "none" : "some")),
  withJson(),
);
const nested = decorate(
  GET("/", ({ nestedParams }) => `${Object.keys(nestedParams).length}`),
  withNestedParams({ maxDepth: 100, maxParams: 100_000 }),
);
const shared = decorate(GET("/", "Home"), withCors({ origin: ["https://a.example"], credentials: true }));
const proxied = decorate(
  GET("/", ({ remoteAddr }) => remoteAddr ?? "nobody"),
  withForwarded({ trust: 100_000 }),
);
const page = decorate(GET("/", "Home".repeat(1000)), withErrors(), withNotModified(), withCompression());
const files = decorate(routes(), withFiles(folder()));
const logged = decorate(GET("/", "Home"), withLogger({ sink: () => {} }));
const hosts = routes(GET("//:sub.example.com/", "sub"), GET("//*.:name.org/", "name"));
const nest = (depth, path) =>
  depth === 0 ? GET("/end", "found") : context(path, GET("/other", "other"), nest(depth - 1, path));
const contexts = nest(30, "/a");
const wordContexts = nest(30, "/:word");
const many = routes(Array.from({ length: 200 }, (_, index) => GET(`/*/thing-${index}/:id.:ext`, "thing")));

const match = (source) => {
  const { match } = pattern(source);
  return (path) => match(path);
};
const inQuery = (text) => get(reading, "/", {}, text);
const inForm = (text) => post(reading, form, text);
const inCookie = (cookie) => get(reading, "/", { cookie });
const inSession = (token) => get(sealed, "/", { cookie: `composure-session=${token}` });
const inBoundary = (text) => post(uploads, `multipart/form-data; boundary=${text}`, `--${text}\r\n\r\n`);
const inMultipart = (text) => post(uploads, "multipart/form-data; boundary=x", text);
const inPart = (field) => inMultipart(`--x\r\n${field}\r\n\r\nvalue\r\n--x--\r\n`);

const inJson = (text) => post(bodies, "application/json", text);
const inNested = (text) => get(nested, "/", {}, text);
const inField =
  (handler, name, uri = "/") =>
  (value) =>
    get(handler, uri, { [name]: value });
const inPreflight = (value) => {
  const headers = { origin: "https://a.example", "access-control-request-method": "PUT" };
  return shared({
    method: "OPTIONS",
    uri: "/",
    headers: { ...headers, "access-control-request-headers": value },
  });
};

/** What is measured: a name, what is repeated until it is large, what it is given to, and what stands before and behind. */
const cases = [
  ["pattern /*a*b*c*d", "a", match("/*a*b*c*d"), "/"],
  ["pattern /*/*/*/*/end", "/a", match("/*/*/*/*/end")],
  ["pattern /*ab*ab*ac", "ab", match("/*ab*ab*ac"), "/"],
  ["pattern /:name.:ext", ".", match("/:name.:ext"), "/"],
  ["pattern /:a-:b-:c-:d!", "a-", match("/:a-:b-:c-:d!"), "/"],
  ["pattern /:a.*.:b", "a.", match("/:a.*.:b"), "/", "/"],
  ["pattern /:id{\\d+}", "1", match("/:id{\\d+}"), "/", "x"],
  ["pattern, escapes", "%41", match("/:word"), "/"],
  ["200 routes with wildcards", "/thing-1", (path) => get(many, path)],
  ["30 contexts", "/a", (path) => get(contexts, path)],
  ["30 contexts of words", "/a", (path) => get(wordContexts, path)],
  ["query, many names", "a&", inQuery],
  ["query, one name", "a=1&", inQuery],
  ["query, equal signs", "=", inQuery, "a"],
  ["query, escapes", "%c3%a9", inQuery, "a="],
  ["query, broken escape last", "a", inQuery, "", "%"],
  ["form, many names", "a&", inForm],
  ["form, pluses", "+", inForm, "a="],
  ["form, escapes", "%00", inForm, "a="],
  ["form, content type", ";", (text) => post(reading, `${form}${text}`, "a=1")],
  ["cookies, many", "a=b; ", inCookie],
  ["cookies, semicolons", ";", inCookie],
  ["cookies, spaces", " ", inCookie, "a=b;", ";"],
  ["cookies, equal signs", "=", inCookie],
  ["cookies, quotes", '"', inCookie, "a="],
  ["cookies, broken escapes", "%", inCookie, "a="],
  ["html, escaping", "<", (text) => `${html`${text}`}`],
  ["html, array", "&&&&&&&a", (text) => `${html`${text.split("a")}`}`],
  ["host, words", "a.", (host) => get(hosts, "/", { host })],
  ["host, colons", ":", (host) => get(hosts, "/", { host })],
  ["multipart, boundary", "-", inBoundary],
  ["multipart, no boundary", "\r\n--", inMultipart],
  ["multipart, almost a boundary", "\r\n--y", inMultipart, "--x\r\n\r\n"],
  ["multipart, empty parts", "--x\r\n\r\n\r\n", inMultipart],
  ["multipart, name of backslashes", "\\", inPart, 'content-disposition: form-data; name="', '"'],
  ["multipart, parameters", ";a=b", inPart, "content-disposition: form-data"],
  ["multipart, header lines", "a: b\r\n", inPart],
  ["session token, dots", ".", inSession],
  ["session token, letters", "A", inSession],
  ["session token, ciphertext", "A", inSession, "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIn0..", ".AAAA"],
  ["JSON, brackets", "[", inJson],
  ["JSON, names", '"a":1,', inJson, "{", '"b":1}'],
  ["JSON, malformed at its end", '{"a":"\\u0041"},', inJson, "["],
  ["JSON, quotes", '"', inJson, "["],
  ["JSON, backslashes", "\\", inJson, '["'],
  ["JSON, lines", "\n", inJson, "[1,", "x"],
  ["nested, deep", "[a]", inNested, "a"],
  ["nested, lists", "a[]=1&", inNested],
  ["nested, many", "a[b]=1&", inNested],
  ["nested, open brackets", "[", inNested, "a", "]"],
  ["forwarded, elements", "for=1.2.3.4,", inField(proxied, "forwarded"), "", "for=1.2.3.4"],
  ["forwarded, quotes", '"', inField(proxied, "forwarded")],
  ["forwarded, backslashes", "\\", inField(proxied, "forwarded"), 'for="', '"'],
  ["forwarded, semicolons", ";", inField(proxied, "forwarded"), "for=1.2.3.4"],
  ["x-forwarded-for, commas", ",", inField(proxied, "x-forwarded-for"), "1.2.3.4"],
  ["preflight, names", "x-a,", inPreflight],
  ["preflight, spaces", " ", inPreflight, "a", "b"],
  ["origin, letters", "a", inField(shared, "origin"), "https://"],
  ["accept, types", "a/b,", (accept) => get(page, "/none", { accept })],
  ["accept, parameters", ";q=1", (accept) => get(page, "/none", { accept }), "a/b"],
  ["accept-encoding, codings", "a,", inField(page, "accept-encoding")],
  ["accept-encoding, spaces", " ", inField(page, "accept-encoding"), "gzip", ";q=1"],
  ["if-none-match, tags", '"a",', inField(page, "if-none-match")],
  ["if-none-match, quotes", '"', inField(page, "if-none-match")],
  ["if-none-match, spaces", " ", inField(page, "if-none-match"), '"a"', '"b"'],
  ["range, digits", "1", inField(files, "range", `/${pageName}`), "bytes=0-"],
  ["range, several", "0-1,", inField(files, "range", `/${pageName}`), "bytes="],
  ["files, slashes", "/", (path) => get(files, path)],
  ["files, escapes", "%41", (path) => get(files, path), "/"],
  ["log, quotes", '"', inField(logged, "user-agent")],
  ["log, control characters", "\u0001", inField(logged, "user-agent")],
  ["redirectLocal, slashes", "/", redirectLocal],
  ["redirectLocal, backslashes", "\\", redirectLocal, "/"],
  ["redirectLocal, dots", "/..", redirectLocal],
  ["redirectLocal, spaces", " ", redirectLocal, "/"],
];

/** A refusal is an answer too; any other error is a fault. */
async function answer(run, input) {
  try {
    return await run(input);
  } catch (error) {
    if (error.status >= 400 && error.status < 500) return error;
    throw error;
  }
}

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Milliseconds of CPU for one call, from as many calls as can be measured. */
async function sample(run, input) {
  const begun = cpu();
  let calls = 0;
  let spent = 0;
  for (; spent < least; spent = cpu() - begun) {
    await answer(run, input);
    calls += 1;
  }
  return spent / calls;
}

/** Small and large inputs take turns, so that what disturbs one disturbs the other. */
async function grow([name, repeated, run, before = "", behind = ""]) {
  const inputs = sizes.map((size) => before + repeated.repeat(size / repeated.length) + behind);
  const costs = sizes.map(() => []);
  for (const start = cpu(); cpu() - start < warmUp; ) {
    for (const input of inputs) await sample(run, input);
  }
  const begun = cpu();
  for (let turn = 0; turn < samples && (turn < 3 || cpu() - begun < enough); turn++) {
    for (const [index, input] of inputs.entries()) costs[index].push(await sample(run, input));
  }
  const [small, large] = costs.map(median);
  return { name, small, large, growth: large / small };
}

const microseconds = (value) => (value * 1000).toFixed(1);
const columns = {
  input: ({ name }) => name,
  "16 KiB µs": ({ small }) => microseconds(small),
  "64 KiB µs": ({ large }) => microseconds(large),
  growth: ({ growth }) => `${growth.toFixed(1)}×${growth > limit ? "  too much" : ""}`,
};

/** What seems too much is measured again: a disturbance passes, a slow parser stays slow. */
async function judged(one) {
  const tries = [];
  do tries.push(await grow(one));
  while (tries.at(-1).growth > limit && tries.length < 3);
  return tries.at(-1);
}

const rows = [];
for (const one of cases) rows.push(await judged(one));
console.log(table(columns, rows));
const breaches = rows.filter(({ growth }) => growth > limit).length;
console.log(`\n${breaches} of ${rows.length} grow by more than ${limit} when the input grows by 4`);
process.exitCode = breaches === 0 ? 0 : 1;
