/** The guestbook on two processes that share a Redis, behind the nginx of docs/deployment.md, in a real browser. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { Agent, type RequestOptions, request } from "node:https";
import type { Page } from "playwright-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { browsing, hasBrowser } from "../house/chromium.js";
import { type Deployed, deployed } from "../house/deployment.js";
import { arrive, at, messagesOn, noticeOn, press, startGuestbook } from "../house/guestbook.js";
import { lacking as lacksNginx } from "../house/nginx.js";
import { freePort } from "../house/port.js";
import { hasRedis, startRedis } from "../house/redis.js";
import type { Server } from "../house/server.js";

const lacking =
  lacksNginx ??
  (hasRedis ? undefined : "no redis-server") ??
  (hasBrowser ? undefined : "no chromium") ??
  (existsSync("dist/redis.js") ? undefined : "no dist/redis.js; npm run build makes it");

type Site = Deployed & {
  /** Where the two listen. */
  readonly ports: readonly [number, number];
  /** Asks the one on this port to end, and to end well. */
  readonly stop: (port: number, signal: "SIGINT" | "SIGTERM") => Promise<void>;
  readonly start: (port: number) => Promise<void>;
};

/** Runs two guestbooks on one Redis behind nginx, until `use` is done with them. */
async function serving(use: (site: Site) => Promise<void>): Promise<void> {
  const redis = await startRedis();
  const books = new Map<number, Server>();
  const start = async (port: number): Promise<void> => {
    const env = { REDIS_URL: redis.url, TRUST: "127.0.0.1", PORT: String(port) };
    books.set(port, await startGuestbook(env));
  };
  const stop: Site["stop"] = async (port, signal) => {
    const book = books.get(port)!;
    assert.equal(await book.stop(signal), [0, null], book.report());
  };
  try {
    const ports = [await freePort(), await freePort()] as const;
    await Promise.all(ports.map(start));
    await deployed(ports, (nginx) => use({ ...nginx, ports, start, stop }));
  } finally {
    for (const { kill } of books.values()) kill();
    await redis.stop();
  }
}

/** How many requests each of the two has answered. */
const shares = ({ upstreams, ports }: Site): readonly number[] =>
  ports.map((port) => upstreams().filter((upstream) => upstream === `127.0.0.1:${port}`).length);

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
  for (let n = 0; n < 4; n++) {
    assert.is((await page.goto("/"))?.status(), 200);
    assert.equal(await messagesOn(page), messages);
    assert.equal(await noticeOn(page), []);
    assert.is(await page.getByText("You are Ada").count(), 1);
  }
}

type Tally = { [statusOrFailure: string]: number };

/** Asks for pages and posts forms, eight at a time, while something happens; gives how often each status came, or none. */
async function loaded(port: number, meanwhile: () => Promise<void>): Promise<Tally> {
  const agent = new Agent({ keepAlive: true });
  const counts: Tally = {};
  let isOver = false;
  const ask = async (options: RequestOptions, form = ""): Promise<number> => {
    const headers = { host: "localhost", "content-type": "application/x-www-form-urlencoded" };
    const toSite = { host: "127.0.0.1", port, servername: "localhost", rejectUnauthorized: false, agent };
    const signal = AbortSignal.timeout(15_000);
    const [response] = await once(request({ ...toSite, headers, signal, ...options }).end(form), "response");
    await response.resume().toArray();
    return response.statusCode;
  };
  const count = async (asked: Promise<number>): Promise<void> => {
    const outcome = await asked.catch(String);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  };
  const visit = async (): Promise<void> => {
    while (!isOver) {
      await count(ask({ path: "/" }));
      await count(ask({ path: "/sign-in", method: "POST" }, "name=Ada"));
    }
  };
  const visits = Array.from({ length: 8 }, visit);
  try {
    await meanwhile();
  } finally {
    isOver = true;
    await Promise.all(visits);
    agent.destroy();
  }
  return counts;
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

        await site.stop(site.ports[0], "SIGINT");
        const [before] = shares(site);
        await sign(ada, "from one");
        await stays(ada, ["from one", "from two"]);
        assert.is(shares(site)[0], before);

        await site.start(site.ports[0]);
        await sign(ada, "from two again");
        await stays(ada, ["from two again", "from one", "from two"]);
        assert.ok(shares(site)[0]! > before!, "the first takes part again");
        assert.equal(troubles, []);
      }),
    ));

  test("of the requests that come while the processes restart one after the other none fails", () =>
    serving(async ({ port, ports, start, stop }) => {
      const counts = await loaded(port, async () => {
        for (const one of ports) {
          await stop(one, "SIGTERM");
          await start(one);
        }
      });
      assert.equal(Object.keys(counts), ["200", "302"]);
    }));
}

test.run();
