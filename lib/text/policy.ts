/** Content security policies: https://www.w3.org/TR/CSP3/ */
import { checkNames, wrong } from "../errors.js";
import { kebab } from "./kebab.js";

const directives = [
  "defaultSrc",
  "baseUri",
  "childSrc",
  "connectSrc",
  "fontSrc",
  "formAction",
  "frameAncestors",
  "frameSrc",
  "imgSrc",
  "manifestSrc",
  "mediaSrc",
  "objectSrc",
  "reportTo",
  "reportUri",
  "requireTrustedTypesFor",
  "sandbox",
  "scriptSrc",
  "scriptSrcAttr",
  "scriptSrcElem",
  "styleSrc",
  "styleSrcAttr",
  "styleSrcElem",
  "trustedTypes",
  "upgradeInsecureRequests",
  "workerSrc",
] as const;

/**
 * Directives in camelCase, each an array of sources, or text with spaces between them; false leaves it out. The
 * source `'nonce'` stands for the nonce of the request.
 */
export type Policy = {
  readonly [Name in (typeof directives)[number]]?: string | readonly string[] | false | undefined;
};

/** `directive-value` is visible ASCII without the two characters that would end it. */
const source = /^[!-+\--:<-~]+$/;
/** These are keywords only in their quotes, and hosts without. */
const keyword =
  /^(?:self|none|nonce|nonce-.*|sha(?:256|384|512)-.*|strict-dynamic|report-sample|script|unsafe-(?:inline|eval|hashes)|wasm-unsafe-eval)$/i;

function checkSource(who: string, name: string, text: string): void {
  if (!source.test(text)) throw wrong(who, `a source without , and ; in "${name}"`, text);
  if (keyword.test(text)) throw wrong(who, `"'${text}'" with its quotes in "${name}"`, text);
}

function sourcesOf(who: string, name: string, value: unknown): readonly string[] {
  const texts: unknown[] = [value].flat();
  if (!texts.every((text) => typeof text === "string")) {
    throw wrong(who, `sources as text or an array of texts, or false, as "${name}"`, value);
  }
  const sources = texts.flatMap((text) => text.split(" ")).filter((text) => text !== "");
  for (const text of sources) checkSource(who, name, text);
  return sources;
}

const isSet = ([, value]: [string, unknown]): boolean => value !== undefined;

/**
 * The text of a policy: its directives, and those of the defaults that it does not name. The source `'nonce'` is
 * still in it, for each request to put its own in its place.
 *
 * `formatPolicy("withSecurityHeaders", { scriptSrc: ["'self'", "'nonce'"] })` is `"script-src 'self' 'nonce'"`
 *
 * @throws TypeError for an unknown directive, and for sources that would be none or something else.
 */
export function formatPolicy(who: string, policy: Policy, defaults: Policy = {}): string {
  checkNames(who, policy, directives);
  const all = { ...defaults, ...Object.fromEntries(Object.entries(policy).filter(isSet)) };
  return Object.entries(all)
    .filter(([, value]) => value !== false)
    .map(([name, value]) => [kebab(name), ...sourcesOf(who, name, value)].join(" "))
    .join("; ");
}
