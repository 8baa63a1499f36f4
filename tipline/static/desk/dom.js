/* Finding elements, and what requests carry that are not htmx's own. */

export const one = (selector, inside = document) => inside.querySelector(selector);
export const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
export const shown = (element) => !!element && element.getClientRects().length > 0;

/* With the token against forged requests. */
export const requestHeaders = () => JSON.parse(document.body.getAttribute("hx-headers"));
