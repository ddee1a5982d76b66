/** What was thrown and what caused it, as far as it can be looked at. */
import { show } from "../errors.js";
import { failureOf } from "../failure.js";
import { type Frame, framesOf } from "./frames.js";

export type Link = {
  readonly name: string;
  readonly message: string;
  readonly frames: readonly Frame[];
  readonly cause: unknown;
};

/** Causes may go round in a circle. */
const longest = 8;

const textOr = (value: unknown, fallback: string): string =>
  typeof value === "string" && value !== "" ? value : fallback;

function linkOf(error: unknown): Link {
  if (!(error instanceof Error)) {
    const message = `${show(error)} was thrown. It has no stack: throw an Error, which has one`;
    return { name: "Not an error", message, frames: [], cause: undefined };
  }
  const name = textOr(error.name, "Error");
  const message = String(error.message);
  return { name, message, frames: framesOf(String(error.stack), message), cause: error.cause };
}

function readLink(error: unknown): Link {
  try {
    return linkOf(error);
  } catch {
    return { name: "Error", message: failureOf(error).text, frames: [], cause: undefined };
  }
}

/** An error and its causes, the outermost first. */
export function chainOf(error: unknown): readonly Link[] {
  const links = [readLink(error)];
  let { cause } = links[0] as Link;
  while (cause !== undefined && cause !== null && links.length < longest) {
    const link = readLink(cause);
    links.push(link);
    cause = link.cause;
  }
  return links;
}
