/** Maps that are worked out when somebody looks into them, and not before. */
import { inspect } from "node:util";

type Names = Record<PropertyKey, unknown>;

/** What a lazy map shows to console.log, which looks behind a proxy without asking it. */
const shown = Object.freeze({
  __proto__: null,
  [inspect.custom](this: object) {
    return Object.assign(Object.create(null), this);
  },
});

/** Fills the target at the first look; from then on the target answers for itself. */
class Filling implements ProxyHandler<Names> {
  #fill: (() => object) | undefined;
  constructor(fill: () => object) {
    this.#fill = fill;
  }
  #filled(target: Names): Names {
    const fill = this.#fill;
    if (fill !== undefined) {
      Object.assign(target, fill());
      this.#fill = undefined;
    }
    return target;
  }
  get(target: Names, key: PropertyKey): unknown {
    return Object.hasOwn(this.#filled(target), key) ? target[key] : undefined;
  }
  has(target: Names, key: PropertyKey): boolean {
    return Object.hasOwn(this.#filled(target), key);
  }
  ownKeys(target: Names): ArrayLike<string | symbol> {
    return Reflect.ownKeys(this.#filled(target));
  }
  getOwnPropertyDescriptor(target: Names, key: PropertyKey): PropertyDescriptor | undefined {
    return Reflect.getOwnPropertyDescriptor(this.#filled(target), key);
  }
  getPrototypeOf(): null {
    return null;
  }
  set(): boolean {
    return false;
  }
  defineProperty(): boolean {
    return false;
  }
  deleteProperty(): boolean {
    return false;
  }
}

/**
 * A read-only map without prototype that is filled by `fill` at the first look. An error of `fill` comes out of
 * that look, and of every later one.
 *
 * A proxy costs 0.1 µs to make, where filling the map costs up to two; see docs/decisions/001-requests.md.
 */
export function lazy<Map extends object>(fill: () => Map): Map {
  return new Proxy<Names>(Object.create(shown), new Filling(fill)) as Map;
}

/** The map without names, for whatever has none. */
export const empty: { readonly [name: string]: never } = Object.freeze(Object.create(null));
