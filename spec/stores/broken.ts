/** Stores broken in one way each, with the checks of the contract that tell so. */
import { records } from "./broken/records.js";
import { times } from "./broken/times.js";
import { updates } from "./broken/updates.js";
import { values } from "./broken/values.js";

export const brokenStores = [...times, ...records, ...updates, ...values];
