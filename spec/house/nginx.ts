/** A real nginx of the spec's own, where the machine has one: all that it writes stays in a folder that goes with it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanEnv, mortal, run, temporary } from "./child.js";
import { eventually } from "./eventually.js";
import { isListening } from "./port.js";

const program = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"].find((path) =>
  existsSync(path),
);
const openssl = ["/usr/bin/openssl", "/usr/local/bin/openssl"].find((path) => existsSync(path));

/** What is missing on this machine for an nginx that speaks https; undefined where nothing is. */
export const lacking =
  program === undefined ? "no nginx" : openssl === undefined ? "no openssl for its certificate" : undefined;

export type Nginx = {
  /** The upstream addresses that requests went to, in their order; of one that was tried again, the last. */
  readonly upstreams: () => readonly string[];
  /** What nginx complained of. */
  readonly complaints: () => string;
};

export type NginxOptions = {
  /** What stands within `http { … }`, given the folder, where `certificate.pem` and `key.pem` lie. */
  readonly site: (folder: string) => string;
  /** The port that the site listens on. */
  readonly port: number;
};

/** Started by root, its workers would become somebody who may not look into the folder. */
const rights = process.getuid?.() === 0 ? "user root;" : "";

const written = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

/** Where nobody is told otherwise, the paths of Debian's nginx lead outside of the folder, and need its rights. */
const configuration = (folder: string, site: string): string => `${rights}
daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log ${folder}/error.log warn;
events {}
http {
  ${written.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ")}
  log_format upstreams "$upstream_addr";
  access_log ${folder}/upstreams.log upstreams;
${site}
}
`;

async function writeCertificate(folder: string): Promise<void> {
  const files = ["-keyout", "key.pem", "-out", "certificate.pem"];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const args = ["req", "-x509", ...kind, ...subject, ...files];
  const { ok, stderr } = await run(openssl!, args, { cwd: folder });
  if (!ok) throw new Error(`openssl made no certificate: ${stderr}`);
}

async function listening(child: ChildProcess, port: number, complaints: () => string): Promise<void> {
  const hasEnded = () => child.exitCode !== null;
  await eventually(() => hasEnded() || isListening(port)).catch(() => {});
  if (hasEnded() || !(await isListening(port)))
    throw new Error(`nginx does not listen on port ${port}: ${complaints()}`);
}

const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, "utf8") : "");

/** SIGTERM lets its worker end with it; one that is killed would leave the worker behind. */
function launch(args: readonly string[]): ChildProcess {
  const nginx = spawn(program!, args, { env: cleanEnv(), stdio: "ignore" });
  return mortal(nginx, () => nginx.kill("SIGTERM"));
}

/** Runs an nginx until `use` is done with it. */
export async function proxied(
  { site, port }: NginxOptions,
  use: (nginx: Nginx) => Promise<void>,
): Promise<void> {
  const folder = temporary("nginx");
  const complaints = () => textOf(join(folder, "error.log"));
  const lines = () => textOf(join(folder, "upstreams.log")).trim().split("\n");
  const upstreams = () => lines().map((line) => line.split(", ").at(-1)!);
  let child: ChildProcess | undefined;
  try {
    await writeCertificate(folder);
    writeFileSync(join(folder, "nginx.conf"), configuration(folder, site(folder)));
    const args = ["-e", join(folder, "error.log"), "-p", folder, "-c", join(folder, "nginx.conf")];
    child = launch(args);
    await listening(child, port, complaints);
    await use({ upstreams, complaints });
  } finally {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
