/** Events as the text of an event stream: the HTML standard, section 9.2.5. */
import { show, wrong } from "../errors.js";

/** What a stream of events may give: text, which is the data, or a map of these. */
export type EventItem =
  | string
  | {
      /** What listeners are told apart by; `message` where there is none. */
      readonly event?: string | undefined;
      /** Text goes as it is, any other value as JSON. */
      readonly data?: unknown;
      /** What a client that comes back sends as `last-event-id`. */
      readonly id?: string | number | undefined;
      /** Seconds after which a client whose connection broke comes back. */
      readonly retry?: number | undefined;
    };

const names = ["event", "data", "id", "retry"];

/** A line break would begin another field, and a NUL makes browsers ignore an id. */
function line(name: string, value: unknown): string {
  if (typeof value === "string" && !/[\r\n\0]/.test(value)) return `${name}: ${value}\n`;
  throw wrong("events", `"${name}" to be text without line breaks and NUL`, value);
}

const idOf = (id: unknown): unknown => (typeof id === "number" ? String(id) : id);

function dataOf(data: unknown): string {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  if (text === undefined) throw wrong("events", '"data" to be text or what JSON can hold', data);
  const lines = text.split(/\r\n|\r|\n/);
  return lines.map((line) => `data: ${line}\n`).join("");
}

/** The time to wait before coming back, from seconds to the milliseconds of the wire. */
export function retryOf(retry: unknown): string {
  const time = Math.round(Number(retry) * 1000);
  if (typeof retry === "number" && Number.isSafeInteger(time) && time >= 0) return `retry: ${time}\n`;
  throw wrong("events", '"retry" to be a number of seconds', retry);
}

const isItem = (item: unknown): item is Exclude<EventItem, string> => {
  const keys = typeof item === "object" && item !== null ? Object.keys(item) : [];
  return keys.length > 0 && keys.every((key) => names.includes(key));
};

function refused(item: unknown): TypeError {
  const hint = "Other values go in data: { data: value }";
  return new TypeError(`events: expected text or a map of ${names.join(", ")}, got ${show(item)}. ${hint}`);
}

/**
 * An item as it stands in an event stream. Data of several lines, whatever breaks them, is written line by line. An
 * event without data is given an empty one, since browsers drop it else.
 *
 * `eventText({ id: 7, data: "a\nb" })` is `"id: 7\ndata: a\ndata: b\n\n"`
 *
 * @throws TypeError for what is no item, and for an event or id that would break out of its line.
 */
export function eventText(item: EventItem): string {
  if (typeof item === "string") return `${dataOf(item)}\n`;
  if (!isItem(item)) throw refused(item);
  const { event, id, retry, data = event === undefined ? undefined : "" } = item;
  let text = "";
  if (event !== undefined) text += line("event", event);
  if (id !== undefined) text += line("id", idOf(id));
  if (retry !== undefined) text += retryOf(retry);
  if (data !== undefined) text += dataOf(data);
  return `${text}\n`;
}
