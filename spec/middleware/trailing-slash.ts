import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { ignoreTrailingSlash, trailingSlashRequest } from "../../lib/middleware/trailing-slash.js";
import { context, GET, routes } from "../../lib/routes.js";
import type { Request, Response } from "../../lib/types.js";

const get = (uri: string): Request => ({ method: "GET", uri, headers: {} });

test("slashes at the end are taken off, but for the root", () => {
  const paths = { "/about/": "/about", "/about//": "/about", "/": "/", "//": "/", "/about": "/about" };
  for (const [path, expected] of Object.entries(paths))
    assert.is(trailingSlashRequest(get(path)).uri, expected);
});

test("routes match with and without it, inside a context too", () => {
  const app = decorate(routes(GET("/about", "about")), ignoreTrailingSlash());
  assert.is((app(get("/about/")) as Response).body, "about");
  const inside = context("/x", app);
  assert.is((inside(get("/x/about/")) as Response).body, "about");
});

test.run();
