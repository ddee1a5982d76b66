/** The guestbook on two processes that share a Redis, behind the nginx of docs/deployment.md, in a real browser. */
import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { browsing, hasBrowser } from "../house/chromium.js";
import { type Deployed, deployed } from "../house/deployment.js";
import {
  arrive,
  at,
  type Guestbook,
  messagesOn,
  noticeOn,
  press,
  startGuestbook,
} from "../house/guestbook.js";
import { lacking as lacksNginx } from "../house/nginx.js";
import { hasRedis, startRedis } from "../house/redis.js";

const lacking =
  lacksNginx ??
  (hasRedis ? undefined : "no redis-server") ??
  (hasBrowser ? undefined : "no chromium") ??
  (existsSync("dist/redis.js") ? undefined : "no dist/redis.js; npm run build makes it");

type Site = Deployed & {
  readonly first: Guestbook;
  readonly second: Guestbook;
  /** Starts the first one again, where it was. */
  readonly again: () => Promise<Guestbook>;
};

/** Runs two guestbooks on one Redis behind nginx, until `use` is done with them. */
async function serving(use: (site: Site) => Promise<void>): Promise<void> {
  const redis = await startRedis();
  const books: Guestbook[] = [];
  const start = async (env: NodeJS.ProcessEnv = {}) => {
    const book = await startGuestbook({ REDIS_URL: redis.url, TRUST: "127.0.0.1", ...env });
    books.push(book);
    return book;
  };
  try {
    const [first, second] = [await start(), await start()];
    const again = () => start({ PORT: String(first.port) });
    await deployed([first.port, second.port], (nginx) => use({ ...nginx, first, second, again }));
  } finally {
    for (const { kill } of books) kill();
    await redis.stop();
  }
}

const upstreamOf = ({ port }: Guestbook): string => `127.0.0.1:${port}`;

/** How many requests each of the two has answered. */
const shares = ({ upstreams, first, second }: Site): readonly number[] =>
  [first, second].map((book) => upstreams().filter((upstream) => upstream === upstreamOf(book)).length);

async function sign(page: Page, message: string): Promise<void> {
  await page.goto("/write");
  await page.getByLabel("Your message").fill(message);
  await press(page, "Sign the book");
  await at(page, "/");
}

async function signIn(page: Page, name: string): Promise<void> {
  await page.goto("/write");
  await at(page, "/sign-in");
  await page.getByLabel("Your name").fill(name);
  await press(page, "Sign in");
  await at(page, "/write");
}

/** The page of the book, several times, so that both processes show it: always the same, and nothing is told again. */
async function stays(page: Page, messages: readonly string[]): Promise<void> {
  for (let n = 0; n < 6; n++) {
    assert.is((await page.goto("/"))?.status(), 200);
    assert.equal(await messagesOn(page), messages);
    assert.equal(await noticeOn(page), []);
    assert.is(await page.getByText("You are Ada").count(), 1);
  }
}

if (lacking !== undefined) {
  console.log(`skipped: guestbook on two processes behind nginx: ${lacking}`);
} else {
  test("a visitor signs the book that two processes share, while one of them leaves and comes back", () =>
    serving((site) =>
      browsing(async (browser) => {
        const troubles: string[] = [];
        const baseURL = `https://localhost:${site.port}`;
        const ada = await arrive(browser, { baseURL, ignoreHTTPSErrors: true }, troubles);

        await signIn(ada, "Ada");
        assert.equal(await noticeOn(ada), ["Welcome, Ada."]);
        await sign(ada, "from two");
        assert.equal(await noticeOn(ada), ["Thank you. It is in the book."]);
        await stays(ada, ["from two"]);
        const [cookie] = await ada.context().cookies();
        assert.equal([cookie?.name, cookie?.secure, cookie?.httpOnly], ["composure-session", true, true]);
        for (const share of shares(site)) assert.ok(share > 5, `a share of ${share}`);

        assert.equal(await site.first.stop(), [0, null]);
        const [before] = shares(site);
        await sign(ada, "from one");
        await stays(ada, ["from one", "from two"]);
        assert.is(shares(site)[0], before);

        await site.again();
        await ada.waitForTimeout(1_000);
        await sign(ada, "from two again");
        await stays(ada, ["from two again", "from one", "from two"]);
        assert.ok(shares(site)[0]! > before!, "the first takes part again");
        assert.equal(troubles, []);
      }),
    ));
}

test.run();
