/** A server that tells the benchmark where it listens and, whenever asked, what it has used up so far. */
export function measured(server) {
  let requests = 0;
  server.on("request", () => {
    requests += 1;
  });
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send({ cpu: user + system, requests, memory: process.memoryUsage.rss() });
  });
  process.on("disconnect", () => process.exit());
  process.send({ port: server.address().port });
}
