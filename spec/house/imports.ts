/** The import lines of modules, and what speaks against them. */

export type Import = {
  /** A module of ours by its path in lib (`text/form`), or a package as it is written (`node:http`). */
  readonly to: string;
  /** A `type` vanishes when it is compiled; one for `later` is an `import()`. */
  readonly kind: "value" | "type" | "later";
};
/** What each module imports, by its path in lib without the ending. */
export type Graph = { readonly [module: string]: readonly Import[] };
/** The modules of each floor, lowest first; `text/*` is all that stands in a folder, `*` what is named nowhere. */
export type Floors = readonly (readonly string[])[];

const statement = /^(?:import|export)\s+(type\s)?(?:[^;"]*?\sfrom\s+)?"([^"]+)"/gm;
const call = /\bimport\(\s*"([^"]+)"\s*\)/g;

const resolved = (module: string, to: string): string =>
  to.startsWith(".") ? new URL(to, `lib:/${module}`).pathname.slice(1).replace(/\.js$/, "") : to;

/** What the source text of a module imports. */
export function importsOf(module: string, source: string): Import[] {
  const now = [...source.matchAll(statement)].map(([, type, to]) => [to!, type ? "type" : "value"] as const);
  const later = [...source.matchAll(call)].map(([, to]) => [to!, "later"] as const);
  return [...now, ...later].map(([to, kind]) => ({ to: resolved(module, to), kind }));
}

const matches = (pattern: string, module: string): boolean =>
  pattern.endsWith("/*") ? module.startsWith(pattern.slice(0, -1)) : pattern === module;

const standsIn = (patterns: readonly string[], module: string): boolean =>
  patterns.some((pattern) => matches(pattern, module));

/** The floor that a module stands on. */
export function floorOf(module: string, floors: Floors): number {
  const named = floors.findIndex((patterns) => standsIn(patterns, module));
  return named >= 0 ? named : floors.findIndex((patterns) => patterns.includes("*"));
}

const edges = (graph: Graph): [string, Import][] =>
  Object.entries(graph).flatMap(([module, imports]) => imports.map((to): [string, Import] => [module, to]));

/** Imports that look up: a module may know its own floor and those below. */
export function upward(graph: Graph, floors: Floors): string[] {
  return edges(graph)
    .filter(([, { to }]) => Object.hasOwn(graph, to))
    .map(([from, { to }]) => ({ from, to, low: floorOf(from, floors), high: floorOf(to, floors) }))
    .filter(({ low, high }) => high > low)
    .map(({ from, to, low, high }) => `${from} (floor ${low}) imports ${to} (floor ${high})`);
}

/** The shortest chain of imports from one module to another one or to a package; null if there is none. */
export function chain(
  graph: Graph,
  from: string,
  goal: (to: string) => boolean,
  follow = (_: Import) => true,
): string[] | null {
  const paths = [[from]];
  const seen = new Set<string>();
  for (const path of paths) {
    for (const step of graph[path.at(-1)!] ?? []) {
      if (!follow(step) || seen.has(step.to)) continue;
      if (goal(step.to)) return [...path, step.to];
      seen.add(step.to);
      paths.push([...path, step.to]);
    }
  }
  return null;
}

/** Modules that import themselves in the end; a circle is told once, whichever member it is met at. */
export function circles(graph: Graph): string[] {
  const found = new Map<string, string>();
  for (const module of Object.keys(graph)) {
    const circle = chain(graph, module, (to) => to === module);
    const members = circle?.slice(1).sort().join();
    if (members !== undefined && !found.has(members)) found.set(members, circle!.join(" -> "));
  }
  return [...found.values()];
}

/** Imports of the given packages outside the modules that may know them. */
export function trespassers(graph: Graph, packages: readonly string[], allowed: readonly string[]): string[] {
  return edges(graph)
    .filter(([from, { to }]) => packages.includes(to) && !standsIn(allowed, from))
    .map(([from, { to }]) => `${from} imports ${to}, which only ${allowed.join(" and ")} may`);
}

const packageOf = (to: string): string => to.split("/", to.startsWith("@") ? 2 : 1).join("/");

/** Imports of packages that are not listed. */
export function unlisted(graph: Graph, listed: readonly string[]): string[] {
  return edges(graph)
    .filter(([, { to }]) => !Object.hasOwn(graph, to) && !to.startsWith("node:"))
    .filter(([, { to }]) => !listed.includes(packageOf(to)))
    .map(([from, { to }]) => `${from} imports ${to}, which package.json does not list`);
}

/** Doors that load one of the packages; what is imported later or as a type is not loaded. */
export function loads(graph: Graph, doors: readonly string[], packages: readonly string[]): string[] {
  return doors.flatMap((door) => {
    const path = chain(
      graph,
      door,
      (to) => packages.includes(to),
      ({ kind }) => kind === "value",
    );
    return path === null ? [] : [path.join(" -> ")];
  });
}
