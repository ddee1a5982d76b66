/** Stores broken in one way each, with the checks of the contract that tell so. */
import { atOnce } from "./broken/at-once.js";
import { entries } from "./broken/entries.js";
import { records } from "./broken/records.js";
import { sessionsOf } from "./broken/sessions-of.js";
import { several } from "./broken/several.js";
import { signOut } from "./broken/sign-out.js";
import { times } from "./broken/times.js";
import { updates } from "./broken/updates.js";
import { values } from "./broken/values.js";

export const brokenStores = [
  ...times,
  ...records,
  ...updates,
  ...atOnce,
  ...values,
  ...sessionsOf,
  ...entries,
  ...signOut,
  ...several,
];
