/** What the types of WebSockets promise; tsc checks it. */
import { GET } from "../../lib/index.js";
import { typed } from "../../lib/typed.js";
import { websocket } from "../../lib/websocket.js";

const app = typed<{ name?: string }>();

app.GET("/chat", websocket({}));
app.GET("/chat", ({ session }) => [
  app.sessionAssoc("name", session.name ?? "stranger"),
  websocket({ message: (socket, data) => socket.send(data) }),
]);

GET("/chat", async () =>
  websocket({
    async open(socket) {
      const isSent: boolean = await socket.send(socket.protocol);
      return isSent;
    },
    message(socket, data) {
      const size: number = typeof data === "string" ? data.length : data.byteLength;
      socket.close(1000, String(size));
    },
    close: (_, code, reason) => code.toFixed() + reason.trim(),
  }),
);

// @ts-expect-error a handler of another name
websocket({ onmessage() {} });
// @ts-expect-error a message is text or bytes
websocket({ open: (socket) => socket.send({ hello: "there" }) });
// @ts-expect-error origins are a list
websocket({}, { trustedOrigins: "https://example.com" });
