/** Questions of one turn go together; the others alone. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { together } from "../../../lib/stores/postgres/together.js";

/** What answers a number with its double, and notes what it was asked; "all" fails as it is told. */
function doubling(failure?: { readonly isOfOne: boolean }) {
  const asked: unknown[] = [];
  const double = together<number, number>({
    isOfOne: () => failure?.isOfOne === true,
    async one(number) {
      asked.push(number);
      if (number < 0) throw new RangeError(`${number} is too small`);
      return number * 2;
    },
    async all(numbers) {
      asked.push(numbers);
      if (failure !== undefined) throw new Error("not together");
      return numbers.map((number) => number * 2);
    },
  });
  return { asked, double };
}

const outcomes = async (answers: readonly Promise<unknown>[]): Promise<unknown[]> =>
  (await Promise.allSettled(answers)).map((outcome) =>
    outcome.status === "fulfilled" ? outcome.value : String(outcome.reason),
  );

test("a question that comes alone is asked alone", async () => {
  const { asked, double } = doubling();
  assert.is(await double(1), 2);
  assert.is(await double(2), 4);
  assert.equal(asked, [1, 2]);
});

test("what comes in one turn is asked at once, and each gets its answer", async () => {
  const { asked, double } = doubling();
  const late = Promise.resolve().then(() => double(3));
  assert.equal(await Promise.all([double(1), double(2), double(2), late]), [2, 4, 4, 6]);
  assert.equal(asked, [[1, 2, 2, 3]]);
});

test("a hundred go together at most", async () => {
  const { asked, double } = doubling();
  const numbers = Array.from({ length: 201 }, (_, index) => index);
  assert.equal(
    await Promise.all(numbers.map(double)),
    numbers.map((number) => number * 2),
  );
  assert.equal(asked, [numbers.slice(0, 100), numbers.slice(100, 200), 200]);
});

test("where one may be the cause of a failure, each is asked alone", async () => {
  const { asked, double } = doubling({ isOfOne: true });
  const answers = await outcomes([double(1), double(-1), double(2)]);
  assert.equal(answers, [2, "RangeError: -1 is too small", 4]);
  assert.equal(asked, [[1, -1, 2], 1, -1, 2]);
});

test("any other failure is that of all, and nothing is asked again", async () => {
  const { asked, double } = doubling({ isOfOne: false });
  assert.equal(await outcomes([double(1), double(2)]), ["Error: not together", "Error: not together"]);
  assert.equal(asked, [[1, 2]]);
});

test.run();
