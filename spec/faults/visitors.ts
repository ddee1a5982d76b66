/** Visitors who count in their sessions, each in one of their own, and notice whatever is not as it was promised. */
import { setTimeout as pause } from "node:timers/promises";

export type Visitor = {
  readonly owner: string;
  readonly cookie: string;
  /** How many times the visitor was told to have counted, and how many times not: those may count too, once. */
  confirmed: number;
  unsure: number;
};

export type Visit = {
  readonly visitors: readonly Visitor[];
  /** How often it was 200 and 503 so far, and when it last was. */
  readonly answered: { ok: number; refused: number; lastOk: number; lastRefused: number };
  /** What was not as promised. */
  readonly troubles: string[];
  /** Ends the visit, and compares what the sessions say with what the visitors were told. */
  readonly leave: () => Promise<void>;
};

type Shown = { readonly owner?: string; readonly count?: number };

/** Far more than any deadline: what passes it hangs. */
const patience = 15_000;

const ask = (url: string, method: string, cookie = "") =>
  fetch(url, { method, headers: { cookie }, signal: AbortSignal.timeout(patience) });

async function arrive(url: string, owner: string): Promise<Visitor> {
  const response = await ask(`${url}/begin?owner=${owner}`, "POST");
  const cookie = response.headers.getSetCookie()[0]?.split(";")[0];
  if (cookie === undefined) throw new Error(`expected a session for ${owner}, got ${response.status}`);
  await response.body?.cancel();
  return { owner, cookie, confirmed: 0, unsure: 0 };
}

/** What is wrong with a session that was shown to a visitor; null: nothing. */
function faultOf({ owner, confirmed, unsure }: Visitor, shown: Shown): string | null {
  if (shown.owner !== owner) return `${owner} was shown ${JSON.stringify(shown)}`;
  const isRight = Number(shown.count) >= confirmed && Number(shown.count) <= confirmed + unsure;
  return isRight ? null : `${owner} expected ${confirmed} to ${confirmed + unsure}, got ${shown.count}`;
}

/** Lets visitors count until they are asked to leave. */
export async function visit(url: string, count: number): Promise<Visit> {
  const visitors = await Promise.all(
    Array.from({ length: count }, (_, index) => arrive(url, `visitor${index}`)),
  );
  const answered = { ok: 0, refused: 0, lastOk: 0, lastRefused: 0 };
  const troubles: string[] = [];
  let isOver = false;

  const heard = (visitor: Visitor, shown: Shown): void => {
    const fault = faultOf(visitor, shown);
    if (fault !== null) troubles.push(fault);
    answered.ok += 1;
    answered.lastOk = Date.now();
  };

  const countOnce = async (visitor: Visitor): Promise<void> => {
    const response = await ask(`${url}/count`, "POST", visitor.cookie);
    if (response.status === 200) {
      visitor.confirmed += 1;
      return heard(visitor, (await response.json()) as Shown);
    }
    if (response.status !== 503) troubles.push(`${visitor.owner} got ${response.status}`);
    if (response.headers.get("retry-after") === null) troubles.push("a 503 without retry-after");
    if (response.headers.getSetCookie().length > 0) troubles.push("a 503 with a cookie");
    await response.body?.cancel();
    visitor.unsure += 1;
    answered.refused += 1;
    answered.lastRefused = Date.now();
    await pause(20);
  };

  const stay = async (visitor: Visitor): Promise<void> => {
    while (!isOver) {
      await countOnce(visitor).catch((error) => {
        troubles.push(`${visitor.owner}: ${error.message}`);
        visitor.unsure += 1;
        return pause(100);
      });
    }
  };
  const staying = visitors.map(stay);

  return {
    visitors,
    answered,
    troubles,
    async leave() {
      isOver = true;
      await Promise.all(staying);
      for (const visitor of visitors) {
        const response = await ask(`${url}/`, "GET", visitor.cookie);
        if (response.status === 200) heard(visitor, (await response.json()) as Shown);
        else troubles.push(`${visitor.owner} got ${response.status} at last`);
      }
    },
  };
}
