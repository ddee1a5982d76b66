/** Everything that there is to show of an error. */
import type { Request } from "../types.js";
import { chainOf, type Link } from "./chain.js";
import { excerptOf, type Line } from "./excerpt.js";
import { shortPath } from "./files.js";
import { type Place, sourceReader } from "./source.js";
import { type Table, tablesOf } from "./tables.js";

/** A place in the stack; without an excerpt where it is one of Node or of a package. */
export type Step = { readonly name: string; readonly place: string; readonly excerpt: readonly Line[] };

export type Fault = { readonly name: string; readonly message: string; readonly steps: readonly Step[] };

export type Report = {
  readonly status: number;
  readonly method: string;
  readonly uri: string;
  /** What was thrown, then what caused it. */
  readonly faults: readonly Fault[];
  readonly tables: readonly Table[];
};

const stepOf = (place: Place): Step => ({
  name: place.name,
  place: `${shortPath(place.file)}:${place.line}:${place.column}`,
  excerpt: excerptOf(place),
});

export function reportOf(error: unknown, status: number, request: Request): Report {
  const read = sourceReader();
  const faultOf = ({ name, message, frames }: Link): Fault => ({
    name,
    message,
    steps: frames.map((frame) => stepOf(read(frame))),
  });
  const { method, uri } = request;
  return { status, method, uri, faults: chainOf(error).map(faultOf), tables: tablesOf(request) };
}
