/** What Composure must reach, and whether it did in one run. */
import { isOurs, markdown, table } from "./report.js";

/** The most that our CPU per request may be of theirs, against bare node:http and, or, against the best peer. */
const cpu = (scenario, bare, peer) => ({ name: scenario, scenario, bare, peer });

export const targets = [
  cpu("hello", 1.05, 1),
  cpu("param-first", 1.05, 1),
  cpu("param-middle", 1.05, 1),
  cpu("param-last", 1.05, 1),
  cpu("decorators", 1.12),
  { name: "cost at 10,000 routes against 10", scenario: "routes-10000", since: "routes-10", bare: 1.05 },
  cpu("memory-read", 1.15, 0.5),
  cpu("memory-write", 1.2, 0.5),
  cpu("cookie-read", 1, 0.7),
  cpu("cookie-write", 1.1, 0.7),
  /** The only one about requests per second, of which we must have at least so many. */
  { name: "stream, throughput", scenario: "stream", rate: true, bare: 0.97, peer: 1 },
];

/** Of sessions on a database the peers are the measure. */
export const databaseTargets = ["redis-read", "redis-write", "postgres-read", "postgres-write"].map(
  (scenario) => cpu(scenario, undefined, 0.6),
);

const isPeer = (row) => row.contender !== "bare" && !isOurs(row);

/** How we stand against bare; of growth, how much more we grow than bare does. */
function againstBare({ scenario, since, rate }, rows) {
  const ours = (name) => rows.find((row) => row.scenario === name && row.contender === "composure");
  if (rate) return ours(scenario)?.rateRatio;
  return since === undefined ? ours(scenario)?.ratio : ours(scenario)?.ratio / ours(since)?.ratio;
}

/** How we stand against each peer, the one that does best first. */
function againstPeers({ scenario, rate }, rows) {
  const peers = rows.filter((row) => row.scenario === scenario && isPeer(row));
  const standing = peers.map(({ contender, ours, oursRate }) => ({
    contender,
    measured: rate ? oursRate : ours,
  }));
  return standing.toSorted((a, b) => (rate ? a.measured - b.measured : b.measured - a.measured));
}

function verdict(limit, measured, rate) {
  if (!Number.isFinite(measured)) return "not measured";
  return (rate ? measured >= limit : measured <= limit) ? "met" : "falls short";
}

function judgedOne({ name, rate, bare, peer, ...target }, rows) {
  const judge = (against, limit, measured) => ({
    name,
    against,
    target: `${rate ? "≥" : "≤"} ${limit.toFixed(2)}`,
    measured: Number.isFinite(measured) ? measured : undefined,
    verdict: verdict(limit, measured, rate),
  });
  const [best] = againstPeers({ ...target, rate }, rows);
  const all = [];
  if (bare !== undefined) all.push(judge("bare", bare, againstBare({ ...target, rate }, rows)));
  if (peer !== undefined) all.push(judge(best?.contender ?? "the best peer", peer, best?.measured));
  return all;
}

/** Each target as `{ name, against, target, measured, verdict }`; it is "met", "falls short" or "not measured". */
export const judged = (rows, of = targets) => of.flatMap((target) => judgedOne(target, rows));

const shape = {
  target: ({ name }) => name,
  against: ({ against }) => against,
  "must be": ({ target }) => target,
  // A digit more than the target has, so that a narrow miss does not look like a hit.
  measured: ({ measured }) => measured?.toFixed(3) ?? "–",
  "": ({ verdict }) => verdict,
};

/** The targets and what was measured, as text. */
export const outcome = (rows, of = [...targets, ...databaseTargets]) => table(shape, judged(rows, of));

/** The same as Markdown; undefined unless all of them were measured. */
export function outcomeTable(rows, of = targets) {
  const all = judged(rows, of);
  if (all.some(({ verdict }) => verdict === "not measured")) return undefined;
  return markdown(shape, all, ["against", ""]);
}
