import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromFetch, toFetch } from "../lib/fetch.js";

type Sent = { status: number; fields: [string, string][]; cookies: string[]; body: Uint8Array };

const name = fc.constantFrom("content-type", "x-a", "etag", "location", "vary");
const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
const status = fc.integer({ min: 200, max: 599 });
const responses: fc.Arbitrary<Sent> = fc.record({
  status,
  fields: fc.uniqueArray(fc.tuple(name, value), { selector: ([name]) => name }),
  cookies: fc.array(value, { maxLength: 3 }),
  body: fc.uint8Array({ maxLength: 1000 }),
});

const hasBody = (status: number): boolean => ![204, 205, 304].includes(status);

function made({ status, fields, cookies, body }: Sent): Response {
  const headers = new Headers(fields);
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return new Response(hasBody(status) ? body : null, { status, headers });
}

const shown = async (response: Response) => {
  const headers = [...response.headers].filter(([name]) => name !== "content-length");
  return { status: response.status, headers, body: [...new Uint8Array(await response.arrayBuffer())] };
};

test("a fetch handler is the same when it has been a handler", () =>
  fc.assert(
    fc.asyncProperty(responses, async (sent) => {
      const there = toFetch(fromFetch(() => made(sent)));
      assert.equal(await shown(await there(new Request("http://a/"))), await shown(made(sent)));
    }),
  ));

const segment = fc.stringMatching(/^[\w;,@:=+~-]{1,8}$/);
const requests = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"),
  path: fc.array(segment, { maxLength: 4 }),
  query: fc.option(fc.stringMatching(/^[\w=&%+]{1,20}$/)),
  body: fc.uint8Array({ maxLength: 1000 }),
});

test("a web request is the same when it has been a request map", () =>
  fc.assert(
    fc.asyncProperty(requests, async ({ method, path, query, body }) => {
      const url = `https://example.com/${path.join("/")}${query === null ? "" : `?${query}`}`;
      const init = method === "GET" ? { method } : { method, body, headers: { "content-type": "a/b" } };
      const echo = async (request: Request) => {
        const { method, url, headers } = request;
        const bytes = Buffer.from(await request.arrayBuffer()).toString("hex");
        return Response.json({ method, url, type: headers.get("content-type"), bytes });
      };
      const there = await toFetch(fromFetch(echo))(new Request(url, init));
      assert.equal(await there.json(), await (await echo(new Request(url, init))).json());
    }),
  ));

test.run();
