/** What the bridges take, as TypeScript sees it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { toFetch } from "../../lib/fetch.js";
import { fromConnect, GET } from "../../lib/index.js";

// The shapes of the types of Express and of its middleware.
interface ExpressRequest extends IncomingMessage {
  session: { user?: string };
}
interface ExpressResponse extends ServerResponse {
  send(body: unknown): this;
}
interface ExpressNext {
  (error?: unknown): void;
  (to: "route" | "router"): void;
}
declare const ofExpress: (req: ExpressRequest, res: ExpressResponse, next: ExpressNext) => void;
declare const ofConnect: (req: IncomingMessage, res: ServerResponse, next: () => void) => Promise<void>;

fromConnect(ofExpress);
fromConnect(ofConnect);

// @ts-expect-error: middleware is a function
fromConnect({});

export const response: Promise<globalThis.Response> = toFetch(GET("/", "Hello"))(new Request("http://a/"));
