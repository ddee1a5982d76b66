/** The parameters that a pattern's literal names, as tsc sees them; this file is checked, not run. */
import type { PathParams } from "../../lib/pattern.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** The names that are always there. */
type Named<Path extends string> = keyof {
  [Name in keyof PathParams<Path> as string extends Name ? never : Name]: true;
};
const same = <A, B>(_: Same<A, B>): void => {};

same<Named<"/">, never>(true);
same<Named<"/user/:id">, "id">(true);
same<Named<"/:a/x/:b">, "a" | "b">(true);
same<Named<"/:name.:ext">, "name" | "ext">(true);
same<Named<"/a-:b">, "b">(true);
same<Named<"/:b-c/:_d/:e2">, "b-c" | "_d" | "e2">(true);
same<Named<"/:a:b">, "a" | "b">(true);
same<Named<"/:a/:a">, "a">(true);
same<Named<"*">, "*">(true);
same<Named<"/:a/*.js">, "a" | "*">(true);
same<Named<"/:größe/:名前/:нет/:𝒳y">, "größe" | "名前" | "нет" | "𝒳y">(true);
same<Named<"/:a;:b,:c+:d(:e)">, "a" | "b" | "c" | "d" | "e">(true);

same<Named<"/a\\:b/\\*/:c\\-:d\\\\:e">, "c" | "d" | "e">(true);
same<Named<"/:id{\\d+}/:b">, "id" | "b">(true);
same<Named<"/:id{(?:a|:b)*}/c">, "id">(true);
same<Named<"/:id{\\d{2,3}:x{4}}/:b{[}*\\}]}*">, "id" | "b" | "*">(true);
same<Named<"/:id{\\}:x}/:b">, "id" | "b">(true);

same<Named<"//:sub.example.com:8080/:a">, "sub" | "a">(true);
same<Named<"http://example.com:80/">, never>(true);
same<Named<"https://*.example.com/:a">, "*" | "a">(true);
same<Named<string>, never>(true);
same<Named<`/x/${string}`>, never>(true);
// @ts-expect-error: a name that the pattern does not have
same<Named<"/user/:id">, "name">(true);

declare const user: PathParams<"/user/:id">;
user.id satisfies string;
user.page satisfies string | undefined;
// @ts-expect-error: what is no parameter of the pattern may be missing
user.page satisfies string;
// @ts-expect-error: parameters are read only
user.id = "1";

declare const files: PathParams<"/files/*">;
files["*"] satisfies string;

declare const computed: PathParams<string>;
computed.id satisfies string | undefined;
// @ts-expect-error: of a pattern that is no literal nothing is known
computed.id satisfies string;

declare const either: PathParams<"/:a" | "/x">;
// @ts-expect-error: only one of the two patterns has it
either.a satisfies string;
