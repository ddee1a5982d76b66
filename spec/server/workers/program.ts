/** A program that serves by workers, and what is asked of it. */
import { type Agent, request } from "node:http";
import { isAlive } from "../../house/child.js";
import { eventually } from "../../house/eventually.js";
import type { Program } from "../../house/program.js";

const lib = (path: string): string =>
  JSON.stringify(new URL(`../../../lib/${path}.js`, import.meta.url).href);

/**
 * A program that serves by workers. Each says that it is up, and when it is asked for what takes its time; the primary
 * where it is found, and what it logs. An idle connection stays for `idle` milliseconds.
 */
export const program = ({ options = "", first = "", then = "", idle = 1000 } = {}): string => `
  import cluster from "node:cluster";
  import { setTimeout as pause } from "node:timers/promises";
  import { serve } from ${lib("server")};
  import { withSession } from ${lib("middleware/session")};
  import { memoryStore } from ${lib("stores/memory")};

  const answers = {
    "/crash": () => process.exit(3),
    "/slow": () => pause(300),
    "/hang": () => pause(60_000),
    "/spin": () => { for (;;); },
  };
  const app = async ({ uri }) => {
    if (uri in answers) console.log("asked", uri);
    await answers[uri]?.();
    const body = String(process.pid);
    const upgrade = ({ req }) => {
      req.socket.write("hello ");
      req.socket.once("closing", () => req.socket.end("goodbye"));
    };
    return uri === "/chat" ? { status: 200, headers: {}, body: null, upgrade } : { status: 200, headers: {}, body };
  };
  const log = (line) => console.log("log:", line);
  ${first}
  try {
    const { url, port, server, close } = await serve(app, { port: 0, workers: 2, log, ${options} });
    server.keepAliveTimeout = ${idle};
    console.log(cluster.isPrimary ? "serving " + url : "up " + process.pid);
    ${then}
  } catch (error) {
    console.log(error.code ?? error.name, error.message);
    process.exitCode = 1;
  }
`;

/** The port, once the primary has said it and so many workers that they are up. */
export async function portOf({ line }: Program, workers = 2): Promise<number> {
  await line(/^up /, workers);
  return Number(/\d+$/.exec(await line(/^serving /))?.[0]);
}

export const upOf = ({ lines }: Program): number[] =>
  lines.filter((line) => line.startsWith("up ")).map((line) => Number(line.slice(3)));

/** Asks on a connection of its own, or on one of the agent's. */
export function ask(port: number, path = "/", agent: Agent | false = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: "127.0.0.1", path, agent }, async (response) => {
      let text = "";
      for await (const piece of response) text += piece;
      resolve(text);
    });
    asked.on("error", reject).end();
  });
}

export const pidsOf = async (port: number): Promise<number[]> => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask(port)));
  return [...new Set(answers.map(Number))].sort();
};

/** Waits until processes have ended. */
export const gone = (pids: readonly number[]) => eventually(() => !pids.some(isAlive));
