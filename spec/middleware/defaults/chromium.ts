/** A site with the usual decorators as a real browser takes it: its scripts, its styles, its forms, and those of others. */
import type { Browser, Page } from "playwright-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { antiForgeryField } from "../../../lib/anti-forgery.js";
import { decorate } from "../../../lib/decorate.js";
import { html } from "../../../lib/html.js";
import { withDefaults } from "../../../lib/middleware/defaults.js";
import { redirectTo } from "../../../lib/response.js";
import { GET, POST, routes } from "../../../lib/routes.js";
import type { RouteRequest } from "../../../lib/types.js";
import { sessionAssoc } from "../../../lib/updates.js";
import { browsing, hasBrowser } from "../../house/chromium.js";
import { serving } from "../../server/wire.js";

const page = (request: RouteRequest, smuggled = "") => [
  `<!doctype html><html lang="en"><meta charset="utf-8"><title></title><link rel="icon" href="data:,">${smuggled}`,
  html`<style nonce="${request.nonce}">h1 { color: rgb(1, 2, 3) }</style>
    <h1 style="margin: 0">Hello ${request.session.name ?? "stranger"}</h1>
    <form method="post" action="/name">${antiForgeryField(request)}<input name="name"><button>Save</button></form>
    <script nonce="${request.nonce}">document.title += "own"</script>`,
];

const mischief = `<script>document.title += "theirs "</script>
  <script nonce="AAAAAAAAAAAAAAAAAAAAAA==">document.title += "theirs "</script>
  <script src="data:text/javascript,document.title += 'theirs '"></script>
  <img src="data:," onerror="document.title += 'theirs '">`;

const site = decorate(
  routes(
    GET("/", (request) => page(request)),
    GET("/smuggled", (request) => page(request, mischief)),
    POST("/name", ({ params }) => [sessionAssoc("name", params.name ?? ""), redirectTo("/", 303)]),
  ),
  withDefaults("site", { antiForgery: { token: true } }),
);

/** Another port is another origin of the same site, which even gets the cookies. */
const elsewhere = (url: string) =>
  routes(
    GET(
      "/",
      html`<!doctype html><form method="post" action="${url}/name"><input name="name" value="Eve"><button>Win</button></form>`,
    ),
  );

/** A visitor; what their browser complains of is added to `complaints`. */
async function arrive(browser: Browser, complaints: string[]): Promise<Page> {
  const visitor = await browser.newPage();
  visitor.setDefaultTimeout(10_000);
  visitor.on("console", (message) => complaints.push(message.text()));
  visitor.on("pageerror", (error) => complaints.push(error.message));
  return visitor;
}

const headingOf = (visitor: Page) => visitor.locator("h1").textContent();

async function seesItsOwn(visitor: Page, url: string): Promise<void> {
  await visitor.goto(url);
  assert.is(await visitor.title(), "own");
  assert.is(await visitor.evaluate(`getComputedStyle(document.querySelector("h1")).color`), "rgb(1, 2, 3)");
  await visitor.locator("input[name=name]").fill("Ada");
  await Promise.all([visitor.waitForNavigation(), visitor.getByRole("button").click()]);
  assert.equal([new URL(visitor.url()).pathname, await headingOf(visitor)], ["/", "Hello Ada"]);
}

async function runsNoOther(visitor: Page, url: string): Promise<void> {
  await visitor.goto(`${url}/smuggled`);
  assert.is(await visitor.title(), "own");
}

async function takesNoFormFrom(foreign: string, visitor: Page, url: string): Promise<void> {
  await visitor.goto(foreign);
  const [answer] = await Promise.all([
    visitor.waitForResponse((response) => response.request().method() === "POST"),
    visitor.getByRole("button").click(),
  ]);
  assert.equal([answer.status(), await answer.text()], [403, "This request came from another site"]);
  assert.match(String((await answer.request().allHeaders()).cookie), /^composure-session=/);
  await visitor.goto(url);
  assert.is(await headingOf(visitor), "Hello Ada");
}

async function showsErrorsInStyle(visitor: Page, url: string): Promise<void> {
  await visitor.goto(`${url}/nowhere`);
  assert.is(await visitor.evaluate(`getComputedStyle(document.body).display`), "grid");
}

const ofPolicy = (complaints: readonly string[]) =>
  complaints.filter((text) => text.includes("Content Security Policy"));

if (hasBrowser) {
  test("a browser runs what is the site's own and no other script, and no form of another origin counts", () =>
    serving(site, ({ url }) =>
      serving(elsewhere(url), ({ url: foreign }) =>
        browsing(async (browser) => {
          const complaints: string[] = [];
          const visitor = await arrive(browser, complaints);
          await seesItsOwn(visitor, url);
          assert.equal(complaints, []);
          await takesNoFormFrom(foreign, visitor, url);
          await showsErrorsInStyle(visitor, url);
          assert.equal(ofPolicy(complaints), []);
          await runsNoOther(visitor, url);
          assert.is(ofPolicy(complaints).length, 4);
        }),
      ),
    ));
} else {
  console.log("skipped: withDefaults in Chromium: no chromium on this machine");
}

test.run();
