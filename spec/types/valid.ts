/** Read by the compiler only: what a handler gets has the types of the schemas, whichever library they are of. */
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import {
  GET,
  html,
  POST,
  type Result,
  redirectTo,
  type StandardSchema,
  typed,
  valid,
} from "../../lib/index.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

const page = z.object({ page: z.coerce.number() });
const person = v.object({ name: v.string(), age: v.pipe(v.string(), v.transform(Number)) });
const order = type({ id: "number", "tags?": "string[]" });

export const routes = [
  GET(
    "/zod",
    valid({ query: page }, ({ query }) => {
      same<typeof query, { page: number }>(true);
      return String(query.page);
    }),
  ),
  POST(
    "/valibot",
    valid({ form: person }, ({ form }) => {
      same<typeof form, { name: string; age: number }>(true);
      return form.name;
    }),
  ),
  POST(
    "/arktype",
    valid({ json: order }, ({ json }) => {
      same<typeof json, { id: number; tags?: string[] }>(true);
      return json.tags?.join() ?? null;
    }),
  ),
  POST(
    "/:id/all",
    valid(
      { params: z.object({ id: z.coerce.number() }), query: page, form: person, json: order },
      (request) => {
        same<typeof request.params, { id: number }>(true);
        same<
          [typeof request.query.page, typeof request.form.age, typeof request.json.id],
          [number, number, number]
        >(true);
        request.uri satisfies string;
        request.headers satisfies { readonly [name: string]: string | undefined };
        request.cookies.theme satisfies string | undefined;
        return redirectTo("/");
      },
    ),
  ),
  GET(
    "/user/:id",
    valid({ query: page }, async ({ params, query }) => {
      params.id satisfies string;
      params.other satisfies string | undefined;
      // @ts-expect-error: what is no parameter of the pattern may be missing
      params.other satisfies string;
      return html`${params.id} ${query.page}`;
    }),
  ),
];

const my = typed<{ name?: string; count?: number }>();
export const typedRoutes = [
  my.POST(
    "/name/:id",
    valid({ form: person }, ({ form, session, params }) => {
      session.count satisfies number | undefined;
      params.id satisfies string;
      return [my.sessionAssoc("name", form.name), html`Hello ${session.name}`];
    }),
  ),
];

declare const own: StandardSchema<unknown, { a: 1 }>;
valid({ form: own }, ({ form }) => String(form.a satisfies 1));

export const wrong = [
  // @ts-expect-error: the form has no such field
  valid({ form: person }, ({ form }) => form.nope),
  // @ts-expect-error: the field has another type
  valid({ form: person }, ({ form }) => form.age.trim()),
  // @ts-expect-error: there is no such part
  valid({ body: person }, () => "x"),
  // @ts-expect-error: this is no schema
  valid({ form: { name: "string" } }, () => "x"),
  // @ts-expect-error: true is no update
  valid({ form: person }, () => true),
  // @ts-expect-error: what was not checked is not known
  valid({ form: person }, ({ json }) => json.id),
];

export const alone: Result = valid({ form: person }, ({ form }) => form.name)({} as never);
