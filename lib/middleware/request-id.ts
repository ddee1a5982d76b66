/** An id for each request, which its log lines and its response carry. Source: Plug.RequestId. */
import { randomUUID } from "node:crypto";
import { around } from "../decorate.js";
import { merged } from "../map.js";
import { headerOf } from "../request.js";
import type { Decorator, Request, Response } from "../types.js";

const field = "x-request-id";

/** What those who make ids write them with; nothing that could end or forge a line of a log. */
const isId = (text: string | undefined): text is string =>
  text !== undefined && /^[\w.:/+=-]{1,128}$/.test(text);

/** Adds `requestId`: the one that came with the request, if it looks like one, else a new one. */
export function requestIdRequest(request: Request): Request {
  if (request.requestId !== undefined) return request;
  const id = headerOf(request, field);
  return { ...request, requestId: isId(id) ? id : randomUUID() };
}

/** Tells the client the id of its request. */
export const requestIdResponse = (response: Response, { requestId }: Request): Response =>
  requestId === undefined
    ? response
    : { ...response, headers: merged(response.headers, { [field]: requestId }) };

/**
 * Adds `request.requestId` and answers it as `x-request-id`. An id that comes in this field is kept where it has 1 to
 * 128 characters, letters, digits and `. _ : / + = -`; so any client can choose the id of its requests, unless a proxy
 * sets the field. Else it is a random UUID.
 *
 * `decorate(app, withErrors(), withLogger(), withRequestId())`
 */
export const withRequestId = (): Decorator => around(requestIdRequest, requestIdResponse);
