// What the shop's page is told: events of the element that bubble out of every shadow root.
//
// `saoma-paid` is told once for an order in a document, however many elements show it and however
// often they are taken out and put back: a shop's handler may ship the tea.

/** Orders whose payment this document has been told of. */
const paid = new Set();

/** Whether a checkout with this status, or a picture with this face, is over. */
export const isOver = (status) => /^(paid|expired|cancelled)$/.test(status);

/** The order that a token is for: what stands before its first dot. */
export const orderOf = (token) => token?.split(".", 1)[0] ?? null;

/** What is known of an order, as handlers and the element's `order` have it; null if nothing is. */
export function factsOf(token, picture) {
  const checkout = orderOf(token);
  if (!checkout) return null;
  if (picture.total === null) return { checkout };
  const { description, total, currency } = picture;
  return { checkout, description, amount: { total, currency } };
}

/**
 * The event that says `news`, a command `tell` of a follower; null if the page has heard it before.
 */
export function eventOf({ do: _, news, ...said }, { token, picture }) {
  if (news === "paid" && token) {
    const order = orderOf(token);
    if (paid.has(order)) return null;
    paid.add(order);
  }
  const { via, ...rest } = said;
  const detail = { ...rest, ...factsOf(token, picture), ...(via && { via }) };
  return event(news, detail, news === "paid");
}

/** An event of the element. */
export function event(name, detail, cancelable = false) {
  return new CustomEvent(`saoma-${name}`, { bubbles: true, composed: true, cancelable, detail });
}
