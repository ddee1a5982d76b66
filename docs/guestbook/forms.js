/** Forms of one field, by post, redirect and get: a page that was reloaded never sends a form twice. */
import { flashAssoc, redirectLocal } from "composure";
import { faultOf, tidy } from "./guestbook.js";

/** The address of a request, such as `/sign-in?next=/write`. */
export const addressOf = ({ uri, queryString }) => (queryString ? `${uri}?${queryString}` : uri);

/**
 * What a form does: a text that is fit goes on to `accept`. One that is not goes back to its form, where the flash
 * shows what was typed and what is wrong with it.
 */
export const onForm = (field, accept) => (request) => {
  const typed = tidy(request.params[field]);
  const fault = faultOf(field, typed);
  return fault === null
    ? accept(typed, request)
    : [flashAssoc({ typed, fault }), redirectLocal(addressOf(request))];
};
