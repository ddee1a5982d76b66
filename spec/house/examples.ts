/** Runs and checks the code blocks of pages, as far as they are JavaScript and TypeScript. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Block, blocksOf, inPlace, missingNames, withExpectations, withoutPorts } from "./blocks.js";
import { run } from "./child.js";

export type Pages = { readonly [page: string]: string };

/** Inside the project, so that the examples find the package by its name, as users do. */
const folder = ".build/docs";
/** Where the examples run; they find a folder `public` with a page in it. */
const site = join(folder, "site");

/** The doors whose names an example finds without importing them. */
const doors = Object.entries({
  composure: "index",
  "composure/fetch": "fetch",
  "composure/redis": "redis",
  "composure/testing": "testing",
  "composure/websocket": "websocket",
}).filter(([, module]) => existsSync(`dist/${module}.js`));

const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};

const fileOf = ({ page, line, language }: Block): string => join(folder, `${page}.${line}.${language}`);

/** Errors with the lines of the page in place of those of the file that was made of the block. */
const located = (text: string): string =>
  text
    .replaceAll(/(?:file:\/\/)?[^\s(]*?\.build\/docs\/(\S+?\.md)\.\d+\.js/g, "$1")
    .split("\n")
    .filter((line) => !/^\s*at .*(?:node:|\.build\/spec)|^Node\.js v/.test(line))
    .join("\n")
    .trim();

const prelude = new URL("./prelude.js", import.meta.url).href;
const env = { PORT: "0", DOORS: doors.map(([door]) => door).join(" ") };

/** Runs modules one after the other in one process; what fails is told by the number of its block. */
async function runModules(name: string, blocks: readonly Block[]): Promise<string[]> {
  const main = join(folder, `${name}.run.js`);
  const imports = blocks.map((block) => JSON.stringify(join(process.cwd(), fileOf(block))));
  write(main, `for (const file of [${imports}]) await import(file).catch(globalThis.noteFailure(file));\n`);
  const args = ["--import", prelude, join("..", "..", "..", main)];
  const { ok, stderr } = await run(process.execPath, args, { cwd: site, env, limit: 30 });
  return ok ? [] : [`${blocks[0]!.page}:\n${located(stderr)}`];
}

const isServing = ({ code }: Block): boolean => withoutPorts(code) !== code;

/** The examples of a page run in one process, but for those that serve: each of these ends its own. */
async function runPage([page, blocks]: readonly [string, readonly Block[]]): Promise<string[]> {
  const failures: string[] = [];
  const written = blocks.filter((block) => {
    try {
      write(fileOf(block), inPlace(block, withoutPorts(withExpectations(block.code))));
      return true;
    } catch (error) {
      failures.push(`${page}:${block.line}: ${(error as Error).message}`);
      return false;
    }
  });
  const together = written.filter((block) => !isServing(block));
  if (together.length > 0) failures.push(...(await runModules(page, together)));
  for (const block of written.filter(isServing))
    failures.push(...(await runModules(`${page}.${block.line}`, [block])));
  return failures;
}

/** Works on two things at a time: that many cores can be counted on. */
async function inPairs<A, B>(items: readonly A[], work: (item: A) => Promise<B>): Promise<B[]> {
  const queue = items.entries();
  const results: B[] = [];
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all([worker(), worker()]);
  return results;
}

/** The names that a door exports, types too, from its declarations. */
function namesOf(module: string): string[] {
  const lists = [...readFileSync(`dist/${module}.d.ts`, "utf8").matchAll(/export (?:type )?\{([^}]*)\}/g)];
  const names = lists.flatMap(([, list]) => list!.split(","));
  return names.map((name) => name.trim().replace(/^type |^.* as /, "")).filter((name) => name !== "");
}

const typescript = JSON.stringify({
  extends: "../../tsconfig.json",
  compilerOptions: {
    moduleDetection: "force",
    noUnusedLocals: false,
    noUnusedParameters: false,
    verbatimModuleSyntax: false,
  },
  include: ["."],
});

/** All blocks of TypeScript are checked by one run of tsc. */
async function checkTypes(blocks: readonly Block[]): Promise<string[]> {
  if (blocks.length === 0) return [];
  const exported = doors.map(([door, module]) => [door, namesOf(module)] as const);
  for (const block of blocks) {
    const imports = exported.map(([door, names]) => [door, missingNames(block.code, names)] as const);
    const first = imports.map(([door, names]) => `import { ${names.join(", ")} } from "${door}";`).join(" ");
    write(fileOf(block), inPlace(block, block.code, first));
  }
  write(join(folder, "tsconfig.json"), typescript);
  const tsc = join("..", "..", "node_modules", "typescript", "bin", "tsc");
  const { ok, stdout } = await run(process.execPath, [tsc, "--pretty", "false"], { cwd: folder, limit: 60 });
  const errors = [...stdout.matchAll(/^(\S+?\.md)\.\d+\.ts\((\d+),\d+\): (.*(?:\n +.*)*)/gm)];
  if (!ok && errors.length === 0) return [`${blocks[0]!.page}: tsc fails: ${stdout}`];
  return errors.map(([, page, line, message]) => `${page}:${line}: ${message}`);
}

const excused = ({ page, line, code, reason }: Block): string[] =>
  reason !== undefined && /["']composure/.test(code)
    ? [`${page}:${line}: expected a block that imports composure to be run, got "not run: ${reason}"`]
    : [];

/** Everything that is wrong with the examples of the pages; each line begins with the page. */
export async function failuresOf(pages: Pages): Promise<string[]> {
  const blocks = Object.entries(pages).flatMap(([page, markdown]) => blocksOf(page, markdown));
  const examples = blocks.filter(({ reason }) => reason === undefined);
  const of = (language: string) => examples.filter((block) => block.language === language);
  rmSync(folder, { recursive: true, force: true });
  write(join(site, "public", "index.html"), "<!doctype html><title>Hello</title>\n");
  const byPage = Object.keys(pages).map(
    (page) => [page, of("js").filter((block) => block.page === page)] as const,
  );
  const [types, runs] = await Promise.all([checkTypes(of("ts")), inPairs(byPage, runPage)]);
  return [...blocks.flatMap(excused), ...types, ...runs.flat()];
}
