/** The guestbook as people see it: two of them walk through it in a real browser. */
import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { browsing, hasBrowser } from "../house/chromium.js";
import { arrive, at, follow, messagesOn, noticeOn, press, startGuestbook } from "../house/guestbook.js";

const desk = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

/** Runs the guestbook as its reader would, until `use` is done with its address. */
async function serving(use: (url: string) => Promise<void>): Promise<void> {
  const { url, report, stop, kill } = await startGuestbook();
  try {
    await use(url);
    assert.equal(await stop("SIGINT"), [0, null], report());
  } finally {
    kill();
  }
}

const shoot = (page: Page, name: string) => page.screenshot({ path: `.build/screens/${name}.png` });

const faultOn = (page: Page) => page.locator(".fault").allTextContents();
const namesOn = (page: Page) => page.locator(".signature bdi").allTextContents();

const sound = {
  language: "en",
  headings: 1,
  landmarks: ["header", "main", "footer"],
  unlabelled: 0,
  overflows: false,
};

/** What holds for every page. */
async function inspect(page: Page): Promise<void> {
  const seen = await page.evaluate(`({
    language: document.documentElement.lang,
    headings: document.querySelectorAll("h1").length,
    landmarks: ["header", "main", "footer"].filter((name) => document.querySelector("body > " + name)),
    unlabelled: [...document.querySelectorAll("input, textarea")].filter(({ labels }) => labels.length === 0).length,
    overflows: document.documentElement.scrollWidth > innerWidth,
  })`);
  assert.equal(seen, sound, page.url());
}

const hostile = `<script>alert(1)</script>\nHell${"o".repeat(120)}!`;
const mixed = "שלום from the phone";

async function signByKeyboard(page: Page): Promise<void> {
  await page.goto("/");
  await inspect(page);
  await shoot(page, "desk-blank");
  await follow(page, "Sign the book");
  await at(page, "/sign-in");
  await inspect(page);
  await shoot(page, "desk-sign-in");
  await page.keyboard.type("Ada");
  await page.keyboard.press("Enter");
  await at(page, "/write");
  assert.equal(await noticeOn(page), ["Welcome, Ada."]);
  await inspect(page);
  await page.keyboard.insertText(hostile);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await at(page, "/");
  assert.equal(await noticeOn(page), ["Thank you. It is in the book."]);
  assert.equal(await messagesOn(page), [hostile]);
  await shoot(page, "desk-signed");
  await page.reload();
  assert.equal(await noticeOn(page), []);
}

async function signAfterFaults(page: Page): Promise<void> {
  await page.goto("/write");
  await page.getByLabel("Your name").fill("Grace");
  await press(page, "Sign in");
  const field = page.getByLabel("Your message");
  await field.fill("   ");
  await press(page, "Sign the book");
  assert.equal(await faultOn(page), ["Please write your message."]);
  assert.is(await field.getAttribute("aria-invalid"), "true");
  await shoot(page, "phone-dark-fault");
  await field.fill("x".repeat(501));
  await press(page, "Sign the book");
  assert.equal(await faultOn(page), ["A message can have 500 characters; this one has 501."]);
  assert.is((await field.inputValue()).length, 501);
  await field.fill(mixed);
  await press(page, "Sign the book");
  assert.equal(await messagesOn(page), [mixed, hostile]);
  await shoot(page, "phone-dark-signed");
}

async function takeAnotherName(page: Page): Promise<void> {
  await follow(page, "Change name");
  await inspect(page);
  const field = page.getByLabel("Your new name");
  assert.is(await field.inputValue(), "Ada");
  await field.fill("Countess Lovelace");
  await press(page, "Take this name");
  assert.equal(await noticeOn(page), ["You are Countess Lovelace now."]);
  assert.equal(await namesOn(page), ["Grace", "Ada"]);
  await page.emulateMedia({ colorScheme: "dark" });
  await shoot(page, "desk-dark-signed");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(phone.viewport);
  await inspect(page);
  await shoot(page, "phone-signed");
}

async function signOutForGood(page: Page): Promise<void> {
  await page.goto("/name");
  await press(page, "Sign out");
  assert.equal(await noticeOn(page), ["Goodbye, and come again."]);
  await page.goBack();
  await at(page, "/sign-in");
  assert.is(await page.getByText("Lovelace").count(), 0);
}

async function loseTheWay(page: Page): Promise<void> {
  const response = await page.goto("/nowhere");
  assert.is(response?.status(), 404);
  await inspect(page);
  await shoot(page, "phone-nowhere");
}

if (!existsSync("dist/index.js")) {
  console.log("skipped: guestbook in Chromium: no dist/index.js; npm run build makes it");
} else if (!hasBrowser) {
  console.log("skipped: guestbook in Chromium: no chromium on this machine");
} else {
  test("two people sign the book, one by keyboard, one on a phone without JavaScript", async () => {
    await serving((baseURL) =>
      browsing(async (browser) => {
        const troubles: string[] = [];
        const ada = await arrive(browser, { ...desk, baseURL, colorScheme: "light" }, troubles);
        const unscripted = { colorScheme: "dark", javaScriptEnabled: false } as const;
        const grace = await arrive(browser, { ...phone, ...unscripted, baseURL }, troubles);
        await signByKeyboard(ada);
        await signAfterFaults(grace);
        await takeAnotherName(ada);
        await signOutForGood(ada);
        assert.equal(troubles, []);
        await loseTheWay(ada);
      }),
    );
  });
}

test.run();
