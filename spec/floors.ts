/** Imports in lib go downward, or sideways without a circle. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { circles, importsOf, loads, trespassers, unlisted, upward } from "./house/imports.js";

const manifest = JSON.parse(readFileSync("package.json", "utf8"));

/** The doors of the package, as modules of lib: `index`, `testing`, … */
const doors = Object.values<{ default?: string }>(manifest.exports)
  .flatMap((entry) => entry.default ?? [])
  .map((path) => path.replace(/^\.\/dist\/(.*)\.js$/, "$1"));

const floors = [
  ["types", "errors", "development", "lazy", "map", "stamp", "json", "random", "recent"],
  ["text/*"],
  ["*"],
  ["routes", "middleware/*", "session/*", "stores/*", "fetch/*", "testing/*"],
  ["server", "server/*"],
  ["typed", ...doors],
];

/** The modules of Node that speak HTTP, who may import them, and the doors that may load them. */
const network = ["node:http", "node:https", "node:http2"];
const knowNetwork = ["server", "server/*"];
const openNetwork = ["index"];

const modules = readdirSync("lib", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => path.replaceAll("\\", "/").replace(/\.ts$/, ""));

const lib = Object.fromEntries(
  modules.map((module) => [module, importsOf(module, readFileSync(join("lib", `${module}.ts`), "utf8"))]),
);

test("no module imports from a floor above its own", () => {
  assert.equal(upward(lib, floors), []);
});

test("no modules import each other in a circle", () => {
  assert.equal(circles(lib), []);
});

test("only the server knows node:http", () => {
  assert.equal(trespassers(lib, network, knowNetwork), []);
});

test("the package lists whatever it imports", () => {
  const { dependencies = {}, peerDependencies = {} } = manifest;
  assert.equal(unlisted(lib, Object.keys({ ...dependencies, ...peerDependencies })), []);
});

test("no door but index loads node:http", () => {
  const others = doors.filter((door) => !openNetwork.includes(door));
  assert.equal(loads(lib, others, network), []);
});

test.run();
