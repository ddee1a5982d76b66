/** What libraries of validation have in common: Standard Schema, version 1, https://standardschema.dev/schema. */
import type { Awaitable } from "./types.js";

/** A schema of zod, valibot, arktype and others. */
export type StandardSchema<Input = unknown, Output = Input> = {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Awaitable<StandardResult<Output>>;
    /** For the compiler only. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
};

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export type StandardIssue = {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
};

/** What a schema makes of what it takes. */
export type OutputOf<Schema extends StandardSchema> = NonNullable<Schema["~standard"]["types"]>["output"];

/** A library may make its schemas functions. */
export function isSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const { "~standard": standard } = value as Partial<StandardSchema>;
  return standard?.version === 1 && typeof standard.validate === "function";
}

const stepOf = (step: PropertyKey | { readonly key: PropertyKey }): string =>
  String(typeof step === "object" ? step.key : step);

/** The place of an issue as a JSON pointer (RFC 6901): `"/tags/0"`; `""` is the whole. */
export const pointerOf = ({ path = [] }: StandardIssue): string =>
  path.map((step) => `/${stepOf(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
