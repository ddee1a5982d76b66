/** Whether this is a programmer's own machine. */

/** Whether `NODE_ENV` is `development`; unset means production, so that nothing is shown by mistake. */
export const isDevelopment = (): boolean => process.env.NODE_ENV === "development";
