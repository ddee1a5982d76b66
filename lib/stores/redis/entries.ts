/** The entries of a subject's index, as the list that Redis gives of them. */
import type { SessionEntry } from "../../types.js";

const entry = /^(\d+) (\d+) \d+ (.*)$/s;

function entryOf(id: string, text: string): SessionEntry {
  const [, created, seen, label] = entry.exec(text) as unknown as [string, string, string, string];
  const times = { id, created: Number(created), seen: Number(seen) };
  return label === "" ? times : { ...times, label: JSON.parse(label) };
}

/** The entries of a list of ids and their texts by turns, the one seen last first. */
export function entriesOf(list: unknown): SessionEntry[] {
  const texts = (list as readonly unknown[]).map(String);
  return texts
    .flatMap((text, index) => (index % 2 === 0 ? [] : [entryOf(texts[index - 1] as string, text)]))
    .sort((one, other) => other.seen - one.seen);
}
