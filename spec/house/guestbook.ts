/** The guestbook as its readers run it, and as people see it in a browser. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { cleanEnv } from "./child.js";

export type Guestbook = {
  readonly url: string;
  readonly port: number;
  /**
   * Asks it to end, and gives its exit code and signal: `[0, null]` where all is well. SIGTERM leaves idle connections
   * open for some seconds.
   */
  readonly stop: (signal: "SIGINT" | "SIGTERM") => Promise<readonly unknown[]>;
  /** Ends it at once, if it is still there. */
  readonly kill: () => void;
};

/** Whatever happens, none outlives the process. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts `node docs/guestbook/server.js`, on a free port unless `PORT` names one. */
export async function startGuestbook(env: NodeJS.ProcessEnv = {}): Promise<Guestbook> {
  const child = spawn(process.execPath, ["docs/guestbook/server.js"], {
    env: { ...cleanEnv(), PORT: "0", HOST: "127.0.0.1", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  const ended = once(child, "close");
  child.once("close", () => running.delete(child));
  const signal = AbortSignal.timeout(10_000);
  const [line] = await once(child.stdout.setEncoding("utf8"), "data", { signal });
  const url = line.trim().replace(/^listening on /, "");
  const stop = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return { url, port: Number(new URL(url).port), stop, kill: () => child.kill("SIGKILL") };
}

/** A visitor with cookies of their own; whatever goes wrong in their browser is added to `troubles`. */
export async function arrive(
  browser: Browser,
  options: BrowserContextOptions,
  troubles: string[],
): Promise<Page> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(5_000);
  const page = await context.newPage();
  page.on("console", (message) => troubles.push(message.text()));
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // Whoever goes on to the next page lets go of what this one still loads.
    if (reason !== "net::ERR_ABORTED") troubles.push(`${request.url()} failed: ${reason}`);
  });
  return page;
}

export const follow = (page: Page, name: string) => page.getByRole("link", { name }).click();
export const press = (page: Page, name: string) => page.getByRole("button", { name }).click();
export const at = (page: Page, path: string) => page.waitForURL((url) => url.pathname === path);

export const noticeOn = (page: Page) => page.getByRole("status").allTextContents();
export const messagesOn = (page: Page) => page.locator(".message").allTextContents();
