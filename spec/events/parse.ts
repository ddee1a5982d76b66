/** Reading an event stream as the HTML standard says, section 9.2.6, for the specs to compare with. */

export type Parsed = { readonly event: string; readonly data: string; readonly id: string };

/** The events that a browser would dispatch for this text; what is not ended by an empty line is dropped. */
export function eventsOf(text: string): Parsed[] {
  const events: Parsed[] = [];
  let [data, event, id] = ["", "", ""];
  const dispatch = () => {
    if (data !== "") events.push({ event: event || "message", data: data.slice(0, -1), id });
    [data, event] = ["", ""];
  };
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  for (const line of lines.slice(0, -1)) {
    if (line === "") {
      dispatch();
      continue;
    }
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") data += `${value}\n`;
    if (name === "event") event = value;
    if (name === "id" && !value.includes("\0")) id = value;
  }
  return events;
}
