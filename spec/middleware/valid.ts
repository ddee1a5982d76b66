/** Handlers see what the schemas of any library have let through; everything else is 422, 415 or a clear error. */
import { type } from "arktype";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as v from "valibot";
import { z } from "zod";
import { decorate } from "../../lib/decorate.js";
import { withJson } from "../../lib/middleware/json.js";
import { withMultipart } from "../../lib/middleware/multipart.js";
import { withNestedParams } from "../../lib/middleware/nested-params.js";
import { withSession } from "../../lib/middleware/session.js";
import { type Schemas, valid } from "../../lib/middleware/valid.js";
import { json } from "../../lib/response.js";
import { context, GET, POST, routes } from "../../lib/routes.js";
import type { StandardSchema } from "../../lib/standard-schema.js";
import { client } from "../../lib/testing/client.js";
import { request } from "../../lib/testing/request.js";
import type { Awaitable, Handler, Request, RequestBody, Response } from "../../lib/types.js";

const urlencoded = { "content-type": "application/x-www-form-urlencoded" };
const posted = (body: RequestBody | undefined, headers: Request["headers"] = urlencoded): Request => ({
  method: "POST",
  uri: "/",
  headers,
  body,
});
const sentJson = (body: string): Request => posted(body, { "content-type": "application/json" });
const got = (answer: Awaitable<Response | null>): unknown => JSON.parse((answer as Response).body as string);
const issuesOf = (answer: Awaitable<Response | null>): unknown => {
  assert.is((answer as Response).status, 422);
  return (got(answer) as { issues: unknown }).issues;
};

/** The same schema in each library. */
const people = {
  zod: z.object({ name: z.string().min(2), age: z.coerce.number() }),
  valibot: v.object({
    name: v.pipe(v.string(), v.minLength(2)),
    age: v.pipe(v.string(), v.transform(Number), v.number()),
  }),
  arktype: type({ name: "string >= 2", age: "string.numeric.parse" }),
};

for (const [library, person] of Object.entries(people)) {
  const schema: StandardSchema<unknown, { name: string; age: number }> = person as never;

  test(`a handler gets what a schema of ${library} makes of a form, at once`, () => {
    const app = POST(
      "/",
      valid({ form: schema }, ({ form }) => json({ ...form, next: form.age + 1 })),
    );
    assert.equal(got(app(posted("name=Ada&age=36"))), { name: "Ada", age: 36, next: 37 });
  });

  test(`all issues of ${library} are listed with their places`, () => {
    let calls = 0;
    const app = POST(
      "/",
      valid({ form: schema }, () => String(calls++)),
    );
    const issues = issuesOf(app(posted("name=A&age=x"))) as { in: string; path: string; message: string }[];
    assert.equal(issues.map(({ in: part, path }) => `${part} ${path}`).sort(), ["form /age", "form /name"]);
    for (const { message } of issues) assert.type(message, "string");
    assert.is(calls, 0);
  });

  test(`whatever is sent, ${library} answers 200 or 422`, () => {
    const app = POST(
      "/",
      valid({ form: schema, params: schema }, () => "ok"),
    );
    const name = fc.constantFrom(
      "name",
      "age",
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "~standard",
    );
    const pairs = fc.array(fc.tuple(name, fc.string({ unit: "grapheme" })), { maxLength: 6 });
    fc.assert(
      fc.property(pairs, (list) => {
        const { status } = app(posted(new URLSearchParams(list).toString())) as Response;
        return status === 200 || status === 422;
      }),
      { numRuns: 200 },
    );
  });
}

test("every part is checked, and the issues of all are listed in the order of the schemas", () => {
  const id = z.object({ id: z.coerce.number() });
  const app = decorate(
    POST(
      "/:id",
      valid({ params: id, query: id, json: id, form: z.object({}) }, ({ params, query, form, json: body }) =>
        json({ params, query, form, body }),
      ),
    ),
    withJson(),
  );
  assert.equal(got(app({ ...sentJson('{"id":3}'), uri: "/1", queryString: "id=2" })), {
    params: { id: 1 },
    query: { id: 2 },
    form: {},
    body: { id: 3 },
  });
  const places = issuesOf(
    app({ ...sentJson('{"id":"x"}'), uri: "/x", queryString: "id=2&id=3" }),
  ) as object[];
  assert.equal(
    places.map((issue) => ({ ...issue, message: "" })),
    ["params", "query", "json"].map((part) => ({ in: part, path: "/id", message: "" })),
  );
});

