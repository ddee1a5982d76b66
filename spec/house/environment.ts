/** Decorators for development are made where this is one, or is none. */

/** What `make` gives while `NODE_ENV` is this. */
export function inEnvironment<T>(name: string | undefined, make: () => T): T {
  const { NODE_ENV } = process.env;
  set(name);
  try {
    return make();
  } finally {
    set(NODE_ENV);
  }
}

function set(name: string | undefined): void {
  if (name === undefined) delete process.env.NODE_ENV;
  else process.env.NODE_ENV = name;
}
