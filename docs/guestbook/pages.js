/** The pages: functions from a request to markup, which `html` escapes. Nothing here changes anything. */
import { html } from "composure";
import { capacity, longest } from "./guestbook.js";

const visitor = (name) => html`<span>You are <bdi>${name}</bdi></span>
    <a href="/name">Change name</a>
    <form method="post" action="/sign-out"><button class="plain">Sign out</button></form>`;

const nav = ({ name }) => html`<nav aria-label="You">
    ${name ? visitor(name) : html`<a href="/sign-in">Sign in</a>`}
  </nav>`;

/** What all pages have in common: an open book, with a heading on the left page and something on the right. */
const page = ({ session, flash = {} }, { title, lead, left, right }) => html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${flash.fault && "Error: "}${title} – Guestbook</title>
  <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/assets/style.css">
</head>
<body>
<header>
  <a class="home" href="/"><img src="/assets/icon.svg" alt="" width="32" height="32">Guestbook</a>
  ${session && nav(session)}
</header>
<main>
  <div class="left">
    <h1>${title}</h1>
    <p class="lead">${lead}</p>
    ${left}
  </div>
  <div class="right">
    ${flash.notice && html`<p class="ribbon" role="status">${flash.notice}</p>`}
    ${right}
  </div>
</main>
<footer>
  <p>The book holds ${capacity} entries: for a new one the oldest makes room.</p>
</footer>
</body>
</html>
`;

const written = new Intl.DateTimeFormat("en-GB", {
  dateStyle: "medium",
  timeStyle: "short",
  timeZone: "UTC",
});

const entry = ({ name, message, at }) => html`
      <li dir="auto">
        <p class="message">${message}</p>
        <p class="signature"><bdi>${name}</bdi> <time dir="ltr" datetime="${new Date(at).toISOString()}">${written.format(at)} UTC</time></p>
      </li>`;

const list = (entries) =>
  entries.length === 0
    ? html`<p class="empty">The pages are still blank. The first line is yours.</p>`
    : html`<ol reversed>${entries.map(entry)}
    </ol>`;

export const book = (request, entries) =>
  page(request, {
    title: "Glad you came by",
    lead: "Leave a line for whoever opens this book after you.",
    left: html`<a class="button" href="/write">Sign the book</a>`,
    right: html`<h2>Who was here</h2>
    ${list(entries)}`,
  });

/** How a field is described to those who cannot see it: by its hint, and first by what is wrong with it. */
const described = (field, fault) =>
  fault
    ? html`aria-describedby="${field}-fault ${field}-hint" aria-invalid="true"`
    : html`aria-describedby="${field}-hint"`;

/** A form of one field, posted to the address that it stands at; `control` is given the field's attributes. */
const form = ({ flash }, { field, label, button, control }) => html`<form method="post">
      <label for="${field}">${label}</label>
      ${flash.fault && html`<p class="fault" id="${field}-fault">${flash.fault}</p>`}
      ${control(html`id="${field}" name="${field}" required autofocus ${described(field, flash.fault)}`)}
      <p class="hint" id="${field}-hint">Up to ${longest[field]} characters.</p>
      <p class="actions"><button class="button">${button}</button> <a href="/">Back to the book</a></p>
    </form>`;

const nameForm = (request, words) =>
  form(request, {
    ...words,
    field: "name",
    control: (attributes) =>
      html`<input ${attributes} value="${request.flash.typed ?? request.session.name}" autocomplete="name">`,
  });

export const signIn = (request) =>
  page(request, {
    title: "Who is writing?",
    lead: "A name is all it takes. There is no password, and nothing to remember.",
    right: nameForm(request, { label: "Your name", button: "Sign in" }),
  });

export const rename = (request) =>
  page(request, {
    title: "Change your name",
    lead: "What you wrote before keeps the name that it was signed with.",
    right: nameForm(request, { label: "Your new name", button: "Take this name" }),
  });

export const write = (request) =>
  page(request, {
    title: "Leave a line",
    lead: html`A greeting, a thought, a thank-you. It will be signed <bdi>${request.session.name}</bdi>.`,
    right: form(request, {
      field: "message",
      label: "Your message",
      button: "Sign the book",
      // HTML drops a line break that follows the tag: this one, and not the visitor's own.
      control: (attributes) => html`<textarea ${attributes} rows="6" dir="auto">
${request.flash.typed}</textarea>`,
    }),
  });

const problems = {
  404: ["This page is blank", "Nothing was ever written here, or somebody tore it out."],
  413: ["That is too much ink", "The book has room for a line or two from everybody, not for so many."],
};
const anyProblem = ["We spilled some ink", "That did not work. Please go back and try once more."];

/** The page of an error. It stands outside the session, so it knows nobody's name. */
export function problem(status) {
  const [title, lead] = problems[status] ?? anyProblem;
  return page(
    {},
    {
      title,
      lead,
      left: html`<a class="button" href="/">Back to the book</a>`,
      right: html`<p class="status">${status}</p>`,
    },
  );
}
