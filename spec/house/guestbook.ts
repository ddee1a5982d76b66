/** The guestbook as its readers run it, and as people see it in a browser. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { type Server, startServer } from "./server.js";

/** Starts `node docs/guestbook/server.js`, on a free port unless `PORT` names one. */
export const startGuestbook = (env: NodeJS.ProcessEnv = {}): Promise<Server> =>
  startServer(["docs/guestbook/server.js"], { env });

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
