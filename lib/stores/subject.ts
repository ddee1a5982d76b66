/** Whose sessions a store is asked for: a visitor who is not signed in has no subject, and must not be taken for one. */
import { wrong } from "../errors.js";

/** Refuses what is no text: a database might find nobody's sessions under it, or everybody's. */
export function checkSubject(who: string, subject: unknown): void {
  if (typeof subject === "string") return;
  throw wrong(who, "a subject that is text", subject, "Ask only for somebody who is signed in");
}