test("what is not checked stays as it is, and the request is not changed", () => {
  const first = { ...posted("a=1"), queryString: "b=2" };
  const app = POST(
    "/",
    valid({ form: z.object({ a: z.string() }) }, ({ form, params, formParams, query }) =>
      json({ form, params, formParams, query: query === undefined }),
    ),
  );
  assert.equal(got(app(first)), {
    form: { a: "1" },
    params: { b: "2", a: "1" },
    formParams: { a: "1" },
    query: true,
  });
  assert.equal(Object.keys(first), ["method", "uri", "headers", "body", "queryString"]);
});

test("a repeated name gives an array in query and form, the last in params", () => {
  const list = z.object({ a: z.array(z.string()) });
  const last = z.object({ a: z.string() });
  const app = POST(
    "/",
    valid({ query: list, form: list, params: last }, ({ query, form, params }) =>
      json([query.a, form.a, params.a]),
    ),
  );
  assert.equal(got(app({ ...posted("a=3&a=4"), queryString: "a=1&a=2" })), [["1", "2"], ["3", "4"], "4"]);
});

test("params are nested under withNestedParams, with those of the route over them", () => {
  const schema = z.object({
    id: z.string(),
    user: z.object({ name: z.string() }),
    tags: z.array(z.string()),
  });
  const app = decorate(
    context(
      "/in/:id",
      POST(
        "/",
        valid({ params: schema }, ({ params }) => json(params)),
      ),
    ),
    withNestedParams(),
  );
  const sent = posted("id=form&user[name]=Ada&tags[]=x");
  assert.equal(got(app({ ...sent, uri: "/in/7" })), { id: "7", user: { name: "Ada" }, tags: ["x"] });
  const wrong = issuesOf(app({ ...posted("user[age]=1&tags[][x]=1"), uri: "/in/7" })) as { path: string }[];
  assert.equal(
    wrong.map(({ path }) => path),
    ["/user/name", "/tags/0"],
  );
});

test("the text of a multipart form is a form; its files are not", async () => {
  const app = decorate(
    POST(
      "/",
      valid({ form: z.strictObject({ title: z.string() }) }, ({ form }) => json(form)),
    ),
    withMultipart(),
  );
  const form = new FormData();
  form.set("title", "A cat");
  form.set("photo", new File(["meow"], "cat.txt"));
  const { headers, body } = new globalThis.Response(form);
  const type = headers.get("content-type") as string;
  const response = await app(posted(body as unknown as RequestBody, { "content-type": type }));
  assert.equal(got(response), { title: "A cat" });
});

test("schemas get ordinary maps without __proto__, at every depth", () => {
  const seen: unknown[] = [];
  const validate = (value: unknown) => {
    seen.push(value);
    return { value };
  };
  const spy: StandardSchema = { "~standard": { version: 1, vendor: "spec", validate } };
  const app = decorate(
    POST(
      "/:id",
      valid({ params: spy, query: spy, form: spy }, () => "ok"),
    ),
    withNestedParams(),
  );
  app({
    ...posted("__proto__[x]=1&a[__proto__][y]=1&constructor=c"),
    uri: "/7",
    queryString: "__proto__=1&__proto__=2&q=1",
  });
  assert.equal(seen, [
    { q: "1", a: {}, constructor: "c", id: "7" },
    { q: "1" },
    { "a[__proto__][y]": "1", "__proto__[x]": "1", constructor: "c" },
  ]);
  for (const map of seen) assert.is(Object.getPrototypeOf(map), Object.prototype);
});

test("an async schema is waited for, and so is an async handler; a handler may answer null", async () => {
  const schema = z.object({ name: z.string().refine(async (name) => name === "Ada") });
  const app = POST(
    "/",
    valid({ form: schema }, async ({ form }) => form.name),
  );
  const answer = app(posted("name=Ada"));
  assert.instance(answer, Promise);
  assert.is(((await answer) as Response).body, "Ada");
  assert.equal((issuesOf(await app(posted("name=Bob"))) as { path: string }[])[0]?.path, "/name");
  const none = routes(
    POST(
      "/",
      valid({ form: z.object({}) }, () => null),
    ),
    POST("/", "next"),
  );
  assert.is((none(posted("")) as Response).body, "next");
});

test("of a part at most a hundred issues are told", () => {
  const app = decorate(
    POST(
      "/",
      valid({ json: z.array(z.string()), query: z.object({ a: z.string() }) }, () => "x"),
    ),
    withJson(),
  );
  assert.is((issuesOf(app(sentJson(JSON.stringify(Array(1000).fill(1))))) as unknown[]).length, 101);
});

