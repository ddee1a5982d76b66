import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../../lib/decorate.js";
import { withContext } from "../../lib/middleware/context.js";
import { GET, routes } from "../../lib/routes.js";
import type { Request, Response } from "../../lib/types.js";

const get = (uri: string): Request => ({ method: "GET", uri, headers: {} });

test("a handler stands under a prefix, by whole segments", () => {
  const app = decorate(
    routes(GET("/post/:id", ({ params, route }) => `${route} ${params.id} ${params.blog}`)),
    withContext("/blog/:blog"),
  );
  assert.is((app(get("/blog/b/post/1")) as Response).body, "/blog/:blog/post/:id 1 b");
  assert.is(app(get("/blogs/b/post/1")), null);
});

test("a wrong prefix fails when the decorator is made", () => {
  assert.throws(() => withContext("blog"), TypeError);
});

test.run();
