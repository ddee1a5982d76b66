/** Errors for people to read: a page without scripts, and without anything from elsewhere. */
import { type Html, html } from "./html.js";
import { statusPhrase } from "./text/status.js";

/**
 * The page of a status and what there is to say about it; its styles are allowed by the nonce of the request. It can be
 * read without them, too, where a policy forbids them: the colours of light and dark come from the browser.
 */
export function problemPage(status: number, message: string, nonce?: string): Html {
  const phrase = statusPhrase(status);
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${status} ${phrase}</title>
  <style${nonce !== undefined && html` nonce="${nonce}"`}>
    body { display: grid; min-height: 100svh; margin: 0; place-items: center; font: 1.125rem/1.5 system-ui, sans-serif }
    main { max-width: 34rem; padding: 2rem }
    h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; text-wrap: balance }
    h1 span { margin-right: .2em; font-weight: 300; opacity: .7 }
    p { margin: .75rem 0 0; overflow-wrap: anywhere; opacity: .85 }
  </style>
</head>
<body>
  <main>
    <h1><span>${status}</span> ${phrase}</h1>
    ${message !== phrase && html`<p>${message}</p>`}
  </main>
</body>
</html>
`;
}
