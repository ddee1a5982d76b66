/** What every chart is drawn with: colours that follow the reader's light or dark, shapes, text, and the card around it. */

const width = 720;
const margin = 24;

const style = `
    :root { --paper: #ffffff; --ink: #1c2128; --soft: #66707c; --line: #e3e7ec; --bar: #b9c2cd; --bare: #7d8896; --ours: #0b7a75; }
    @media (prefers-color-scheme: dark) {
      :root { --paper: #14181d; --ink: #e8ecf0; --soft: #97a1ad; --line: #2a3038; --bar: #4a5562; --bare: #77828f; --ours: #3cc4b4; }
    }
    text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }
    .title { font-size: 16px; font-weight: 600; }
    .soft { fill: var(--soft); font-size: 12px; }
    .foot { fill: var(--soft); font-size: 10.5px; }
    .ours { font-weight: 600; }
    .end { text-anchor: end; }
    .middle { text-anchor: middle; }
    .value { font-variant-numeric: tabular-nums; paint-order: stroke; stroke: var(--paper); stroke-width: 4px; }`;

const names = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => names[sign]);

const attributesOf = (attributes) =>
  Object.entries(attributes)
    .map(
      ([name, value]) =>
        ` ${name}="${typeof value === "number" ? Math.round(value * 10) / 10 : escaped(value)}"`,
    )
    .join("");

/** An element: `shape("rect", { x: 0, y: 0, width: 10, height: 20 })`. */
export const shape = (name, attributes) => `<${name}${attributesOf(attributes)}/>`;
export const write = (text, x, y, kind = "") =>
  `<text${attributesOf({ x, y, ...(kind && { class: kind }) })}>${escaped(text)}</text>`;

/** Words on as many lines as they need. */
function wrapped(text, most) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = `${lines.at(-1)} ${word}`.trim();
    if (line.length > most) lines.push(word);
    else lines[lines.length - 1] = line;
  }
  return lines;
}

/** A chart on a card, with its title above and its origin below. */
export function card({ title, about, description, foot }, height, parts) {
  const lines = wrapped(foot, 118);
  const whole = height + 26 + lines.length * 15;
  const origin = lines.map((line, index) => write(line, margin, height + 26 + index * 15, "foot"));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${whole}" width="${width}" height="${whole}" role="img" aria-labelledby="title description">
  <title id="title">${escaped(title)}</title>
  <desc id="description">${escaped(description)}</desc>
  <style>${style}
  </style>
  ${[
    shape("rect", { width, height: whole, rx: 10, fill: "var(--paper)" }),
    write(title, margin, 36, "title"),
    write(about, margin, 56, "soft"),
    ...parts,
    ...origin,
  ].join("\n  ")}
</svg>
`;
}
