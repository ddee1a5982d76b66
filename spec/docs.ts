/** Every example of README.md and docs/ does what it says. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { failuresOf } from "./house/examples.js";
import { hasSqlite } from "./house/sqlite.js";

const inDocs = existsSync("docs") ? readdirSync("docs", { recursive: true, encoding: "utf8" }) : [];
const written = inDocs
  .filter((path) => path.endsWith(".md"))
  .map((path) => join("docs", path).replaceAll("\\", "/"));
const paths = ["README.md", ...written.sort()].filter((path) => existsSync(path));
const all = Object.fromEntries(paths.map((path) => [path, readFileSync(path, "utf8")]));

const needsSqlite = (text: string): boolean => /\bsqliteStore\(/.test(text);
const isRun = ([, text]: readonly [string, string]): boolean => hasSqlite || !needsSqlite(text);
const pages = Object.fromEntries(Object.entries(all).filter(isRun));

if (!existsSync("dist/index.js")) {
  console.log("skipped: docs, as there is no dist/index.js; npm run build makes it");
} else {
  test("an example that is wrong is found, with its page and line", async () => {
    const page = `
\`\`\`js
const one = 1;
one + 1; //=> 3
\`\`\`

\`\`\`ts
const one: number = "1";
\`\`\`
`;
    const failures = await failuresOf({ "wrong.md": page });
    assert.is(failures.length, 2);
    assert.match(failures[0]!, /^wrong\.md:8: error TS2322/);
    assert.match(failures[1]!, /wrong\.md:4/);
  });

  let failures: Promise<string[]> | undefined;
  for (const page of Object.keys(pages)) {
    test(`the examples of ${page} do what they say`, async () => {
      failures ??= failuresOf(pages);
      const ofPage = (await failures).filter((failure) => failure.startsWith(page));
      if (ofPage.length > 0) console.error(`\n${ofPage.join("\n")}`);
      assert.is(ofPage.length, 0, "see the errors above");
    });
  }
  for (const page of paths.filter((path) => !(path in pages)))
    console.log(`skipped: ${page}, as there is no SQLite; npm run sqlite installs it beside the specs`);
  if (!paths.includes("README.md")) console.log("skipped: README.md, as there is none");
}

test.run();
