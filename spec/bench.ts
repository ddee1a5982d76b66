/** What the benchmark says of its figures: medians, targets, charts, and the page that it writes. */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

/** The benchmark is not built: it is read where it stands. */
const bench = (file: string) => import(pathToFileURL(join("bench", file)).href);

const { results, show, summarize } = await bench("report.js");
const { databaseTargets, judged, outcome, targets } = await bench("targets.js");
const { barChart, lineChart } = await bench("charts.js");
const { counter } = await bench("trips.js");
const { chartsOf, partsOf, publish, versionsOf, withPart } = await bench("publish.js");

type Figures = { cpu: number; rate: number; p50: number; p99: number; p999: number; memory: number };
type Row = Figures & { contender: string; ratio?: number; ours?: number; oursRate?: number };

const figures = (cpu: number): Figures => ({ cpu, rate: 1e6 / cpu, p50: 1, p99: 2, p999: 3, memory: 60 });
const rounds = (...cpus: Record<string, number>[]) =>
  cpus.map((round) => Object.fromEntries(Object.entries(round).map(([name, cpu]) => [name, figures(cpu)])));

const quiet = rounds({ bare: 20, composure: 21, fastify: 24, hono: 30 });
const rowsOf = (scenario: string): Row[] => summarize(scenario, quiet);
const scenariosOf = (of: Record<string, string>[]): string[] => [
  ...new Set(of.flatMap(({ scenario, since }) => [scenario!, ...(since === undefined ? [] : [since])])),
];
const scenarios = scenariosOf(targets);
const onDatabases = scenariosOf(databaseTargets);

const report = {
  date: "2026-11-22",
  node: "v20.20.2",
  machine: { cpu: "Some <CPU> & more", cores: 2, os: "linux x64" },
  rounds: 1,
  seconds: 1,
  generator: "wrk",
  connections: 50,
  versions: { composure: "0.1.0", fastify: "5.1.0", hono: "4.2.0" },
  rows: rowsOf("hello"),
};

test("ratios are medians within the rounds, whatever a disturbed round did to all of them", () => {
  const disturbed = rounds(
    { bare: 20, composure: 22, fastify: 24 },
    { bare: 200, composure: 220, fastify: 240 },
    { bare: 40, composure: 44, fastify: 48 },
  );
  const rows: Row[] = summarize("hello", disturbed);
  const ours = rows.find(({ contender }) => contender === "composure")!;
  const peer = rows.find(({ contender }) => contender === "fastify")!;
  assert.is(ours.cpu, 44);
  assert.is(ours.ratio!.toFixed(3), "1.100");
  assert.is(peer.ours!.toFixed(3), "0.917");
  assert.is(peer.oursRate!.toFixed(3), "1.091");
});

test("without bare there is no ratio to it", () => {
  const rows: Row[] = summarize("hello", rounds({ composure: 22, fastify: 24 }));
  assert.equal(
    rows.map(({ ratio }) => ratio),
    [undefined, undefined],
  );
  assert.match(results(rows), /^hello +CPU.*\ncomposure +22\.0 +–/);
});

test("numbers show the digits that count", () => {
  assert.equal(
    [12_345.6, 47.12, 1.234, 0.0456, undefined].map((value) => show(value)),
    ["12,346", "47.1", "1.23", "0.046", "–"],
  );
});

test("a target is met at its limit, and against the peer that does best", () => {
  const [bare, peer] = judged(rowsOf("hello"));
  assert.equal([bare.against, bare.target, bare.verdict], ["bare", "≤ 1.05", "met"]);
  assert.equal([peer.against, peer.measured, peer.verdict], ["fastify", 0.875, "met"]);
});

test("what is too slow falls short, what did not run is not measured", () => {
  const [bare, peer, other] = judged(
    summarize("hello", rounds({ bare: 20, composure: 21.2, hono: 30, h3: 21 })),
  );
  assert.equal([bare.measured.toFixed(2), bare.verdict], ["1.06", "falls short"]);
  assert.equal([peer.against, peer.verdict], ["h3", "falls short"]);
  assert.equal([other.measured, other.verdict], [undefined, "not measured"]);
  assert.ok(judged([]).every(({ verdict }: { verdict: string }) => verdict === "not measured"));
});

