/** Workers of a program that was started by hand: the terminal says by SIGHUP that it is closed. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cleanEnv, isAlive } from "../../house/child.js";
import { eventually } from "../../house/eventually.js";
import { gone, program } from "./program.js";

const hasTerminal = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;
if (!hasTerminal) console.log("skipped: no script(1), which gives programs a terminal");

(hasTerminal ? test : test.skip)("primary and workers end when their terminal is closed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "composure-terminal-"));
  const file = join(folder, "program.mjs");
  writeFileSync(file, program({ then: `if (cluster.isPrimary) console.log("primary " + process.pid);` }));
  const terminal = spawn("script", ["-qfc", `${process.execPath} ${file}`, "/dev/null"], {
    env: cleanEnv(),
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  terminal.stdout.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  const pids = () => [...text.matchAll(/^(?:up|primary) (\d+)\s/gm)].map(([, pid]) => Number(pid));
  try {
    await eventually(() => pids().length === 3);
    terminal.kill("SIGKILL");
    await once(terminal, "exit");
    await gone(pids());
    assert.is(pids().length, 3);
  } finally {
    terminal.kill("SIGKILL");
    for (const pid of pids().filter(isAlive)) process.kill(pid, "SIGKILL");
    rmSync(folder, { recursive: true });
  }
});

test.run();
