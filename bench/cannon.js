/** Load by autocannon in a process of its own: `node cannon.js JSON` prints what load.lua prints. */
import { readFileSync } from "node:fs";
import autocannon from "autocannon";

const { cookies, skip, ...options } = JSON.parse(process.argv[2]);

/** Requests with these cookies in turn. */
function turns(lines) {
  let turn = skip;
  const setupRequest = (request) => {
    turn += 1;
    return { ...request, headers: { ...request.headers, cookie: lines[turn % lines.length] } };
  };
  return [{ setupRequest }];
}

const requests = cookies ? turns(readFileSync(cookies, "utf8").split("\n")) : undefined;
const load = autocannon({ ...options, requests });
process.once("SIGINT", () => load.stop());
const { requests: answers, throughput, duration, non2xx, errors, latency } = await load;
console.log(
  JSON.stringify({
    requests: answers.total,
    bytes: throughput.total,
    seconds: duration,
    refused: non2xx,
    broken: errors,
    p50: latency.p50,
    p99: latency.p99,
    p999: latency.p99_9,
  }),
);
