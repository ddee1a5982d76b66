/** Questions that come in the same turn of the event loop, asked together. */

type Call<Question, Answer> = {
  readonly question: Question;
  readonly resolve: (answer: Answer | Promise<Answer>) => void;
  readonly reject: (error: unknown) => void;
};

export type Asked<Question, Answer> = {
  readonly one: (question: Question) => Promise<Answer>;
  /** The answers in the order of the questions. */
  readonly all: (questions: readonly Question[]) => Promise<readonly Answer[]>;
  /** Whether an error may be that of one question, and nothing has happened for the others. */
  readonly isOfOne: (error: unknown) => boolean;
};

/** How many go together at most. */
const most = 100;

/**
 * A function that asks for one thing, and what is asked of it by many requests at once goes to the database as one
 * statement: one message there and one back, one commit. A question that comes alone is asked alone.
 */
export function together<Question, Answer>({ one, all, isOfOne }: Asked<Question, Answer>) {
  let waiting: Call<Question, Answer>[] = [];

  const alone = ({ question, resolve }: Call<Question, Answer>): void => resolve(one(question));

  async function askAll(calls: readonly Call<Question, Answer>[]): Promise<void> {
    try {
      const answers = await all(calls.map(({ question }) => question));
      calls.forEach(({ resolve }, index) => {
        resolve(answers[index] as Answer);
      });
    } catch (error) {
      for (const call of calls) {
        if (isOfOne(error)) alone(call);
        else call.reject(error);
      }
    }
  }

  function ask(): void {
    const calls = waiting;
    waiting = [];
    if (calls.length === 1) alone(calls[0] as Call<Question, Answer>);
    else if (calls.length > 1) askAll(calls);
  }

  return (question: Question): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const count = waiting.push({ question, resolve, reject });
      // After the sockets of this turn, and what they have asked.
      if (count === 1) setImmediate(ask);
      else if (count === most) ask();
    });
}
