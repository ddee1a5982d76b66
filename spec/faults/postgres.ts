/** PostgreSQL breaks while sessions are used. */
import { test } from "uvu";
import { hasPostgres, skipPostgres, startPostgres } from "../house/postgres.js";
import { survive } from "./outage.js";

if (hasPostgres) {
  test("sessions in PostgreSQL outlive its kill -9 under load", async () => {
    const postgres = await startPostgres();
    try {
      await survive("postgres", postgres.url, { begin: postgres.kill, end: postgres.start });
    } finally {
      await postgres.remove();
    }
  });

  test("sessions in PostgreSQL outlive a restart of it under load", async () => {
    const postgres = await startPostgres();
    try {
      await survive("postgres", postgres.url, { begin: postgres.stop, end: postgres.start });
    } finally {
      await postgres.remove();
    }
  });

  test("sessions in PostgreSQL outlive a freeze of it under load", async () => {
    const postgres = await startPostgres();
    try {
      await survive("postgres", postgres.url, { begin: postgres.freeze, end: postgres.thaw });
    } finally {
      await postgres.remove();
    }
  });
} else skipPostgres("sessions while PostgreSQL breaks");

test.run();
