/** The paths of the session scenarios where a middleware of Connect's kind puts a `session` into the request. */
import { login, pause, sleep } from "./content.js";

/** `send(res, text)` answers as is usual in the framework of `app`. */
export function addSessionPaths(app, send) {
  app.get("/login", ({ session }, res) => {
    Object.assign(session, login());
    send(res, "Welcome");
  });
  app.get("/", ({ session }, res) => send(res, `Hello ${session.name ?? "stranger"}`));
  app.get("/visit", ({ session }, res) => {
    session.visits = (session.visits ?? 0) + 1;
    send(res, String(session.visits));
  });
  app.get("/about", (_, res) => send(res, "About"));
  app.get("/flash", ({ session }, res) => {
    const { flash } = session;
    session.flash = { notice: "saved" };
    send(res, flash?.notice ?? "nothing");
  });
}

/** The paths of the races, for a `session` with `destroy(callback)`. */
export function addRacingPaths(app, send) {
  app.get("/increment", async ({ session }, res) => {
    const { count = 0 } = session;
    await sleep(pause.increment);
    session.count = count + 1;
    send(res, "Done");
  });
  app.get("/count", ({ session }, res) => send(res, String(session.count)));
  app.get("/slow", async ({ session }, res) => {
    await sleep(pause.slow);
    session.seen = true;
    send(res, "Done");
  });
  app.get("/logout", ({ session }, res) => session.destroy(() => send(res, "Bye")));
}
