/** Finding, among many handlers, the few that a path can reach; their order is kept. */
import { type InOrder, inOrder, type List } from "./dispatch/order.js";
import type { Shape, Step } from "./pattern/shape.js";

/** What the index needs to know: what the paths look like that an entry may answer. */
export type Indexed = { readonly shape: Shape };

/** Each entry stands in one list of one node, so that the tree is no larger than the patterns are. */
type Node<Entry> = {
  /** What may match whatever follows. */
  readonly open: List<Entry>;
  /** What may match where nothing follows. */
  readonly ended: List<Entry>;
  readonly branches: readonly Branch<Entry>[];
};
/** What wants another segment, by its first characters, which are so many. */
type Branch<Entry> = { readonly length: number; readonly nodes: ReadonlyMap<string, Node<Entry>> };

/** Up to this many, asking each is as fast as looking up. */
const few = 4;
/** Further segments are not looked at, so that the tree can be walked by recursion. */
const deepest = 32;

function grouped<Key, Value>(values: readonly Value[], keyOf: (value: Value) => Key): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}

function node<Entry extends Indexed>(entries: List<Entry>, depth: number): Node<Entry> {
  if (entries.length <= few || depth === deepest) return { open: entries, ended: [], branches: [] };
  const goesOn = ({ shape }: Indexed) => shape.steps.length > depth;
  const stops = entries.filter((entry) => !goesOn(entry));
  return {
    open: stops.filter(({ shape }) => shape.isOpen),
    ended: stops.filter(({ shape }) => !shape.isOpen),
    branches: branches(entries.filter(goesOn), depth),
  };
}

function branches<Entry extends Indexed>(entries: List<Entry>, depth: number): readonly Branch<Entry>[] {
  const step = ({ shape }: Indexed) => shape.steps[depth] as Step;
  return [...grouped(entries, (entry) => step(entry).length)].map(([length, sameLength]) => {
    const groups = grouped(sameLength, (entry) => step(entry).text);
    return { length, nodes: new Map([...groups].map(([text, same]) => [text, node(same, depth + 1)])) };
  });
}

/** Collects the lists that a path reaches from a node, with the rest of the path beginning at `from`. */
function collect<Entry>(at: Node<Entry>, path: string, from: number, lists: List<Entry>[]): void {
  if (at.open.length > 0) lists.push(at.open);
  if (from > path.length) {
    if (at.ended.length > 0) lists.push(at.ended);
    return;
  }
  if (at.branches.length === 0) return;
  const slash = path.indexOf("/", from);
  const end = slash === -1 ? path.length : slash;
  for (const { length, nodes } of at.branches) {
    const next = nodes.get(path.slice(from, Math.min(from + length, end)));
    if (next !== undefined) collect(next, path, end + 1, lists);
  }
}

/**
 * A function from a path that begins with "/" to the entries that may match it, in their order; none that matches
 * is left out.
 */
export function indexed<Entry extends Indexed>(entries: readonly Entry[]): (path: string) => InOrder<Entry> {
  if (entries.length <= few) return () => entries;
  const numbered = entries.map((entry, order) => ({ ...entry, order }));
  const root = node(numbered, 0);
  return (path) => {
    const lists: List<Entry>[] = [];
    collect(root, path, 1, lists);
    return inOrder(lists);
  };
}
