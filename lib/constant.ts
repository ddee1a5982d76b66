/** Updates that are the same for all requests, and are rendered once. */
import { Html } from "./html.js";
import { isMap, isStatus, render } from "./render.js";
import type { Awaitable, Request, Response, Result } from "./types.js";

const isText = (value: unknown): boolean => typeof value === "string" || value instanceof Html;

const isConstantKey = ([key, value]: [string, unknown]): boolean =>
  key === "headers" || (key === "body" && isText(value)) || (key === "status" && isStatus(value));

/** Whether all requests get the same response by this update: text, statuses, and maps and vectors of these. */
export function isConstant(update: unknown): boolean {
  if (isText(update) || isStatus(update)) return true;
  if (Array.isArray(update)) return update.every(isConstant);
  if (typeof update !== "object" || update === null) return false;
  return isMap(update) && Object.entries(update).every(isConstantKey);
}

/** `render` for one update. What is the same for all requests is rendered for the first of them. */
export function renderer(update: Result): (request: Request) => Awaitable<Response | null> {
  if (!isConstant(update)) return (request) => render(request, update);
  let rendered: Response | undefined;
  return (request) => {
    rendered ??= render(request, update) as Response;
    return { ...rendered, headers: { ...rendered.headers } };
  };
}
