/** A process that counts in sessions as it is told by messages, with no server around its apps. */
import { setTimeout as pause } from "node:timers/promises";
import type { Handler, Request, Response } from "../../lib/index.js";
import { counters, type Kind } from "./counters.js";

/** What is asked of an app, so many times at once. */
export type Order = {
  readonly id: number;
  readonly kind: Kind;
  readonly database: string;
  readonly cookie: string;
  readonly asked: readonly (readonly [method: string, uri: string])[];
};
export type Answer = {
  readonly id: number;
  readonly bodies?: readonly string[];
  readonly cookies?: readonly string[];
  readonly error?: string;
};

const apps = new Map<string, Promise<Handler>>();

async function appOf({ kind, database }: Order): Promise<Handler> {
  const app = apps.get(kind) ?? counters(kind, database, 60);
  apps.set(kind, app);
  return app;
}

/** Asks again where SQLite was locked for too long: what is refused so is known not to be made. */
async function answered(app: Handler, request: Request): Promise<Response | null> {
  for (;;) {
    try {
      return await app(request);
    } catch (error) {
      if (!/database is locked/.test(String((error as Error).cause))) throw error;
      await pause(25);
    }
  }
}

async function obey(order: Order): Promise<Omit<Answer, "id">> {
  const app = await appOf(order);
  const responses = await Promise.all(
    order.asked.map(([method, target]) => {
      const [uri, queryString] = target.split("?") as [string, string | undefined];
      return answered(app, { method, uri, queryString, headers: { cookie: order.cookie } });
    }),
  );
  return {
    bodies: responses.map((response) => String(response?.body)),
    cookies: responses.flatMap((response) => response?.headers["set-cookie"] ?? []),
  };
}

process.on("message", (order: Order) => {
  obey(order).then(
    (answer) => process.send!({ id: order.id, ...answer }),
    (error) => process.send!({ id: order.id, error: String(error.stack) }),
  );
});

// It asks for nobody once who told it is gone, by kill -9 too.
process.on("disconnect", () => process.exit());
