// What is for sale, and at which price: asked of the Worker, which alone decides it.
//
// Nothing here is sent back but a product's id and a quantity. A price on this page is for reading;
// the order's price is the Worker's own.

/** The products on sale: `[{ id, description, price: { total, currency }, quantity_max }]`. */
export async function products() {
  const reply = await fetch("/v1/products", { headers: { Accept: "application/json" } });
  if (!reply.ok) throw new Error(`products: ${reply.status}`);
  return (await reply.json()).data;
}

/** Where the sandbox's phone is, in development; otherwise nothing. */
export async function phone() {
  const reply = await fetch("/shop.json").catch(() => null);
  if (!reply?.ok) return undefined;
  const settings = await reply.json().catch(() => ({}));
  return settings.phone;
}

/** An amount of fen as people of a language write it: `¥88.00`, or `CN¥88.00` in English. */
export function money({ total, currency }, tongue) {
  return new Intl.NumberFormat(tongue, { style: "currency", currency }).format(total / 100);
}
