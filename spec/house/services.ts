/** What examples talk to: a private server for each that names the address of one in its environment. */
import { hasPostgres, startPostgres } from "./postgres.js";
import { hasRedis, startRedis } from "./redis.js";

type Service = {
  readonly isInstalled: boolean;
  /** Starts one, and gives its address. */
  readonly start: () => Promise<{ readonly url: string; readonly end: () => Promise<void> }>;
};

/** By the variable that holds the address. */
const services: { readonly [variable: string]: Service } = {
  DATABASE_URL: {
    isInstalled: hasPostgres,
    start: async () => {
      const { url, remove } = await startPostgres();
      return { url, end: remove };
    },
  },
  REDIS_URL: {
    isInstalled: hasRedis,
    start: async () => {
      const { url, stop } = await startRedis();
      return { url, end: stop };
    },
  },
};

/** The variables of the services that an example talks to. */
const named = (code: string): string[] =>
  Object.keys(services).filter((variable) => code.includes(`process.env.${variable}`));

/** The variables of those that this machine does not have. */
export const missingServices = (code: string): string[] =>
  named(code).filter((variable) => !services[variable]!.isInstalled);

/** Runs `use` with the environment in which the examples find what they talk to. */
export async function served<T>(
  codes: readonly string[],
  use: (env: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  const variables = [...new Set(codes.flatMap(named))];
  const started = await Promise.all(variables.map((variable) => services[variable]!.start()));
  try {
    return await use(Object.fromEntries(variables.map((variable, index) => [variable, started[index]!.url])));
  } finally {
    await Promise.all(started.map(({ end }) => end()));
  }
}
