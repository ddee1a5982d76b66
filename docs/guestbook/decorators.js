/** The guestbook's own decorators: functions from handler to handler. */
import { decorate, GET, redirectTo, text, withTimeout } from "composure";
import { addressOf } from "./forms.js";

/** Lets visitors through who have a name. The others are asked for it first, and come back by `next`. */
export const withLogin = (signIn) => (handler) => (request) =>
  request.session.name === undefined
    ? redirectTo(`${signIn}?next=${encodeURIComponent(addressOf(request))}`)
    : handler(request);

/**
 * Tells whoever runs the guestbook whether it answers, at `/health`, and whether to send it visitors, at `/ready`. It
 * stands outside of all else: it is asked by plain http, and needs no session.
 */
export const withHealth = (book) => {
  const ready = async () => {
    await book.read();
    return text("ready");
  };
  const answers = new Map([
    ["/health", GET("/health", text("alive"))],
    ["/ready", decorate(GET("/ready", ready), withTimeout(1))],
  ]);
  return (handler) => (request) => (answers.get(request.uri) ?? handler)(request);
};
