/** One core for the server and another one for the load, where the machine lets us choose. */
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

export const has = (command, ...args) => spawnSync(command, args, { stdio: "ignore" }).error === undefined;

const choice = availableParallelism() > 1 && has("taskset", "--version");

/** A command line that runs on one core: `onCore(0, "node", "server.js")`. */
export const onCore = (core, ...command) => (choice ? ["taskset", "-c", String(core), ...command] : command);
