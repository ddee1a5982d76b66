/** The memory store with so many sessions in it: `node --expose-gc store.js 1000000` prints its figures as JSON. */
import { memoryStore } from "../dist/index.js";
import { counted, idOf, recordOf } from "./records.js";
import { median } from "./report.js";

const sessions = Number(process.argv[2]);
const sampled = 20_000;
const rounds = 5;

const keep = { ttl: 600 };

/** Bytes in use, and bytes that the system has given for them. */
const weighed = () => {
  gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { used: heapUsed + external, resident: rss };
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
const before = weighed();
const stores = Array.from({ length: Math.max(1, 100_000 / sessions) }, filled);
const after = weighed();
const bytesOf = (name) => (after[name] - before[name]) / (stores.length * sessions);
const [store] = stores;

const read = (id) => store.read(id);
const update = (id) => store.update(id, counted, keep);
const create = (id, index) => store.create(id, recordOf(index), keep);
const remove = (id) => store.delete(id);

/** All four in turn: two on an id that is there, then one comes and goes. */
const turns = [read, update, create, remove];
const mixed = known.map((id, index) => (index % 4 < 2 ? id : fresh[index >> 2]));

const operations = {
  read: () => timesOf(read, known),
  update: () => timesOf(update, known),
  create: () => timesOf(create, fresh),
  delete: () => timesOf(remove, fresh),
  "all four in turn": () => timesOf((id, index) => turns[index % 4](id, index), mixed),
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
  row(`${name}, p99.9`, median(times.map((each) => percentile(each, 0.999))), "µs"),
]);
const weights = [
  row("memory of a session", bytesOf("used"), "bytes"),
  row("resident memory of a session", bytesOf("resident"), "bytes"),
];
console.log(JSON.stringify([...rows, ...weights]));
