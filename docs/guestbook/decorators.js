/** The guestbook's own decorators: functions from handler to handler. */
import { around, redirectTo } from "composure";
import { addressOf } from "./forms.js";
import { problem } from "./pages.js";

/** Lets visitors through who have a name. The others are asked for it first, and come back by `next`. */
export const withLogin = (signIn) => (handler) => (request) =>
  request.session.name === undefined
    ? redirectTo(`${signIn}?next=${encodeURIComponent(addressOf(request))}`)
    : handler(request);

const html = { "content-type": "text/html; charset=utf-8" };

const errorPage = (response) =>
  response.status < 400
    ? response
    : { ...response, headers: { ...response.headers, ...html }, body: String(problem(response.status)) };

/** Makes pages, in the style of the others, of the errors that `withErrors` answers in plain text. */
export const withErrorPages = () => around(undefined, errorPage);
