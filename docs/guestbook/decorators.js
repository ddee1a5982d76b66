/** The guestbook's own decorator: a function from handler to handler. */
import { redirectTo } from "composure";
import { addressOf } from "./forms.js";

/** Lets visitors through who have a name. The others are asked for it first, and come back by `next`. */
export const withLogin = (signIn) => (handler) => (request) =>
  request.session.name === undefined
    ? redirectTo(`${signIn}?next=${encodeURIComponent(addressOf(request))}`)
    : handler(request);