test("a schema that refuses without a reason has refused", () => {
  const schema: StandardSchema = {
    "~standard": { version: 1, vendor: "spec", validate: () => ({ issues: [] }) },
  };
  const app = POST(
    "/",
    valid({ form: schema, query: z.object({}) }, () => "x"),
  );
  assert.equal(issuesOf(app(posted(""))), []);
});

test("a schema that throws or rejects is an error of its own", async () => {
  const failing = (validate: () => never | Promise<never>): StandardSchema => ({
    "~standard": { version: 1, vendor: "spec", validate },
  });
  const fault = new Error("schema");
  const throwing = failing(() => {
    throw fault;
  });
  const rejecting = failing(() => Promise.reject(fault));
  assert.throws(
    () =>
      POST(
        "/",
        valid({ form: throwing }, () => "x"),
      )(posted("")),
    /schema/,
  );
  try {
    await POST(
      "/",
      valid({ form: rejecting, query: throwing }, () => "x"),
    )(posted(""));
    assert.unreachable();
  } catch (error) {
    assert.is(error, fault);
  }
});

test("a body of another type is 415 where JSON is checked", () => {
  const app = decorate(
    POST(
      "/",
      valid({ json: z.object({}) }, () => "ok"),
    ),
    withJson(),
  );
  for (const sent of [posted("a=1"), posted("{}", { "content-type": "text/plain" }), posted("{}", {})]) {
    try {
      app(sent);
      assert.unreachable();
    } catch (error) {
      const { status, message, headers } = error as { status: number; message: string; headers: object };
      assert.equal([status, message, headers], [415, "JSON is expected", { accept: "application/json" }]);
    }
  }
});

test("without a body json is undefined, and the schema decides", () => {
  const make = (schema: StandardSchema) =>
    decorate(
      POST(
        "/",
        valid({ json: schema }, ({ json: value }) => json(value ?? "none")),
      ),
      withJson(),
    );
  for (const sent of [
    sentJson(""),
    posted(undefined, {}),
    posted(null as never, {}),
    posted(Buffer.alloc(0), {}),
  ]) {
    assert.equal((issuesOf(make(z.object({}))(sent)) as { path: string }[])[0]?.path, "");
    assert.is(got(make(z.optional(z.object({})))(sent)), "none");
  }
});

test("JSON that nobody has read is a mistake of the program, and the error says what is missing", () => {
  const app: Handler = POST(
    "/",
    valid({ json: z.object({}) }, () => "ok"),
  );
  assert.throws(
    () => app(sentJson("{}")),
    (error: Error) =>
      error instanceof TypeError && /^valid: .*Put withJson\(\) around the routes$/.test(error.message),
  );
});

test("a form that is not valid comes back once, with its issues and values, and without its password", async () => {
  const schema = z.object({ name: z.string().min(2), password: z.string().min(9) });
  const app = decorate(
    routes(
      GET("/sign", ({ flash }) => json(flash)),
      POST(
        "/sign",
        valid({ form: schema }, () => "signed"),
      ),
    ),
    withSession({ type: "cookie", keys: ["k".repeat(32)] }),
  );
  const visit = client(app);
  const form = { name: "A", password: "hunter2" };
  const headers = { accept: "text/html,*/*;q=0.8" };
  const back = await visit(request("POST", "/sign", { form, headers }));
  assert.equal([back?.status, back?.headers.location], [303, "/sign"]);
  const page = JSON.parse(String((await visit("GET", "/sign"))?.body));
  assert.equal(page.values, { name: "A" });
  assert.equal(
    page.issues.map(({ path }: { path: string }) => path),
    ["/name", "/password"],
  );
  assert.is(String((await visit("GET", "/sign"))?.body), "{}");
});

test("wrong schemas and handlers fail when the route is made", () => {
  const make =
    (schemas: unknown, handler: unknown = () => "x") =>
    () =>
      valid(schemas as Schemas, handler as never);
  assert.throws(make({}), /^valid: expected at least one schema, such as \{ form: schema \}, got \{\}/);
  assert.throws(
    make({ body: z.string() }),
    /^valid: expected options among params, query, form, json, got "body"/,
  );
  assert.throws(make(undefined), /^valid: expected a map of options, got undefined/);
  for (const schema of [{ name: "string" }, undefined, z, "x"]) {
    assert.throws(make({ form: schema }), /^valid: expected a Standard Schema, .*, as "form", got /);
  }
  assert.throws(make({ form: z.string() }, "x"), /^valid: expected a handler \(a function\) second, got "x"/);
});

test.run();
