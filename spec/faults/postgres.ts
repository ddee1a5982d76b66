/** PostgreSQL breaks while sessions are used. */
import { test } from "uvu";
import { hasPostgres, type Postgres, skipPostgres, startPostgres } from "../house/postgres.js";
import { type Outage, survive } from "./outage.js";

const outages: { readonly [what: string]: (postgres: Postgres) => Outage } = {
  "its kill -9": ({ kill, start }) => ({ begin: kill, end: start }),
  "a restart of it": ({ stop, start }) => ({ begin: stop, end: start }),
  "a freeze of it": ({ freeze, thaw }) => ({ begin: freeze, end: thaw }),
};

if (hasPostgres) {
  for (const [what, outage] of Object.entries(outages)) {
    test(`sessions in PostgreSQL outlive ${what} under load`, async () => {
      const postgres = await startPostgres();
      try {
        await survive("postgres", postgres.url, outage(postgres));
      } finally {
        await postgres.remove();
      }
    });
  }
} else skipPostgres("sessions while PostgreSQL breaks");

test.run();
