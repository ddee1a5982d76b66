/** A real browser for specs; it talks to nobody but the server of the spec. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

export const executablePath = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => existsSync(path));

const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Runs Chromium until `use` is done with it. */
export async function browsing(use: (browser: Browser) => Promise<void>): Promise<void> {
  const browser = await chromium.launch({ executablePath: executablePath!, args: quiet, timeout: 15_000 });
  try {
    await use(browser);
  } finally {
    await browser.close();
  }
}
