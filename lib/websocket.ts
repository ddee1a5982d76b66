/** The door of `composure/websocket`. */
export type { WebSocketHandlers } from "./websocket/conversation.js";
export type { WebSocketOptions } from "./websocket/options.js";
export type { Socket, SocketData } from "./websocket/socket.js";
export { type WebSocketUpdate, websocket } from "./websocket/update.js";
