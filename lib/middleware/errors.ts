/** What handlers leave open, null and errors, answered in the type that the client likes best. */
import { mediaType } from "../body.js";
import { rescue, then } from "../decorate.js";
import { checkNames, wrong } from "../errors.js";
import { failureOf } from "../failure.js";
import { type Log, logError, logToConsole, report } from "../log.js";
import { boxed, errorResponse, openResponse } from "../open.js";
import { problem, problemType } from "../problem.js";
import { problemPage } from "../problem-page.js";
import { render } from "../render.js";
import { headerOf } from "../request.js";
import { text } from "../response.js";
import { acceptedType } from "../text/accept.js";
import { statusPhrase } from "../text/status.js";
import {
  type Awaitable,
  type Decorator,
  next,
  type Request,
  type Response,
  type ResponseHeaders,
  type Result,
  type Update,
} from "../types.js";
import { vary } from "../vary.js";
import { headResponse } from "./head.js";

/** What is to be answered where nobody did, or an error was thrown. */
export type Problem = {
  /** 404, 405, or that of the error: 500 unless it is meant for the client. */
  readonly status: number;
  /** What may be shown: the message of an error that is meant for the client, else the phrase of the status. */
  readonly message: string;
  /** What was thrown; undefined where nobody answered. */
  readonly error: unknown;
};

/** Makes an answer of a problem: an update, or null for the standard one. */
export type ProblemHandler = (request: Request, problem: Problem) => Result;

export type ErrorsOptions = {
  /** Answers in place of the standard texts and pages. */
  readonly handler?: ProblemHandler | undefined;
  /** Where errors of status 500 and more are reported; the console by default. */
  readonly log?: Log | undefined;
};

/** What is left open, with the answer in plain text. */
type Open = { readonly request: Request; readonly plain: Response; readonly error?: unknown };

const problemOf = ({ plain, error }: Open): Problem => ({
  status: plain.status,
  message: plain.body as string,
  error,
});

/** In the order in which they are preferred, where the client does not care. */
const types = ["text/plain", "text/html", problemType, "application/json"];
const typesOfPrograms = [problemType, ...types];

/** Whoever sends JSON reads JSON, unless it says otherwise. */
const sendsJson = (request: Request): boolean => /^application\/(?:.*\+)?json$/.test(mediaType(request));

const details = (status: number, message: string): Response =>
  problem(status, message === statusPhrase(status) ? {} : { detail: message });

/** The message in the type that the client likes best; as text where it likes none. */
function standardUpdate(request: Request, { status, message }: Problem): Update {
  const offered = sendsJson(request) ? typesOfPrograms : types;
  const type = acceptedType(headerOf(request, "accept"), offered) ?? "text/plain";
  if (type === "text/plain") return text(message);
  return type === "text/html" ? problemPage(status, message, request.nonce) : details(status, message);
}

const isText = (value: unknown): boolean => typeof value === "string" || typeof value === "number";

const isField = ([name, value]: readonly [string, unknown]): boolean =>
  name.toLowerCase() !== "content-type" && (Array.isArray(value) ? value.every(isText) : isText(value));

/** The fields that an answer keeps, whatever its type: `allow`, and those of the error. */
const kept = ({ headers }: Response): ResponseHeaders =>
  Object.fromEntries(Object.entries(headers).filter(isField));

/** The answer that an update makes of a problem: the update's status and headers go before those of the problem. */
function answered({ request, plain }: Open, update: Update): Response {
  const response = render(request, [plain.status, { headers: kept(plain) }, update]) as Response;
  return request.method === "HEAD" ? (headResponse(response) as Response) : response;
}

function standard(open: Open): Response {
  const response = answered(open, standardUpdate(open.request, problemOf(open)));
  return { ...response, headers: vary(response.headers, "accept") };
}

/** What says that the standard answer will do. */
const nothing = new Set<unknown>([null, undefined, false, next]);

/** Answers what is left open, by a handler of the user's as far as it will; one that fails is reported. */
const answerer = (handler: ProblemHandler, log: Log): ((open: Open) => Awaitable<Response>) =>
  rescue(
    (open) =>
      then(handler(open.request, problemOf(open)), (update) =>
        nothing.has(update) ? standard(open) : answered(open, update as Update),
      ),
    (fault, open) => {
      const { method, uri } = open.request;
      report(log, `${method} ${uri}: the handler of withErrors failed: ${failureOf(fault).text}`, fault);
      return standard(open);
    },
  );

/**
 * Answers what is left open inside it, null and errors, as the edge does last of all; so the decorators around it
 * see every response. By the `accept` header it is plain text, a page, or problem details in JSON (RFC 9457).
 *
 * - `handler`: `(request, { status, message, error }) => update`, for pages of your own; null for the standard one
 *   (none)
 * - `log`: `(line, error) => void`, where errors of status 500 and more are reported (`console.error`)
 *
 * `decorate(app, withErrors({ handler: (request, { status }) => status === 404 && lostPage }), withLogger())`
 *
 * @throws TypeError where an option is no function.
 */
export function withErrors(options: ErrorsOptions = {}): Decorator {
  checkNames("withErrors", options, ["handler", "log"]);
  const { handler: page = () => null, log = logToConsole } = options;
  if (typeof page !== "function") throw wrong("withErrors", 'a function as "handler"', page);
  if (typeof log !== "function") throw wrong("withErrors", 'a function as "log"', log);
  const answer = answerer(page, log);
  const open = (request: Request): Awaitable<Response> => {
    const plain = openResponse(request);
    return plain.status < 400 ? plain : answer({ request, plain });
  };
  return (handler) => {
    const whole = rescue(
      (request: Request) => then(handler(request), (response) => response ?? open(request)),
      (error, request) => {
        logError(log, error, request);
        return answer({ request, plain: errorResponse(error), error });
      },
    );
    return (request) => whole(boxed(request));
  };
}
