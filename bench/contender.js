/** A contender's server as a child process: where it listens, what it uses, and its end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onCore } from "./cores.js";

const seconds = (limit) => ({ signal: AbortSignal.timeout(limit * 1000) });

/** Starts `servers/NAME.js` with the part for a scenario. */
export async function start(name, scenario) {
  const file = fileURLToPath(new URL(`servers/${name}.js`, import.meta.url));
  const [command, ...args] = onCore(0, process.execPath, file, scenario);
  const env = { ...process.env, NODE_ENV: "production" };
  const child = spawn(command, args, { env, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const stop = () => child.kill("SIGKILL");
  const crashed = once(child, "exit").then(() => {
    throw new Error(`servers/${name}.js ended by itself`);
  });
  crashed.catch(() => {});
  const told = async () => (await Promise.race([once(child, "message", seconds(10)), crashed]))[0];
  try {
    const { port } = await told();
    const usage = () => {
      child.send("usage");
      return told();
    };
    return { name, url: `http://127.0.0.1:${port}`, usage, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

const cookiesOf = (response) => response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);

/** Asks once, and throws unless the answer is the one that the scenario expects. Gives the cookie to send along. */
export async function check({ name, url }, scenario) {
  const cookies = scenario.login ? cookiesOf(await fetch(url + scenario.login, seconds(5))) : [];
  const cookie = scenario.cookie ?? cookies.join("; ");
  const response = await fetch(url + scenario.path, { headers: { cookie }, ...seconds(5) });
  const body = await response.text();
  const headers = Object.entries(scenario.headers ?? {});
  const missing = headers.filter(([field, value]) => response.headers.get(field) !== value);
  if (response.status !== 200 || !scenario.body.test(body) || missing.length > 0) {
    throw new Error(
      `${name} answers ${scenario.name} with ${response.status} ${JSON.stringify(body.slice(0, 80))}`,
    );
  }
  return cookie;
}
