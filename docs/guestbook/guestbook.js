/** The book: its entries, newest first, and what may stand in it. Pure functions over plain data. */

export const capacity = 200;

export const longest = { name: 40, message: 500 };

export const blank = [];

/** The book with one more entry on top; the oldest ones make room. */
export const sign = (book, entry) => [entry, ...book].slice(0, capacity);

/** A text as it goes into the book: browsers send line ends as CRLF, and a gap of one line is enough. */
export const tidy = (text = "") =>
  text
    .replaceAll("\r\n", "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();

/** What is wrong with a tidy text, told to whoever wrote it; null where nothing is. */
export function faultOf(field, text) {
  const isVisible = /[^\s\p{C}]/u.test(text);
  const length = [...text].length;
  if (!isVisible) return `Please write your ${field}.`;
  if (length > longest[field])
    return `A ${field} can have ${longest[field]} characters; this one has ${length}.`;
  return null;
}
