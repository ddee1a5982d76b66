/** The nginx of docs/deployment.md, as it stands there, but for names, ports, the paths of certificates and a time. */
import { readFileSync } from "node:fs";
import { blocksOf } from "./blocks.js";
import { type Nginx, proxied } from "./nginx.js";
import { freePort } from "./port.js";

const page = "docs/deployment.md";

/** Whoever changes the page hears of it where a spec relied on what stood there. */
function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`expected ${JSON.stringify(from)} in the nginx block of ${page}`);
  return text.replaceAll(from, to);
}

function documented(): string {
  const blocks = blocksOf(page, readFileSync(page, "utf8"));
  const site = blocks.find(({ language }) => language === "nginx");
  if (site === undefined) throw new Error(`expected an nginx block in ${page}`);
  return site.code;
}

export type Deployed = Nginx & {
  readonly port: number;
  /** The port that only redirects. */
  readonly plainPort: number;
};

/** Runs the nginx of the docs in front of processes on two ports, as `localhost`, until `use` is done with it. */
export async function deployed(
  [first, second]: readonly [number, number],
  use: (nginx: Deployed) => Promise<void>,
): Promise<void> {
  const [port, plainPort] = [await freePort(), await freePort()];
  const site = (folder: string): string =>
    [
      ["/etc/letsencrypt/live/guestbook.example/fullchain.pem", `${folder}/certificate.pem`],
      ["/etc/letsencrypt/live/guestbook.example/privkey.pem", `${folder}/key.pem`],
      ["guestbook.example", "localhost"],
      ["listen 443", `listen 127.0.0.1:${port}`],
      ["listen 80", `listen 127.0.0.1:${plainPort}`],
      ["127.0.0.1:3001", `127.0.0.1:${first}`],
      ["127.0.0.1:3002", `127.0.0.1:${second}`],
      // For so long a process that is asked to end waits for nginx to let go of it.
      ["keepalive_timeout 4s", "keepalive_timeout 1s"],
    ].reduce((text, [from, to]) => replaced(text, from!, to!), documented());
  await proxied({ site, port }, (nginx) => use({ ...nginx, port, plainPort }));
}
