/** Entity tags: RFC 9110 section 8.8.3. */

/** The tags of a list, such as `W/"a", "b,c"`; what is none is left out. */
export const parseTags = (list: string): readonly string[] => list.match(/(?:W\/)?"[^"]*"/g) ?? [];

const isWeak = (tag: string): boolean => tag.startsWith("W/");

const opaque = (tag: string): string => (isWeak(tag) ? tag.slice(2) : tag);

/** Whether two tags stand for the same bytes: section 8.8.3.2. */
export const isSameStrongly = (one: string, other: string): boolean => one === other && !isWeak(one);

/** Whether two tags stand for the same meaning, whatever the bytes. */
export const isSameWeakly = (one: string, other: string): boolean => opaque(one) === opaque(other);
