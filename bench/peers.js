/** The packages that we are measured against: installed on first use, as package.json pins them. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const read = (path) => JSON.parse(readFileSync(here(path), "utf8"));

const { dependencies } = read("package.json");

function installed(name) {
  try {
    return read(`node_modules/${name}/package.json`).version;
  } catch {
    return undefined;
  }
}

const names = Object.keys(dependencies);

/** Installs the peers unless they are there in the versions that are wanted. */
export function install() {
  if (names.every((name) => installed(name) === dependencies[name])) return;
  execFileSync("npm", ["ci", "--loglevel=error"], { cwd: here("."), stdio: "inherit" });
}

/** Names to versions, as installed. */
export const versions = () => ({
  composure: read("../package.json").version,
  ...Object.fromEntries(names.map((name) => [name, installed(name)])),
});
