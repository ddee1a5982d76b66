/** Every link within README.md and docs/ leads to a file, and to a heading of it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const written = readdirSync("docs", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".md"))
  .map((path) => `docs/${path.replaceAll("\\", "/")}`);

/** What stands in code blocks is no link and no heading. */
const proseOf = (markdown: string): string => markdown.replace(/^(`{3,})[\s\S]*?^\1$/gm, "");

const read = (path: string): string => readFileSync(path, "utf8");

/** The anchor that GitHub makes of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const anchorsOf = (path: string): readonly string[] =>
  [...proseOf(read(path)).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));

const isWhole = (link: string): boolean => /^[a-z]+:/.test(link);

const linksOf = (markdown: string): readonly string[] =>
  [...proseOf(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !isWhole(link));

/** Whether a link on a page leads somewhere. */
function leads(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : posix.join(posix.dirname(page), path);
  return existsSync(target) && (anchor === undefined || anchorsOf(target).includes(anchor));
}

const astray = (page: string, markdown: string): readonly string[] =>
  linksOf(markdown).filter((link) => !leads(page, link));

test("a link that leads nowhere is found", () => {
  const markdown =
    "[a](tour.md) [b](nowhere.md) [c](tour.md#the-folder) [d](tour.md#nowhere) [e](https://a.example/b)";
  assert.equal(astray("docs/routes.md", markdown), ["nowhere.md", "tour.md#nowhere"]);
  assert.equal(astray("docs/routes.md", "[a](#contexts) [b](#nowhere) [c](../README.md)"), ["#nowhere"]);
});

for (const page of ["README.md", ...written.sort()]) {
  test(`the links of ${page} lead somewhere`, () => {
    assert.equal(astray(page, read(page)), []);
  });
}

test("every page can be reached from README.md", () => {
  const linked = linksOf(read("README.md")).map((link) => link.replace(/#.*/, ""));
  const pages = written.filter((page) => !page.startsWith("docs/decisions/"));
  assert.equal(
    pages.filter((page) => !linked.includes(page)),
    [],
  );
});

test.run();
