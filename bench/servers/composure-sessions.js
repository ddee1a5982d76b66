/** The routes of the session scenarios and of the races, as Composure writes them. */
import { alterSession, clearSession, flashAssoc, GET, routes, sessionAssoc, text } from "../../dist/index.js";
import { login, pause, sleep } from "./content.js";

const increment = (session) => ({ ...session, count: (session.count ?? 0) + 1 });

const session = [
  GET("/login", () => [sessionAssoc(login()), text("Welcome")]),
  GET("/", ({ session }) => text(`Hello ${session.name ?? "stranger"}`)),
  GET("/visit", ({ session }) => {
    const visits = (session.visits ?? 0) + 1;
    return [sessionAssoc("visits", visits), text(String(visits))];
  }),
  GET("/about", text("About")),
  GET("/flash", ({ flash }) => [flashAssoc("notice", "saved"), text(flash.notice ?? "nothing")]),
];

const racing = [
  GET("/increment", async () => {
    await sleep(pause.increment);
    return [alterSession(increment), text("Done")];
  }),
  GET("/count", ({ session }) => text(String(session.count))),
  GET("/slow", async () => {
    await sleep(pause.slow);
    return [sessionAssoc("seen", true), text("Done")];
  }),
  GET("/logout", [clearSession(), text("Bye")]),
];

export const sessionRoutes = routes(session, racing);
