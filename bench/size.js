/** What the package costs before the first request: its import, its memory, and its part in a bundle. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { figureTables, median } from "./report.js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const door = here("../dist/index.js");
const processes = 15;

/** Imports in a fresh process and prints what that took. */
const importing = `
const memory = () => (gc(), process.memoryUsage());
const before = memory();
const begun = performance.now();
await import(process.argv[1]);
const ms = performance.now() - begun;
const after = memory();
console.log(JSON.stringify({ ms, heap: after.heapUsed - before.heapUsed, rss: after.rss - before.rss }));
`;

function imported(specifier) {
  const args = ["--expose-gc", "--input-type=module", "--eval", importing, specifier];
  const runs = Array.from({ length: processes }, () =>
    JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", timeout: 30_000 })),
  );
  const [ms, heap, rss] = ["ms", "heap", "rss"].map((figure) => median(runs.map((run) => run[figure])));
  return { ms, heap: heap / 2 ** 20, rss: rss / 2 ** 20 };
}

function importRows(at, specifier) {
  const { ms, heap, rss } = imported(specifier);
  const row = (name, value, unit) => ({ group: "a fresh process imports", name, at, value, unit });
  return [row("time", ms, "ms"), row("heap", heap, "MiB"), row("resident memory", rss, "MiB")];
}

/** The first program of README.md. */
const program = () => /```js\n(.*?)```/s.exec(readFileSync(here("../README.md"), "utf8"))[1];

/** A program and all that it uses of the package and of what that depends on, without Node's own modules. */
async function bundled(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: here("..") },
    alias: { composure: door },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
  });
  return outputFiles[0].contents;
}

async function bundleRows(at, contents) {
  const bytes = await bundled(contents);
  const row = (name, value) => ({ group: "a bundle holds", name, at, value: value / 1024, unit: "KiB" });
  return [row("minified", bytes.length), row("and gzipped", gzipSync(bytes, { level: 9 }).length)];
}

/** Measures, prints and gives rows `{ group, name, at, value, unit }`. */
export async function size() {
  const rows = [
    ...importRows("composure", door),
    ...importRows("node:http alone", "node:http"),
    ...(await bundleRows("the first program of README.md", program())),
    ...(await bundleRows("one route, called with a map", 'export { GET } from "composure";')),
    ...(await bundleRows("all of composure", 'export * from "composure";')),
  ];
  console.log(figureTables(rows));
  return rows;
}