test("of the stream the throughput must be high enough", () => {
  const ofStream = (cpu: number) =>
    judged(summarize("stream", rounds({ bare: 20, composure: cpu, fastify: 20.5, koa: 30 })))
      .filter(({ name }: { name: string }) => name.startsWith("stream"))
      .map(({ target, against, verdict }: Record<string, string>) => `${target} of ${against}: ${verdict}`);
  assert.equal(ofStream(20.4), ["≥ 0.97 of bare: met", "≥ 1.00 of fastify: met"]);
  assert.equal(ofStream(25), ["≥ 0.97 of bare: falls short", "≥ 1.00 of fastify: falls short"]);
});

test("on a database the peers are the measure, and our other clients are none of them", () => {
  const rows = summarize(
    "redis-read",
    rounds({ bare: 20, composure: 30, "composure-on-ioredis": 31, "fastify-session": 60, hono: 80 }),
  );
  const of = databaseTargets.filter(({ name }: { name: string }) => name === "redis-read");
  assert.equal(judged(rows, of), [
    { name: "redis-read", against: "fastify-session", target: "≤ 0.60", measured: 0.5, verdict: "met" },
  ]);
});

test("how cost grows is relative to how bare grows", () => {
  const few = summarize("routes-10", rounds({ bare: 20, composure: 22 }));
  const many = summarize("routes-10000", rounds({ bare: 30, composure: 36.3 }));
  const growth = judged([...few, ...many]).find(({ name }: { name: string }) => name.startsWith("cost"));
  assert.equal([growth.measured.toFixed(2), growth.verdict], ["1.10", "falls short"]);
});

test("a narrow miss does not look like a hit", () => {
  assert.match(
    outcome(summarize("hello", rounds({ bare: 1000, composure: 1051 }))),
    /≤ 1\.05 +1\.051 +falls short/,
  );
});

test("a round trip is what is sent after an answer, in however many pieces", async () => {
  const database = createServer((socket) =>
    socket.on("data", (bytes) => {
      database.emit("heard");
      if (bytes.toString().endsWith(";")) socket.write("done");
    }),
  ).listen(0, "127.0.0.1");
  await once(database, "listening");
  const between = await counter((database.address() as AddressInfo).port);
  const clients = [connect(between.port, "127.0.0.1"), connect(between.port, "127.0.0.1")];
  try {
    for (const client of [...clients, ...clients]) {
      const heard = once(database, "heard");
      client.write("select");
      await heard;
      client.write(" one;");
      await once(client, "data");
    }
    assert.is(between.count(), 4);
  } finally {
    for (const client of clients) client.destroy();
    between.close();
    database.close();
  }
});

