/** Dates as header fields have them: RFC 9110 section 5.6.7. */

/** The form that is written, and the two obsolete ones that are read all the same. */
const forms = [
  /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
  /^[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/,
];

/** `formatDate(784111777000)` is `"Sun, 06 Nov 1994 08:49:37 GMT"`; what is less than a second is cut off. */
export const formatDate = (milliseconds: number): string => new Date(milliseconds).toUTCString();

/** A date in milliseconds; NaN for what is none, which is neither before nor after any other. */
export function parseDate(text: string | undefined): number {
  if (text === undefined || !forms.some((form) => form.test(text))) return Number.NaN;
  return Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
}
