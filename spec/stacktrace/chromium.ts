/** The pages of errors as people see them, in a real browser. */
import type { Browser, Page } from "playwright-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { httpError } from "../../lib/errors.js";
import { withErrors } from "../../lib/middleware/errors.js";
import { withHeaders } from "../../lib/middleware/headers.js";
import { withSecurityHeaders } from "../../lib/middleware/security-headers.js";
import { withStacktrace } from "../../lib/middleware/stacktrace.js";
import { GET, routes } from "../../lib/routes.js";
import { serve } from "../../lib/server.js";
import { browsing, hasBrowser } from "../house/chromium.js";
import { inEnvironment } from "../house/environment.js";

const hostile = `<script>document.title = "taken"</script><img src=x onerror="document.title = 'taken'">`;

const fail = (): never => {
  throw new Error(`It failed: ${hostile} ${"long".repeat(100)}`, { cause: new TypeError("The cause") });
};

const app = inEnvironment("development", () =>
  decorate(
    routes(
      GET("/fault", fail),
      GET("/refused", () => {
        throw httpError(403, `Not for you: ${hostile}`);
      }),
    ),
    withStacktrace(),
    withErrors(),
    withSecurityHeaders(),
  ),
);

/** As strict as a site may be: not even styles of the page's own. */
const strict = decorate(
  app,
  withHeaders({ "content-security-policy": "default-src 'none'; style-src 'self'" }),
);

/** What holds for every page of an error. */
const inspect = (page: Page) =>
  page.evaluate(`({
    taken: document.title === "taken" || document.querySelector("script, img") !== null,
    overflows: document.documentElement.scrollWidth > innerWidth,
    headings: document.querySelectorAll("h1").length,
    styled: getComputedStyle(document.body).fontFamily.includes("system-ui"),
  })`);

const sound = { taken: false, overflows: false, headings: 1, styled: true };

/** How light the page is, from 0 to 255, by its text, which is the other way round. */
const brightness = async (page: Page): Promise<number> =>
  Number(
    await page.evaluate(`(() => {
      const [red] = getComputedStyle(document.body).color.match(/\\d+/g);
      return 255 - red;
    })()`),
  );

async function look(
  browser: Browser,
  url: string,
  colorScheme: "light" | "dark",
  width: number,
): Promise<void> {
  const viewport = { width, height: 800 };
  const tab = await browser.newContext({ viewport, colorScheme, baseURL: url });
  tab.setDefaultTimeout(5_000);
  const page = await tab.newPage();
  for (const [path, status] of [
    ["/fault", 500],
    ["/refused", 403],
    ["/nowhere", 404],
  ] as const) {
    const response = await page.goto(path);
    assert.is(response?.status(), status);
    assert.equal(await inspect(page), sound, `${path} at ${width}, ${colorScheme}`);
    assert.is((await brightness(page)) > 128, colorScheme === "light", `${path} in ${colorScheme}`);
    await page.screenshot({
      path: `.build/screens/error-${status}-${colorScheme}-${width}.png`,
    });
  }
  await tab.close();
}

async function silently(act: () => Promise<void>): Promise<void> {
  const { error } = console;
  console.error = () => {};
  try {
    await act();
  } finally {
    console.error = error;
  }
}

if (!hasBrowser) {
  console.log("skipped: pages of errors in Chromium: no chromium on this machine");
} else {
  test("pages of errors are sound in light and dark, on a desk and on a phone, and can be read unstyled", async () => {
    const { url, close } = await serve(app, { port: 0, signals: false });
    const other = await serve(strict, { port: 0, signals: false });
    try {
      await silently(() =>
        browsing(async (browser) => {
          for (const scheme of ["light", "dark"] as const) {
            for (const width of [1200, 400]) await look(browser, url, scheme, width);
          }
          const page = await browser.newPage();
          page.setDefaultTimeout(5_000);
          await page.goto(`${other.url}/refused`);
          assert.equal(await inspect(page), { ...sound, styled: false });
          await page.goto(`${url}/fault`);
          const sources = page.locator("pre");
          assert.equal([await sources.nth(0).isVisible(), await sources.nth(1).isVisible()], [true, false]);
          await page.locator("summary").nth(1).click();
          assert.ok(await sources.nth(1).isVisible());
        }),
      );
    } finally {
      await close();
      await other.close();
    }
  });
}

test.run();
