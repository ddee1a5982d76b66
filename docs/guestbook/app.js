/** The guestbook as one handler: what each address does, and what holds for all of them. Nothing here changes. */
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
import { withHealth, withLogin } from "./decorators.js";
import { onForm } from "./forms.js";
import * as pages from "./pages.js";

const notice = (text) => flashAssoc("notice", text);

const signIn = onForm("name", (name, { params }) => [
  recreateSession(),
  sessionAssoc("name", name),
  notice(`Welcome, ${name}.`),
  redirectLocal(params.next),
]);

/** What follows `clearSession()` begins a new session: it holds this notice, and nobody's name. */
const signOut = () => [clearSession(), notice("Goodbye, and come again."), redirectTo("/")];

const write = (book) =>
  onForm("message", async (message, { session }) => {
    await book.sign({ name: session.name, message, at: Date.now() });
    return [notice("Thank you. It is in the book."), redirectTo("/")];
  });

const rename = onForm("name", (name) => [
  sessionAssoc("name", name),
  notice(`You are ${name} now.`),
  redirectTo("/"),
]);

const forEveryone = (book) =>
  routes(
    GET("/", async (request) => pages.book(request, await book.read())),
    context("/sign-in", GET("/", pages.signIn), POST("/", signIn)),
    POST("/sign-out", signOut),
  );

const forVisitors = (book) =>
  routes(
    context("/write", GET("/", pages.write), POST("/", write(book))),
    context("/name", GET("/", pages.rename), POST("/", rename)),
  );

/** No page is kept by the browser, so that going back after signing out shows none of them. */
const site = (book) =>
  decorate(
    routes(forEveryone(book), decorateRoutes(forVisitors(book), withLogin("/sign-in"))),
    withCacheControl({ private: true, noStore: true }),
  );

/** There are no scripts, and all styles are in the style sheet. */
const policy = { scriptSrc: "'none'", styleSrc: "'self'", styleSrcAttr: "'none'" };

/**
 * What every site needs: sessions, files, errors as pages, and headers that keep browsers careful. Where book and
 * sessions are kept is the server's to say, and whom to believe how the visitor came.
 */
export const guestbook = ({ book, sessions, trust }) =>
  decorate(
    site(book),
    withDefaults("site", {
      forwarded: trust ? { trust } : false,
      session: { type: sessions, expires: 30 * 60 },
      params: { limit: 16 * 1024 },
      files: { root: new URL("assets", import.meta.url), prefix: "/assets", maxAge: 600 },
      errors: { handler: (_, { status }) => pages.problem(status) },
      securityHeaders: { contentSecurityPolicy: policy },
    }),
    withHealth(book),
  );
