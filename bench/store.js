/** The memory store with so many sessions in it: `node --expose-gc store.js 1000000` prints its figures as JSON. */
import { hash } from "node:crypto";
import { memoryStore } from "../dist/index.js";

const sessions = Number(process.argv[2]);
const sampled = 20_000;
const rounds = 5;

const idOf = (index) => hash("sha256", String(index), "base64url");
const recordOf = (index) => ({
  session: { name: "Ada Lovelace", count: index },
  created: 1_800_000_000_000,
  renewed: 1_800_000_000_000,
});
const keep = { ttl: 600 };
const counted = (record) => ({ ...record, session: { ...record.session, count: record.session.count + 1 } });

const used = () => {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** Microseconds of each call, one for each id. */
function timesOf(call, ids) {
  const times = new Float64Array(ids.length);
  for (const [index, id] of ids.entries()) {
    const begun = performance.now();
    call(id, index);
    times[index] = (performance.now() - begun) * 1000;
  }
  return times;
}

const mean = (times) => times.reduce((sum, time) => sum + time, 0) / times.length;
const percentile = (times, share) => times.toSorted()[Math.ceil(times.length * share) - 1];

/** Ids all over the store, the same ones in every run. */
const known = Array.from({ length: sampled }, (_, index) => idOf((index * 7_919) % sessions));
const fresh = Array.from({ length: sampled }, (_, index) => idOf(`new ${index}`));

function filled() {
  const store = memoryStore({ max: sessions + sampled });
  for (let index = 0; index < sessions; index++) store.create(idOf(index), recordOf(index), keep);
  return store;
}

/** Small stores are weighed together, as one alone weighs less than what Node does meanwhile. */
const before = used();
const stores = Array.from({ length: Math.max(1, 100_000 / sessions) }, filled);
const bytes = (used() - before) / (stores.length * sessions);
const [store] = stores;

const operations = {
  read: () => timesOf((id) => store.read(id), known),
  update: () => timesOf((id) => store.update(id, counted, keep), known),
  create: () => timesOf((id, index) => store.create(id, recordOf(index), keep), fresh),
  delete: () => timesOf((id) => store.delete(id), fresh),
};
const samples = Object.fromEntries(Object.keys(operations).map((name) => [name, []]));
/** The first round warms up. */
for (let round = 0; round <= rounds; round++) {
  for (const [name, measure] of Object.entries(operations)) {
    const times = measure();
    if (round > 0) samples[name].push(times);
  }
}

const row = (name, value, unit) => ({
  group: "memory store",
  name,
  at: `${sessions.toLocaleString("en-US")} sessions`,
  value,
  unit,
});
const rows = Object.entries(samples).flatMap(([name, times]) => [
  row(name, Math.min(...times.map(mean)), "µs"),
  row(`${name}, p99.9`, Math.min(...times.map((each) => percentile(each, 0.999))), "µs"),
]);
console.log(JSON.stringify([...rows, row("memory of a session", bytes, "bytes")]));
