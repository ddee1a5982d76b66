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
  sessionAssoc,
  withCacheControl,
  withDefaults,
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

/** No page is kept by the browser, so that going back after signing out shows none of them. */
const site = decorate(
  routes(forEveryone, decorateRoutes(forVisitors, withLogin("/sign-in"))),
  withCacheControl({ private: true, noStore: true }),
);

/** There are no scripts, and all styles are in the style sheet. */
const policy = { scriptSrc: "'none'", styleSrc: "'self'", styleSrcAttr: "'none'" };

/** What every site needs: sessions, files, errors as pages, and headers that keep browsers careful. */
export const app = decorate(
  site,
  withDefaults("site", {
    session: { expires: 30 * 60 },
    params: { limit: 16 * 1024 },
    files: { root: new URL("assets", import.meta.url), prefix: "/assets", maxAge: 600 },
    errors: { handler: (_, { status }) => pages.problem(status) },
    securityHeaders: { contentSecurityPolicy: policy },
  }),
);
