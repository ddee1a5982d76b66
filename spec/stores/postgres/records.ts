/** Many records at once: read and replaced by one statement, and still each by itself. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { postgresStore } from "../../../lib/postgres.js";
import { asking, type PostgresPool } from "../../../lib/stores/postgres/ask.js";
import { recordsOf } from "../../../lib/stores/postgres/records.js";
import { statementsOf } from "../../../lib/stores/postgres/sql.js";
import type { SessionRecord } from "../../../lib/types.js";
import { hasPostgres, skipPostgres } from "../../house/postgres.js";
import { postgresOf } from "../../house/postgres-database.js";

const ids = Array.from({ length: 40 }, (_, index) => `id-${index}`);
const increment = ({ count = 0, ...rest }: SessionRecord): SessionRecord => ({
  ...rest,
  count: Number(count) + 1,
});

if (hasPostgres) {
  const postgres = postgresOf(test, { max: 10 });
  let statements: string[] = [];
  const counted: PostgresPool = {
    get ending() {
      return postgres.pool.ending;
    },
    query(question) {
      statements.push(question.text.split(" ", 1)[0] as string);
      return postgres.pool.query(question);
    },
  };
  const store = postgresStore(counted);
  const other = postgresStore(counted);
  test.before.each(async () => {
    await postgres.pool.query({ text: "TRUNCATE composure_sessions" });
    await Promise.all(ids.map((id) => store.create(id, { id, count: 0 }, {})));
    statements = [];
  });
  const counts = async (): Promise<unknown[]> =>
    (await Promise.all(ids.map((id) => store.read(id)))).map((record) => record?.count);

  test("what is read at once is one statement, and everybody gets his own", async () => {
    const records = await Promise.all([...ids, "nobody", "id-0"].map((id) => store.read(id)));
    assert.equal(
      records.map((record) => record?.id ?? null),
      [...ids, null, "id-0"],
    );
    assert.equal(statements, ["SELECT"]);
  });

  test("what is changed at once is one statement", async () => {
    const held = await Promise.all(ids.map((id) => store.read(id)));
    statements = [];
    const changed = ids.map((id, index) => store.update(id, increment, { held: held[index]!, ttl: 60 }));
    assert.equal(
      await Promise.all(changed),
      ids.map(() => true),
    );
    assert.equal(statements, ["UPDATE"]);
    assert.equal(
      await counts(),
      ids.map(() => 1),
    );
  });

  test("labels, times and odd records arrive as they do one by one", async () => {
    const odd = { text: `{"a\\"},NULL\\`, nothing: null, zero: "\0", half: "\ud800" };
    await Promise.all([
      store.update("id-1", () => odd, { subject: "ada", label: `"quoted", {braced}` }),
      store.update("id-2", () => ({ is: "over" }), { ttl: 0.05 }),
      store.update("id-3", () => ({}), {}),
      store.update("nobody", () => ({}), {}),
    ]);
    assert.equal(
      statements.filter((word) => word === "UPDATE"),
      ["UPDATE"],
    );
    assert.equal(await store.read("id-1"), odd);
    const { rows } = await postgres.pool.query({
      text: "SELECT label, expires < now() + interval '1 s' AS soon FROM composure_sessions WHERE id IN ('id-1', 'id-2', 'id-3') ORDER BY id",
    });
    assert.equal(rows, [
      { label: '\\"quoted\\", {braced}', soon: false },
      { label: null, soon: true },
      { label: null, soon: false },
    ]);
    assert.is(await store.read("nobody"), null);
  });

  test("what is renewed at once is one statement", async () => {
    await Promise.all(ids.map((id, index) => store.touch!(id, { ttl: index === 3 ? 0.05 : 60, label: id })));
    assert.equal(statements, ["UPDATE"]);
    const text = `SELECT id FROM composure_sessions WHERE label = id AND expires > now() + interval '50 s'`;
    assert.is((await postgres.pool.query({ text })).rowCount, ids.length - 1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.is(await store.read("id-3"), null);
  });

  test("what two stores change at once is all there, in whatever order they come", async () => {
    const orders = [ids, ids.toReversed()];
    for (let round = 0; round < 10; round++) {
      const changes = [store, other].flatMap((one, index) =>
        orders[index]!.map((id) => one.update(id, increment, {})),
      );
      assert.ok((await Promise.all(changes)).every((isThere) => isThere));
    }
    assert.equal(
      await counts(),
      ids.map(() => 20),
    );
  });

  test("of two that set one record at once, one does", async () => {
    const { get, set } = recordsOf(asking(counted, "records"), statementsOf({ table: "composure_sessions" }));
    const { version } = (await get("id-5"))!;
    statements = [];
    const answers = await Promise.all([1, 2].map((count) => set("id-5", version, { count }, {})));
    assert.equal(answers, ["set", { record: { count: 1 }, version: version + 1 }]);
    assert.equal(statements, ["UPDATE", "SELECT"]);
  });

  test("a record that PostgreSQL refuses is the only one that fails", async () => {
    await postgres.pool.query({
      text: `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.id = 'id-7' THEN RAISE EXCEPTION 'not this one'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER refuse BEFORE UPDATE ON composure_sessions FOR EACH ROW EXECUTE FUNCTION refuse()`,
    });
    const changes = await Promise.allSettled(ids.map((id) => store.update(id, increment, {})));
    await postgres.pool.query({ text: "DROP TRIGGER refuse ON composure_sessions; DROP FUNCTION refuse" });
    const failed = changes.flatMap((change) => (change.status === "rejected" ? [String(change.reason)] : []));
    assert.equal(failed, ["error: not this one"]);
    assert.equal(
      await counts(),
      ids.map((id) => (id === "id-7" ? 0 : 1)),
    );
  });
} else skipPostgres("many records of PostgreSQL at once");

test.run();
