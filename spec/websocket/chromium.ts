/** WebSockets as pages use them, in a real browser: cookies, origins, codes. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { withSession } from "../../lib/middleware/session.js";
import { GET, routes } from "../../lib/routes.js";
import { serve } from "../../lib/server.js";
import { alterSession, sessionAssoc } from "../../lib/updates.js";
import { type WebSocketOptions, websocket } from "../../lib/websocket.js";
import { browsing, hasBrowser } from "../house/chromium.js";

/** A site with a page, a WebSocket for those who have a name, and notes on who came. */
async function site(name: string, options: WebSocketOptions = {}) {
  const seen: unknown[] = [];
  const opened: string[] = [];
  const chat = websocket(
    {
      open(socket) {
        opened.push(name);
        return socket.send(`Hello ${socket.request.session?.name}`);
      },
      message: (socket, data) => (data === "bye" ? socket.close(4000, "so long") : socket.send(data)),
      close: (_, code, reason) => seen.push([code, reason]),
    },
    options,
  );
  const count = alterSession((session) => ({ ...session, visits: Number(session.visits ?? 0) + 1 }));
  const app = routes(
    GET("/", "<!doctype html><title>A page</title>"),
    GET("/sign-in", [sessionAssoc("name", "Ada"), "Welcome"]),
    GET("/visits", ({ session }) => String(session.visits)),
    GET("/chat", ({ session }) => (session.name === undefined ? [401, "Sign in first"] : [count, chat])),
  );
  const server = await serve(decorate(app, withSession({ cookie: { name } })), { port: 0, signals: false });
  return { ...server, seen, opened, chatUrl: `${server.url.replace("http", "ws")}/chat` };
}

/** Runs in the page: connects, says what it is told to, and gives all that it sees. */
const talk = (url: string, ...words: string[]): string => `new Promise((resolve) => {
  const seen = [];
  const socket = new WebSocket(${JSON.stringify(url)}, []);
  socket.binaryType = "arraybuffer";
  const words = ${JSON.stringify(words)};
  socket.onopen = () => seen.push("open");
  socket.onmessage = ({ data }) => {
    seen.push(typeof data === "string" ? data : [...new Uint8Array(data)]);
    if (words.length === 0) socket.close(3000, "done");
    else socket.send(words[0] === "bytes" ? new Uint8Array([0, 255]) : words[0]);
    words.shift();
  };
  socket.onclose = ({ code, reason }) => resolve([...seen, code, reason]);
})`;

if (!hasBrowser) {
  console.log("skipped: WebSockets in Chromium: no chromium on this machine");
} else {
  test("a page talks with its site, which knows its session, and other sites may not", async () => {
    const home = await site("home");
    const other = await site("other");
    const friend = await site("friend", { trustedOrigins: [home.url] });
    try {
      await browsing(async (browser) => {
        const page = await browser.newPage();
        await page.goto(home.url);
        const ask = (...args: Parameters<typeof talk>) => page.evaluate(talk(...args));

        assert.equal(await ask(home.chatUrl), [1006, ""], "who has no name is refused");
        for (const { url } of [other, friend, home]) await page.goto(`${url}/sign-in`);
        const greetings = ["open", "Hello Ada", "é!", [0, 255]];
        assert.equal(await ask(home.chatUrl, "é!", "bytes"), [...greetings, 3000, "done"]);
        assert.equal(await ask(home.chatUrl, "bye"), ["open", "Hello Ada", 4000, "so long"]);
        await page.goto(`${home.url}/visits`);
        assert.is(await page.textContent("body"), "2", "the session that the handshake changed was saved");

        assert.equal(await ask(other.chatUrl), [1006, ""], "a page of another site is refused");
        assert.equal(await ask(friend.chatUrl, "bye"), ["open", "Hello Ada", 4000, "so long"]);
        assert.equal(other.seen, []);

        const before = home.opened.length;
        const open = ask(home.chatUrl, ...Array(20_000).fill("again"));
        while (home.opened.length === before) await page.waitForTimeout(10);
        await home.close({ grace: 5 });
        assert.is(((await open) as unknown[]).at(-2), 1001, "a server that closes says goodbye");
        assert.equal(home.seen.slice(0, 2), [
          [3000, "done"],
          [4000, "so long"],
        ]);
      });
    } finally {
      for (const { close } of [home, other, friend]) await close({ grace: 0 });
    }
  });
}

test.run();
