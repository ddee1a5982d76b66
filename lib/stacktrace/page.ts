/** The report of an error as a page. */
import { Html, html } from "../html.js";
import { statusPhrase } from "../text/status.js";
import type { Line } from "./excerpt.js";
import type { Fault, Report, Step } from "./report.js";
import { style } from "./style.js";
import { hidden, type Row, type Table } from "./tables.js";

const line = ({ number, code, isMarked }: Line): Html => {
  const numbered = html`<i>${number}</i>${code}\n`;
  return isMarked ? html`<mark>${numbered}</mark>` : html`<span>${numbered}</span>`;
};

const place = ({ name, place }: Step): Html =>
  html`${name !== "" && html`<code>${name}</code> `}<span class="place">${place}</span>`;

const own = (step: Step, isOpen: boolean): Html => html`
<li><details${isOpen && html` open`}>
<summary>${place(step)}</summary>
<pre tabindex="0"><code>${step.excerpt.map(line)}</code></pre>
</details></li>`;

const others = (steps: readonly Step[]): Html => html`
<li class="others"><details>
<summary>${steps.length} in Node and packages</summary>
<ol>${steps.map((step) => html`<li>${place(step)}</li>`)}</ol>
</details></li>`;

const hasExcerpt = ({ excerpt }: Step): boolean => excerpt.length > 0;

/** Steps that stand side by side and have no excerpt, as one group. */
function grouped(steps: readonly Step[]): readonly (readonly [Step, ...Step[]])[] {
  const groups: [Step, ...Step[]][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (last === undefined || hasExcerpt(step) || hasExcerpt(last[0])) groups.push([step]);
    else last.push(step);
  }
  return groups;
}

function stack({ steps }: Fault): Html {
  const first = steps.find(hasExcerpt);
  const groups = grouped(steps).map((group) =>
    hasExcerpt(group[0]) ? own(group[0], group[0] === first) : others(group),
  );
  return html`<ol class="stack">${groups}</ol>`;
}

const fault = (fault: Fault): Html => html`<p class="kind">${fault.name}</p>
<h1>${fault.message}</h1>
${stack(fault)}`;

const cause = (fault: Fault): Html => html`
<div class="cause">
<p class="kind">Caused by ${fault.name}</p>
<h2>${fault.message}</h2>
${stack(fault)}
</div>`;

const row = ([name, value]: Row): Html => html`
<tr><th scope="row">${name}</th><td${value === hidden && html` class="hidden"`}>${value}</td></tr>`;

const table = ({ title, rows }: Table): Html => html`
<section>
<h2>${title}</h2>
<table>${rows.map(row)}
</table>
</section>`;

/** A page without scripts; all that it shows is escaped. */
export function reportPage({ status, method, uri, faults, tables }: Report): Html {
  const [first, ...causes] = faults as [Fault, ...Fault[]];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${first.name}: ${first.message.slice(0, 80)}</title>
<style>${new Html(style)}</style>
</head>
<body>
<header><p class="asked"><b>${status} ${statusPhrase(status)}</b> <code>${method} ${uri}</code></p></header>
<main>
${fault(first)}
${causes.map(cause)}
${tables.map(table)}
</main>
<footer><p>withStacktrace shows this page because NODE_ENV is development.</p></footer>
</body>
</html>
`;
}
