/** How the page of an error looks, in light and in dark. */

export const style = `
:root {
  color-scheme: light dark;
  --paper: #f7f6f3; --card: #fff; --ink: #1f1d1a; --soft: #6a655d; --line: #e3dfd8;
  --fault: #b42318; --tint: #fdecea; --edge: #d92d20;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171614; --card: #201e1c; --ink: #ece8e1; --soft: #a49c91; --line: #35312c;
    --fault: #ff9d92; --tint: #42211e; --edge: #f97066;
  }
}
* { box-sizing: border-box }
body {
  margin: 0; padding: clamp(1rem, 4vw, 3rem); background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; -webkit-text-size-adjust: 100%;
}
header, main, footer { max-width: 60rem; margin: 0 auto }
code, pre, td, .place { font-family: var(--mono); font-size: .8125rem }
.asked { display: flex; flex-wrap: wrap; gap: .25rem .75rem; margin: 0; color: var(--soft); overflow-wrap: anywhere }
.asked b { padding: 0 .5rem; border-radius: .25rem; background: var(--tint); color: var(--fault); font-weight: 600 }
.asked code { align-self: center }
.kind { margin: 1.25rem 0 0; color: var(--fault); font-weight: 600 }
h1, .cause h2 { margin: .125rem 0 1.5rem; font-weight: 600; line-height: 1.35; white-space: pre-wrap; overflow-wrap: anywhere }
h1 { font-size: clamp(1.25rem, 1rem + 1vw, 1.5rem); text-wrap: pretty }
.cause { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--line) }
.cause .kind { margin-top: 0 }
.cause h2 { font-size: 1.125rem }
ol { margin: 0; padding: 0; list-style: none }
.stack > li { margin-bottom: .5rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); overflow: hidden }
.stack > li.others { border-color: transparent; background: none }
summary, .others li { padding: .5rem .875rem; overflow-wrap: anywhere }
summary { cursor: pointer }
summary:focus-visible { outline: 2px solid var(--edge); outline-offset: -2px; border-radius: .5rem }
summary code { margin-right: .5rem; font-weight: 600 }
.place, .others { color: var(--soft) }
.others > details > summary { font-size: .875rem }
.others li { padding: .125rem .875rem .125rem 2rem }
pre { margin: 0; padding: .5rem 0; border-top: 1px solid var(--line); overflow-x: auto; line-height: 1.6; tab-size: 2 }
pre code { display: block; width: max-content; min-width: 100% }
pre span, pre mark { display: block; padding-right: 1rem; border-left: 3px solid transparent }
pre mark { border-color: var(--edge); background: var(--tint); color: inherit }
pre i {
  display: inline-block; width: 3.75rem; padding-right: 1rem; color: var(--soft);
  font-style: normal; text-align: right; user-select: none;
}
mark i { color: var(--fault) }
section { margin-top: 2.5rem }
section h2 { margin: 0 0 .375rem; font-size: 1rem }
table { width: 100%; border-collapse: collapse; border-top: 1px solid var(--line) }
tr { border-bottom: 1px solid var(--line) }
th, td { padding: .375rem 0; text-align: left; vertical-align: baseline; overflow-wrap: anywhere }
th { width: 30%; min-width: 8rem; padding-right: 1rem; color: var(--soft); font-weight: 400; font-size: .875rem }
.hidden { color: var(--soft) }
footer { margin-top: 3rem; color: var(--soft); font-size: .875rem }
footer p { margin: 0 }
`;
