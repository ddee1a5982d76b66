/** A contender's server as a child process: where it listens, what it uses, whether it answers as it should. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onCore } from "./cores.js";

const seconds = (limit) => ({ signal: AbortSignal.timeout(limit * 1000) });

/** Starts `servers/NAME.js` with a part such as `["routes", 200]`; `more` goes into its environment. */
export async function start(name, part, more) {
  const file = fileURLToPath(new URL(`servers/${name}.js`, import.meta.url));
  const [command, ...args] = onCore(0, process.execPath, file, ...part.map(String));
  const env = { ...process.env, NODE_ENV: "production", ...more };
  const child = spawn(command, args, { env, stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    complaints += text;
  });
  const closed = once(child, "close");
  const stop = async () => {
    child.kill("SIGKILL");
    await closed;
  };
  const crashed = closed.then(() => {
    throw new Error(`servers/${name}.js ended by itself\n${complaints}`);
  });
  crashed.catch(() => {});
  const told = async () => (await Promise.race([once(child, "message", seconds(30)), crashed]))[0];
  try {
    const { port } = await told();
    const usage = () => {
      child.send("usage");
      return told();
    };
    return { name, url: `http://127.0.0.1:${port}`, usage, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The cookies to send next: those sent so far, and what the answer set. */
function cookiesAfter(cookie, response) {
  const lines = [...cookie.split("; "), ...response.headers.getSetCookie()].filter(Boolean);
  const pairs = lines.map((line) => line.split(";")[0]);
  return [...new Map(pairs.map((pair) => [pair.split("=")[0], pair])).values()].join("; ");
}

/** Asks for a path with this cookie. Gives the status, the body, and the cookie to send next. */
export async function ask({ url }, path, cookie = "", options = {}) {
  const headers = cookie === "" ? options.headers : { ...options.headers, cookie };
  const response = await fetch(url + path, { ...options, headers, ...seconds(30) });
  const body = await response.text();
  return { response, body, cookie: cookiesAfter(cookie, response) };
}

/** The cookie of a new login; empty where there is none. */
export const logIn = async (server, path) => (path === undefined ? "" : (await ask(server, path)).cookie);

function complaint({ status, type, expected }, body, answer) {
  const got = (name) => answer.response.headers.get(name);
  if (answer.response.status !== status) return `with ${answer.response.status}`;
  if (type !== undefined && !got("content-type")?.startsWith(type)) return `as ${got("content-type")}`;
  const wrong = Object.keys(expected).find((name) => got(name) !== expected[name]);
  if (wrong !== undefined) return `with ${wrong}: ${got(wrong)}`;
  if (body !== undefined && answer.body !== body) return `with ${JSON.stringify(answer.body.slice(0, 80))}`;
  return undefined;
}

/** Asks as a scenario does, and throws unless the answers are the ones that it expects. */
export async function check(server, scenario) {
  const { name, path, method, headers, body, login, stranger, answers } = scenario;
  const expect = async (text, cookie) => {
    const answer = await ask(server, path, cookie, { method, headers, body });
    const fault = complaint(scenario, text, answer);
    if (fault !== undefined) throw new Error(`${server.name} answers ${name} ${fault}`);
    return answer.cookie;
  };
  if (stranger !== undefined) await expect(stranger);
  let cookie = await logIn(server, login);
  for (const text of answers) cookie = await expect(text, cookie);
}
