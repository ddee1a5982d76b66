/** The parameters of a path pattern as a type, read off its literal. */
import type { Params } from "../types.js";

/**
 * The parameters that a route with this pattern finds in `request.params`: its own are strings, any other (of the
 * query or a form) may be missing. A pattern that is no literal has none of its own.
 *
 * `PathParams<"/user/:id">` is `{ readonly id: string } & Params`
 *
 * Source: regexparam, index.d.ts.
 */
export type PathParams<Path extends string> = Path extends string
  ? { readonly [Name in Names<Path>]: string } & Params
  : never;

/** Gathers the names from left to right. */
type Names<Path extends string, Found extends string = never> = Path extends `\\${infer _}${infer Rest}`
  ? Names<Rest, Found>
  : Path extends `:${infer Rest}`
    ? Word<Rest, "", Found>
    : Path extends `*${infer Rest}`
      ? Names<Rest, Found | "*">
      : Path extends `${infer _}${infer Rest}`
        ? Names<Rest, Found>
        : Found;

/** Reads a name up to the first character that is no part of it; the colon of a port has none. */
type Word<
  Path extends string,
  Name extends string,
  Found extends string,
> = Path extends `${infer Next}${infer Rest}`
  ? Next extends After<Name>
    ? Expression<Path, "", With<Name, Found>>
    : Word<Rest, `${Name}${Next}`, Found>
  : With<Name, Found>;

type After<Name> = Name extends "" ? Punctuation | Digit | "-" : Punctuation;
type With<Name extends string, Found extends string> = Name extends "" ? Found : Found | Name;

/** Passes over the expression after a name; `Open` has the braces that are still to be closed. */
type Expression<
  Path extends string,
  Open extends string,
  Found extends string,
> = Path extends `{${infer Rest}`
  ? Expression<Rest, `{${Open}`, Found>
  : Open extends `{${infer Outer}`
    ? Path extends `}${infer Rest}`
      ? Expression<Rest, Outer, Found>
      : Path extends `\\${infer _}${infer Rest}`
        ? Expression<Rest, Open, Found>
        : Path extends `${infer _}${infer Rest}`
          ? Expression<Rest, Open, Found>
          : Found
    : Names<Path, Found>;

type Characters<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? First | Characters<Rest>
  : never;
type Digit = Characters<"0123456789">;
type Punctuation = Characters<" !\"#$%&'()*+,./:;<=>?@[\\]^`{|}~">;
