/** Doing one thing after the other, also where some of them take their time. */
import { isPromise } from "../decorate.js";

/** Takes its time where it gives a promise. */
export type Task = () => unknown;

export type Turns = {
  /** Does this when all before it is done: at once where nothing is under way. */
  readonly add: (task: Task) => void;
  /** How many tasks wait. */
  readonly waiting: () => number;
};

/** `idle` is called whenever all is done. Tasks must not fail. */
export function turns(idle: () => void): Turns {
  let tasks: Task[] = [];
  let done = 0;
  let isBusy = false;
  const next = (): void => {
    isBusy = true;
    while (done < tasks.length) {
      const task = tasks[done++] as Task;
      const result = task();
      if (isPromise(result)) {
        result.then(next);
        return;
      }
    }
    isBusy = false;
    tasks = [];
    done = 0;
    idle();
  };
  return {
    add(task) {
      tasks.push(task);
      if (!isBusy) next();
    },
    waiting: () => tasks.length - done,
  };
}
