/** The clock of a process, which a spec sets ahead in place of waiting. */
const now = Date.now;
let ahead = 0;

/** Lets seconds go by for all that goes by `Date.now`. */
export function later(seconds: number): void {
  ahead += seconds * 1000;
  Date.now = () => now() + ahead;
}

export function setRight(): void {
  ahead = 0;
  Date.now = now;
}
