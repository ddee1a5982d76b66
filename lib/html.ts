/** Markup that cannot be forgotten to be escaped. */
import { show } from "./errors.js";
import type { Json, Markup } from "./types.js";

/** The content type of markup, and of text that a route returns. */
export const htmlType = "text/html; charset=utf-8";

const special = /[&<>"']/;
const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text for element content and quoted attribute values. */
export const escapeHtml = (text: string): string =>
  special.test(text) ? text.replace(/[&<>"']/g, (char) => entities[char] as string) : text;

/** Markup that is already escaped; made by the `html` tag only. */
export class Html implements Markup {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
  toString(): string {
    return this.markup;
  }
}

/**
 * What may stand in `${…}` of an `html` template. A session may hold any JSON, so maps pass the compiler; they are
 * refused when they are met.
 */
export type Interpolation = Json | bigint | Markup | URL | Date | undefined | readonly Interpolation[];

function interpolated(value: unknown): string {
  if (typeof value === "string") return escapeHtml(value);
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Html) return value.markup;
  if (Array.isArray(value)) return value.map(interpolated).join("");
  if (typeof value === "number" || typeof value === "bigint" || value === true) return String(value);
  if (value instanceof URL || value instanceof Date) return escapeHtml(String(value));
  throw new TypeError(
    `html: expected text, a number, html or an array of these in \${…}, got ${show(value)}. Write out what it should show`,
  );
}

/**
 * A template tag that escapes what it interpolates, except nested `html` and arrays of it; null, undefined and
 * false show nothing. Attribute values need their quotes: `html`<a href="${url}">…`` .
 *
 * ``html`<li>${name}</li>` ``
 *
 * @throws TypeError for a value without an obvious text: a map, a function, a promise.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Interpolation[]): Html {
  let markup = strings[0] as string;
  for (let i = 0; i < values.length; i++) markup += interpolated(values[i]) + strings[i + 1];
  return new Html(markup);
}