/** Whether each element that is opened is closed, and no text has signs of markup. */
function isWellFormed(svg: string): boolean {
  const open: string[] = [];
  for (const [, close, name, itself] of svg.matchAll(/<(\/?)(\w+)(?: [\w-]+="[^"<>]*")*(\/?)>/g)) {
    if (close === "/" && open.pop() !== name) return false;
    if (close === "" && itself === "") open.push(name!);
  }
  const text = svg.replaceAll(/<\/?\w+(?: [\w-]+="[^"<>]*")*\/?>/g, "");
  return open.length === 0 && !/[<>]|&(?!(amp|lt|gt|quot);)/.test(text) && !/NaN|undefined/.test(svg);
}

test("charts are well-formed, titled, and dark where the reader likes it", () => {
  const names = { title: 'Bars & "lines"', foot: "Some <CPU> & more" };
  const growing = [10, 100].map((at) => ({ at, cpu: 20 + at / 100 }));
  const lines = ["bare", "composure", "fastify"].map((contender) => ({ contender, points: growing }));
  for (const svg of [barChart(rowsOf("hello"), names), lineChart(lines, names)]) {
    assert.ok(isWellFormed(svg));
    assert.match(svg, /<title id="title">Bars &amp; &quot;lines&quot;<\/title>\s+<desc id="description">\w/);
    assert.match(svg, "Some &lt;CPU&gt; &amp; more");
    assert.match(svg, "prefers-color-scheme: dark");
  }
});

test("a contender that needs a hundred times as much leaves the others their bars", () => {
  const svg = barChart(summarize("cookie-read", rounds({ bare: 50, composure: 30, h3: 11_000 })), {
    title: "",
    foot: "",
  });
  const widths = [...svg.matchAll(/<rect x="214" y="\d+" width="([\d.]+)"/g)].map(([, width]) =>
    Number(width),
  );
  assert.equal(widths, [31, 51.7, 372]);
  assert.match(svg, "11,000 · 220×");
});

test("a part of the page is replaced between its comments, and only there", () => {
  const page = "a\n<!-- bench:x -->\nold\n<!-- /bench:x -->\nb\n";
  const written = withPart(page, "x", "costs $& and $1");
  assert.is(written, "a\n<!-- bench:x -->\ncosts $& and $1\n<!-- /bench:x -->\nb\n");
  assert.is(withPart(written, "x", "old"), page);
  assert.throws(() => withPart(page, "y", ""), /expected <!-- bench:y --> and <!-- \/bench:y -->/);
});

test("clients of a database are named where it takes part", () => {
  const versions = { composure: "0.1.0", "connect-redis": "9.0.0", redis: "6.3.1", ioredis: "6.0.0" };
  const rows = summarize("redis-read", rounds({ composure: 30, "composure-on-ioredis": 31 }));
  const charts: Record<string, string> = chartsOf({ ...report, versions, rows });
  assert.match(charts["redis-read"]!, /ioredis 6\.0\.0, redis 6\.3\.1/);
  assert.match(charts["redis-read"]!, "connect-redis 9.0.0");
});

test("versions are those of the packages that contenders are named for", () => {
  const versions = {
    express: "5.3.0",
    "express-session": "1.19.0",
    "@fastify/session": "11.1.3",
    h3: "2.0.8",
  };
  assert.is(
    versionsOf(["bare", "express-session-on-express", "fastify-session", "h3-session"], versions),
    "express-session 1.19.0, express 5.3.0, @fastify/session 11.1.3, h3 2.0.8",
  );
});

test("only what ran has parts, and the targets only where all of them ran", () => {
  assert.equal(Object.keys(partsOf(report)), ["hello"]);
  assert.equal(Object.keys(partsOf({ ...report, rows: [], size: [{ name: "a", value: 1, unit: "ms" }] })), [
    "size",
  ]);
  const whole = partsOf({ ...report, rows: scenarios.flatMap(rowsOf) });
  assert.ok("targets" in whole && !("database-targets" in whole));
  const ofDatabases = partsOf({ ...report, rows: onDatabases.flatMap(rowsOf) });
  assert.ok("database-targets" in ofDatabases && !("targets" in ofDatabases));
});

test("the page has a place for each part", () => {
  const page = readFileSync("docs/performance.md", "utf8");
  const inside = [{ group: "parts", name: "one", at: "10 routes", value: 1, unit: "µs" }];
  const races = [{ contender: "composure", kept: 200, of: 200, back: 0, logouts: 20 }];
  const trips = [{ database: "redis", contender: "composure", read: 1, write: 2, untouched: 1 }];
  const rows = [...scenarios, ...onDatabases].flatMap(rowsOf);
  const parts = partsOf({ ...report, rows, races, trips, stores: inside, inside, size: inside });
  assert.is(Object.keys(parts).length, scenarios.length + onDatabases.length + 6);
  for (const [name, text] of Object.entries(parts)) {
    assert.match(withPart(page, name, text), text as string);
  }
});

test("a table has the CPU of the database, where the scenario has one and the system tells it", () => {
  const [row] = rowsOf("redis-read");
  const tableOf = (database: number): string =>
    partsOf({ ...report, rows: [{ ...row, database }] })["redis-read"];
  assert.match(tableOf(61.25), /\| contender \| CPU µs\/request \| database µs \| to bare \|/);
  assert.match(tableOf(61.25), " | 61.3 | ");
  assert.not.match(tableOf(Number.NaN), "database µs");
});

test("a note tells rounds, and one round", () => {
  const noteOf = (more: object): string =>
    partsOf({ ...report, ...more })
      .hello.split("\n\n")
      .at(-1);
  assert.match(noteOf({}), "; 1 round of 1 s by wrk over 50 connections._");
  assert.match(noteOf({ rounds: 3 }), "; 3 rounds of 1 s by wrk");
});

test("publishing writes the page and its charts", () => {
  const docs = mkdtempSync(join(tmpdir(), "composure-bench-"));
  try {
    writeFileSync(join(docs, "performance.md"), "<!-- bench:hello -->\n<!-- /bench:hello -->\n");
    publish(report, docs);
    const page = readFileSync(join(docs, "performance.md"), "utf8");
    assert.match(page, "![Hello: CPU time per request](bench/hello.svg)");
    assert.match(page, "| **composure** | 21.0 | 1.05× |");
    assert.ok(isWellFormed(readFileSync(join(docs, "bench/hello.svg"), "utf8")));
  } finally {
    rmSync(docs, { recursive: true, force: true });
  }
});

test.run();
