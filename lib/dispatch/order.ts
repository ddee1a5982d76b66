/** Numbered lists read as one, in the order of their numbers. */

/** Something to read one by one; an array is such a thing. */
export type InOrder<Entry> = { readonly at: (index: number) => Entry | undefined };

export type Numbered<Entry> = Entry & { readonly order: number };
export type List<Entry> = readonly Numbered<Entry>[];

/** Where a list is being read, and the number of the entry there; Infinity behind the last. */
type Cursor<Entry> = { readonly list: List<Entry>; at: number; order: number };
/** Cursors of which the first has the lowest number: that of none is above those at twice its index, 1 and 2 added. */
type Heap<Entry> = Cursor<Entry>[];

const orderAt = <Entry>(heap: Heap<Entry>, index: number): number => (heap[index] as Cursor<Entry>).order;

/** Exchanges a cursor with lower ones, as long as there are such under it. */
function sink<Entry>(heap: Heap<Entry>, index: number): void {
  const left = 2 * index + 1;
  if (left >= heap.length) return;
  const lower = left + 1 < heap.length && orderAt(heap, left + 1) < orderAt(heap, left) ? left + 1 : left;
  if (orderAt(heap, index) <= orderAt(heap, lower)) return;
  const cursor = heap[index] as Cursor<Entry>;
  heap[index] = heap[lower] as Cursor<Entry>;
  heap[lower] = cursor;
  sink(heap, lower);
}

function take<Entry>(heap: Heap<Entry>): Entry | undefined {
  const cursor = heap[0] as Cursor<Entry>;
  if (cursor.at === cursor.list.length) return undefined;
  const entry = cursor.list[cursor.at++];
  cursor.order = cursor.at === cursor.list.length ? Number.POSITIVE_INFINITY : cursor.list[cursor.at]!.order;
  sink(heap, 0);
  return entry;
}

/** Merges lists, none of them empty, as far as somebody asks: who does mostly wants the first entry, and lists can be long. */
export function inOrder<Entry>(lists: readonly List<Entry>[]): InOrder<Entry> {
  if (lists.length < 2) return lists[0] ?? [];
  const heap = lists.map((list) => ({ list, at: 0, order: list[0]!.order }));
  for (let index = (heap.length >> 1) - 1; index >= 0; index--) sink(heap, index);
  const taken = [take(heap)];
  return {
    at(index) {
      while (taken.length <= index) taken.push(take(heap));
      return taken[index];
    },
  };
}
