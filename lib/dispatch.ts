/** Finding, among many handlers, the few that a path can reach; their order is kept. */

/** What the index needs to know: the whole segments that a path must begin with; none where that is not known. */
export type Indexed = { readonly segments: readonly string[] };

type Node<Entry> = {
  /** What may match, in its order. */
  readonly entries: readonly Entry[];
  readonly children: ReadonlyMap<string, Node<Entry>> | undefined;
  /** For a segment that no entry names. */
  readonly other: Node<Entry> | undefined;
};

/** Below this many, asking each is as fast as looking up. */
const few = 4;

/** The entries by their segment at this depth. One that names none may match them all, so it stands in each group. */
function grouped<Entry extends Indexed>(entries: readonly Entry[], depth: number) {
  const groups = new Map<string, Entry[]>();
  const open: Entry[] = [];
  for (const entry of entries) {
    const name = entry.segments[depth];
    if (name === undefined) {
      open.push(entry);
      for (const group of groups.values()) group.push(entry);
    } else {
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [...open, entry]);
      else group.push(entry);
    }
  }
  return { groups, open };
}

function node<Entry extends Indexed>(entries: readonly Entry[], depth: number): Node<Entry> {
  const leaf = { entries, children: undefined, other: undefined };
  if (entries.length <= few) return leaf;
  const { groups, open } = grouped(entries, depth);
  if (groups.size === 0) return leaf;
  const children = new Map([...groups].map(([name, group]) => [name, node(group, depth + 1)]));
  return { entries, children, other: node(open, depth + 1) };
}

/** The entries that may match a path that begins with "/", in their order; by whole segments, as far as those are known. */
export function indexed<Entry extends Indexed>(
  entries: readonly Entry[],
): (path: string) => readonly Entry[] {
  const root = node(entries, 0);
  return (path) => {
    let at = root;
    let from = 1;
    while (at.children !== undefined) {
      const slash = path.indexOf("/", from);
      const end = slash === -1 ? path.length : slash;
      at = at.children.get(path.slice(from, end)) ?? (at.other as typeof root);
      from = end + 1;
    }
    return at.entries;
  };
}

/** The whole segments of the literal text that a pattern begins with; its last piece only where nothing follows. */
export function segmentsOf(head: string, isAll: boolean): readonly string[] {
  if (!head.startsWith("/") || head.startsWith("//")) return [];
  const segments = head.slice(1).split("/");
  return isAll ? segments : segments.slice(0, -1);
}
