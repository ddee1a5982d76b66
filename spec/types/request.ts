/** What decorators add to a request, as TypeScript sees it. */
import { type NestedParams, POST, type RouteRequest } from "../../lib/index.js";

POST("/", (request) => {
  const nested: NestedParams | undefined = request.nestedParams;
  const json: unknown = request.json;
  const words: readonly (string | undefined)[] = [request.nonce, request.requestId];
  return nested === undefined && json === undefined ? null : words.join(" ");
});

/** Keys that stand in the type, and not any key. */
type Named = keyof { [Key in keyof RouteRequest as string extends Key ? never : Key]: unknown };
export const added: readonly Named[] = ["json", "nestedParams", "nonce", "requestId"];
