import { test } from "uvu";
import * as assert from "uvu/assert";
import { decorate } from "../lib/decorate.js";
import { client } from "../lib/testing/client.js";
import { typed } from "../lib/typed.js";

const { GET, routes, sessionAssoc, alterSession, sessionDissoc, setSession, withSession } = typed<{
  name?: string;
  n?: number;
}>();

test("the typed builders are the builders, and work as they do", async () => {
  const visit = client(
    decorate(
      routes(
        GET("/", ({ session }) => `${session.name ?? "stranger"} ${session.n ?? 0}`),
        GET("/set/:name", ({ params }) => [sessionAssoc("name", params.name, "n", 1), "x"]),
        GET("/more", () => [
          alterSession((session, by: number) => ({ ...session, n: (session.n ?? 0) + by }), 2),
          "x",
        ]),
        GET("/drop", () => [sessionDissoc("name"), "x"]),
        GET("/whole", () => [setSession({ n: 9 }), "x"]),
      ),
      withSession({ subject: (session) => session.name }),
    ),
  );
  const read = async () => (await visit("GET", "/"))?.body;
  assert.is(await read(), "stranger 0");
  await visit("GET", "/set/Ada");
  await visit("GET", "/more");
  assert.is(await read(), "Ada 3");
  await visit("GET", "/drop");
  assert.is(await read(), "stranger 3");
  await visit("GET", "/whole");
  assert.is(await read(), "stranger 9");
});

test.run();
