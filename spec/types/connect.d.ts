/** As much of the types of Connect's world as the specs of `fromConnect` need. */
type Middleware = (
  req: import("node:http").IncomingMessage,
  res: import("node:http").ServerResponse,
  next: (error?: unknown) => void,
) => void;

declare module "cors" {
  export default function cors(options?: object): Middleware;
}
declare module "morgan" {
  export default function morgan(format: string, options?: object): Middleware;
}
declare module "compression" {
  export default function compression(options?: object): Middleware;
}
declare module "express-session" {
  export default function session(options: object): Middleware;
}
declare module "passport" {
  export class Passport {
    use(strategy: object): this;
    authenticate(name: string, options?: object): Middleware;
    serializeUser(write: (user: unknown, done: (error: unknown, id?: unknown) => void) => void): void;
    deserializeUser(read: (id: unknown, done: (error: unknown, user?: unknown) => void) => void): void;
  }
}
declare module "passport-local" {
  export class Strategy {
    constructor(
      verify: (name: string, password: string, done: (error: unknown, user?: unknown) => void) => void,
    );
  }
}
declare module "express" {
  type Reply = import("node:http").ServerResponse & {
    send(body: unknown): Reply;
    json(body: unknown): Reply;
    status(code: number): Reply;
    redirect(path: string): void;
  };
  type Asked = import("node:http").IncomingMessage & {
    readonly query: Record<string, unknown>;
    readonly body: Record<string, unknown>;
    readonly params: Record<string, string>;
    readonly ip: string;
    readonly baseUrl: string;
    readonly path: string;
    readonly originalUrl: string;
  };
  type Answering = (req: Asked, res: Reply, next: (error?: unknown) => void) => unknown;
  type Router = Middleware & {
    use(...steps: unknown[]): Router;
    set(name: string, value: unknown): Router;
    get(path: string, ...steps: Answering[]): Router;
    post(path: string, ...steps: Answering[]): Router;
  };
  const express: {
    (): Router;
    Router(): Router;
    urlencoded(options?: object): Middleware;
    json(options?: object): Middleware;
    static(root: string, options?: object): Middleware;
  };
  export default express;
}
