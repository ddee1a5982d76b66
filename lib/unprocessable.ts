/** What a client hears whose request is not valid: RFC 9110 section 15.5.21. */
import { mediaType } from "./body.js";
import { type Html, html } from "./html.js";
import { problem } from "./problem.js";
import { headerOf } from "./request.js";
import { redirectLocal } from "./response.js";
import { acceptedType } from "./text/accept.js";
import { isOriginOf } from "./text/origin.js";
import { statusPhrase } from "./text/status.js";
import type { JsonMap, RepeatedParams, Request, ResponseMap, Update } from "./types.js";

/** Something that is wrong with a request. */
export type Issue = {
  /** The part of the request that it is in. */
  readonly in: "params" | "query" | "form" | "json";
  /** Its place there as a JSON pointer, `"/tags/0"`; `""` is the whole. */
  readonly path: string;
  readonly message: string;
};

const formTypes = ["application/x-www-form-urlencoded", "multipart/form-data"];

const isForm = (request: Request): boolean => formTypes.includes(mediaType(request));

const prefersHtml = (request: Request): boolean =>
  acceptedType(headerOf(request, "accept"), ["application/problem+json", "text/html"]) === "text/html";

/** The most bytes of a flash: with the rest of a session it is to fit into a cookie. */
const maxFlash = 2048;

const fits = (value: unknown): boolean => Buffer.byteLength(JSON.stringify(value)) <= maxFlash;

/** Names of fields whose text is kept nowhere. */
const secret = /pass|pwd|secret|token|csrf|credential|card|cvc|cvv|otp|ssn/i;

/** The issues and what to fill the form with; a library may repeat in a message what it was given. */
function flashOf(issues: readonly Issue[], fields: RepeatedParams): JsonMap {
  const entries = Object.entries(fields);
  const secrets = entries.filter(([name]) => secret.test(name)).flatMap(([, text = ""]) => text);
  const tells = (message: string): boolean => secrets.some((text) => text !== "" && message.includes(text));
  return {
    issues: issues.map((issue) => (tells(issue.message) ? { ...issue, message: "Invalid" } : issue)),
    values: Object.fromEntries(entries.filter(([name]) => !secret.test(name))),
  };
}

/** Where the form is: on the page that the browser comes from, if it is one of this site, else where it was sent. */
function formPath(request: Request): string {
  const referer = headerOf(request, "referer") ?? "";
  if (!URL.canParse(referer)) return request.uri;
  const { origin, pathname, search } = new URL(referer);
  return isOriginOf(origin, headerOf(request, "host") ?? "") ? pathname + search : request.uri;
}

const item = ({ path, message }: Issue): Html =>
  html`<li>${path && html`<strong>${path.slice(1)}</strong>: `}${message}</li>`;

const page = (issues: readonly Issue[]): Html => html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${statusPhrase(422)}</title>
<h1>This cannot be taken as it is</h1>
<ul>${issues.map(item)}</ul>
<p>Go back to change it.</p>
</html>
`;

function pageOrForm(request: Request, issues: readonly Issue[], fields: RepeatedParams): Update {
  const isBack = isForm(request) && request.flash !== undefined && fits({ issues, fields });
  return isBack
    ? [redirectLocal(formPath(request)), 303, { flash: flashOf(issues, fields) }]
    : [422, page(issues)];
}

const varying: ResponseMap = { headers: { vary: "accept" } };

/**
 * Tells what is wrong with a request: as problem details (RFC 9457), or to who prefers HTML on a page. Who sent a
 * form, and has a session, is sent back to it, with `{ issues, values }` as flash.
 */
export const unprocessable = (request: Request, issues: readonly Issue[], fields: RepeatedParams): Update => [
  prefersHtml(request) ? pageOrForm(request, issues, fields) : problem(422, { issues }),
  varying,
];
