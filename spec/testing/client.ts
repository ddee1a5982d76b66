import { test } from "uvu";
import * as assert from "uvu/assert";
import { deleteCookie, json, setCookie } from "../../lib/response.js";
import { GET, routes } from "../../lib/routes.js";
import { client } from "../../lib/testing/client.js";
import { request } from "../../lib/testing/request.js";

const app = routes(
  GET("/", ({ cookies }) => json(cookies)),
  GET("/set/:name/:value", ({ params }) => [setCookie(params.name, params.value, { path: "/" }), "x"]),
  GET("/deep/set", () => [setCookie("deep", "1"), setCookie("root", "1", { path: "/" }), "x"]),
  GET("/deep/read", ({ cookies }) => json(cookies)),
  GET("/deeper", ({ cookies }) => json(cookies)),
  GET("/drop/:name", ({ params }) => [deleteCookie(params.name, { path: "/" }), "x"]),
);
const cookies = async (visit: ReturnType<typeof client>, uri = "/") =>
  JSON.parse(String((await visit("GET", uri))?.body));

test("cookies are kept from call to call, and dropped when they expire", async () => {
  const visit = client(app);
  await visit("GET", "/set/a/x%20y");
  await visit("GET", "/set/b/2");
  await visit("GET", "/set/b/3");
  assert.equal(await cookies(visit), { a: "x y", b: "3" });
  await visit("GET", "/drop/a");
  assert.equal(await cookies(visit), { b: "3" });
});

test("a cookie goes to its path only", async () => {
  const visit = client(app);
  await visit("GET", "/deep/set");
  assert.equal(await cookies(visit, "/deep/read"), { deep: "1", root: "1" });
  assert.equal(await cookies(visit, "/deeper"), { root: "1" });
});

test("a request map of one's own gets the cookies too", async () => {
  const visit = client(app);
  await visit("GET", "/set/a/1");
  const response = await visit(request("GET", "/", { cookies: { own: "2" } }));
  assert.equal(JSON.parse(String(response?.body)), { own: "2", a: "1" });
});

test("two clients are two browsers, and null is null", async () => {
  const [one, two] = [client(app), client(app)];
  await one("GET", "/set/a/1");
  assert.equal(await cookies(two), {});
  assert.is(await one("GET", "/nowhere"), null);
});

test.run();
