/**
 * Words as a text that a database keeps: as in JSON, without the quotes around. UTF-8 knows no halves of characters, so
 * that two subjects could become one, and the text of PostgreSQL no character of code 0. Most words stay as they are.
 */
export const textOf = (words: string): string => JSON.stringify(words).slice(1, -1);
export const wordsOf = (text: string): string => JSON.parse(`"${text}"`);

/** Words that may be none. */
export const textOrNull = (words: string | undefined): string | null =>
  words === undefined ? null : textOf(words);
