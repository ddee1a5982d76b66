/** Names in camelCase as the wire has them. */

/** `kebab("maxAge")` is `"max-age"`. */
export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
