/** Visitors who count in their sessions, each in one of their own, and notice whatever is not as it was promised. */
import { setTimeout as pause } from "node:timers/promises";

type Visitor = {
  readonly owner: string;
  readonly cookie: string;
  /** The turns that the visitor was told to have counted. Any other that was asked for may count too, once. */
  readonly confirmed: number[];
  /** The number of the next turn. */
  next: number;
};

/** How often it was 200 and 503 so far, and when it last was 200. */
export type Answered = { ok: number; refused: number; lastOk: number };

type Shown = { readonly owner?: string; readonly turns?: readonly number[] };

/** Far more than any deadline: what passes it hangs. */
const patience = 15_000;

const ask = (url: string, method: string, cookie = "") =>
  fetch(url, { method, headers: { cookie }, signal: AbortSignal.timeout(patience) });

async function arrive(url: string, owner: string): Promise<Visitor> {
  const response = await ask(`${url}/begin?owner=${owner}`, "POST");
  const cookie = response.headers.getSetCookie()[0]?.split(";")[0];
  if (cookie === undefined) throw new Error(`expected a session for ${owner}, got ${response.status}`);
  await response.body?.cancel();
  return { owner, cookie, confirmed: [], next: 0 };
}

/** What is wrong with a session that was shown to a visitor. */
function faultsOf({ owner, confirmed }: Visitor, shown: Shown): string[] {
  if (shown.owner !== owner) return [`${owner} was shown ${JSON.stringify(shown)}`];
  const { turns = [] } = shown;
  const counted = new Set(turns);
  const lost = confirmed.filter((turn) => !counted.has(turn));
  return [
    ...(lost.length > 0 ? [`${owner} lost the turns ${lost}`] : []),
    ...(counted.size < turns.length ? [`${owner} counted twice in ${turns}`] : []),
  ];
}

/** Lets visitors count while something happens; gives what was not as promised, then and at last. */
export async function visited(
  url: string,
  count: number,
  meanwhile: (answered: Answered) => Promise<void>,
): Promise<string[]> {
  const visitors = await Promise.all(
    Array.from({ length: count }, (_, index) => arrive(url, `visitor${index}`)),
  );
  const answered: Answered = { ok: 0, refused: 0, lastOk: 0 };
  const troubles: string[] = [];
  let isOver = false;

  const countOnce = async (visitor: Visitor): Promise<void> => {
    const turn = visitor.next++;
    const response = await ask(`${url}/turn?turn=${turn}`, "POST", visitor.cookie);
    if (response.status === 200) {
      visitor.confirmed.push(turn);
      troubles.push(...faultsOf(visitor, (await response.json()) as Shown));
      answered.ok += 1;
      answered.lastOk = Date.now();
      return;
    }
    if (response.status !== 503) troubles.push(`${visitor.owner} got ${response.status}`);
    if (response.headers.get("retry-after") === null) troubles.push("a 503 without retry-after");
    if (response.headers.getSetCookie().length > 0) troubles.push("a 503 with a cookie");
    await response.body?.cancel();
    answered.refused += 1;
    await pause(20);
  };

  const stay = async (visitor: Visitor): Promise<void> => {
    while (!isOver) {
      await countOnce(visitor).catch((error) => {
        troubles.push(`${visitor.owner}: ${error.message}`);
        return pause(100);
      });
    }
  };
  const staying = visitors.map(stay);

  try {
    await meanwhile(answered);
  } finally {
    isOver = true;
    await Promise.all(staying);
  }
  for (const visitor of visitors) {
    const response = await ask(`${url}/`, "GET", visitor.cookie);
    if (response.status === 200) troubles.push(...faultsOf(visitor, (await response.json()) as Shown));
    else troubles.push(`${visitor.owner} got ${response.status} at last`);
  }
  return troubles;
}
