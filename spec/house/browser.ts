/** A real browser for specs that need one. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => existsSync(path),
);

/** Whether there is one on this machine. */
export const hasBrowser = executablePath !== undefined;

/** Chromium is to talk to nobody but the spec's own server. */
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Runs a browser until `use` is done with it. */
export async function browsing(use: (browser: Browser) => Promise<void>): Promise<void> {
  const browser = await chromium.launch({ executablePath: executablePath!, args: quiet, timeout: 15_000 });
  try {
    await use(browser);
  } finally {
    await browser.close();
  }
}
