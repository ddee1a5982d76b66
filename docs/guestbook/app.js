/** The guestbook as one handler: what each address does, and what holds for all of them. */
import {
  clearSession,
  context,
  decorate,
  decorateRoutes,
  flashAssoc,
  GET,
  POST,
  recreateSession,
  redirectLocal,
  redirectTo,
  routes,
  serveFile,
  sessionAssoc,
  withCacheControl,
  withErrors,
  withHeaders,
  withParams,
  withSession,
} from "composure";
import { withLogin } from "./decorators.js";
import { onForm } from "./forms.js";
import { blank, sign } from "./guestbook.js";
import * as pages from "./pages.js";

/** The one thing here that changes. */
let book = blank;

const notice = (text) => flashAssoc("notice", text);

const signIn = onForm("name", (name, { params }) => [
  recreateSession(),
  sessionAssoc("name", name),
  notice(`Welcome, ${name}.`),
  redirectLocal(params.next),
]);

/** What follows `clearSession()` begins a new session: it holds this notice, and nobody's name. */
const signOut = () => [clearSession(), notice("Goodbye, and come again."), redirectTo("/")];

const write = onForm("message", (message, { session }) => {
  book = sign(book, { name: session.name, message, at: new Date() });
  return [notice("Thank you. It is in the book."), redirectTo("/")];
});

const rename = onForm("name", (name) => [
  sessionAssoc("name", name),
  notice(`You are ${name} now.`),
  redirectTo("/"),
]);

const forEveryone = routes(
  GET("/", (request) => pages.book(request, book)),
  context("/sign-in", GET("/", pages.signIn), POST("/", signIn)),
  POST("/sign-out", signOut),
);

const forVisitors = routes(
  context("/write", GET("/", pages.write), POST("/", write)),
  context("/name", GET("/", pages.rename), POST("/", rename)),
);

/**
 * Other sites cannot post in a visitor's name, since the session's cookie is SameSite=Lax. No page is kept by the
 * browser, so that going back after signing out shows none of them.
 */
const site = decorate(
  routes(forEveryone, decorateRoutes(forVisitors, withLogin("/sign-in"))),
  withSession({ type: "memory", expires: 30 * 60 }),
  withCacheControl({ private: true, noStore: true }),
);

/** Outside the session: fetching a style sheet is no visit, and must not use up a flash. */
const assets = decorateRoutes(
  GET("/assets/*", ({ params }) => serveFile(new URL("assets", import.meta.url), params["*"])),
  withCacheControl({ public: true, maxAge: 600 }),
);

/** What a page may load and do: the styles and images of this site, and forms that post to it. No scripts. */
const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
];

/** From the inside out, the last decorator is the outermost: every response has these headers, errors too. */
export const app = decorate(
  routes(assets, site),
  withParams({ limit: 16 * 1024 }),
  withErrors({ handler: (_, { status }) => pages.problem(status) }),
  withHeaders({
    "content-security-policy": policy.join("; "),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
  }),
);
