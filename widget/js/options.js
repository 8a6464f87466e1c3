// The tag's attributes → options, or a sentence that tells a shop developer what to write.
//
// Read before anything is asked of the network: a wrong tag shows its own mistake on the page, in
// the console and as `saoma-error`, not as a request that fails. What only concerns the looks has a
// default for every value, as in HTML; what concerns money or the way back has none.

const QUANTITY_MAX = 9_999;

/** Seconds until a paid page goes back by itself; beyond that nobody waits for it. */
const AUTO_RETURN_MAX = 600;

const ENDPOINT = 'endpoint="…": the origin of your Worker, such as https://pay.example.com, without a path';

/** What <saoma-checkout> needs instead, by mistake. */
export const ADVICE = {
  nothing_to_pay:
    'product="…" of the catalogue, or session="…": the client_token that POST /v1/checkouts gave your server',
  two_orders: 'either product="…" or session="…"',
  bad_quantity: `quantity="…": a whole number from 1 to ${QUANTITY_MAX}`,
  products_of_session: 'product="…", not session="…", with quantity="…" or buyer="…"',
  no_endpoint: ENDPOINT,
  bad_endpoint: ENDPOINT,
  bad_session:
    'session="…": the client_token that POST /v1/checkouts gave your server; never put a secret key into a page',
  bad_return:
    'return-url="…": an http or https address; and auto-return="…" with it: ' +
    `whole seconds from 0 to ${AUTO_RETURN_MAX}`,
};

/** Why a tag cannot be used: a name in `ADVICE`. */
const refuse = (mistake) => {
  throw Object.assign(new Error(mistake), { mistake });
};

/**
 * Reads the tag: what to pay and where, or the mistake in it.
 *
 * @param {(name: string) => string | null} attribute
 * @param {{ origin: string | null, base: string }} page where the script came from, and what
 *   relative addresses are relative to
 * @returns {{ mistake: string } | {
 *   endpoint: string, returnUrl: string | null, autoReturnS: number | null,
 *   order: { session: string } | { product: string, quantity: number, buyer: string },
 * }} `endpoint` has no slash at the end; `buyer` is the attribute's text, which the Worker reads
 */
export function readOptions(attribute, page) {
  const given = (name) => attribute(name)?.trim() || null;
  try {
    const order = readOrder(given, attribute);
    const endpoint = given("endpoint") ?? page.origin ?? refuse("no_endpoint");
    return { order, endpoint: parseOrigin(endpoint), ...readReturn(given, page.base) };
  } catch (error) {
    if (error.mistake) return { mistake: error.mistake };
    throw error;
  }
}

/** How the checkout is to look and behave; every value there can be has a meaning. */
export function readLooks(attribute) {
  const has = (name) => attribute(name) !== null;
  return {
    layout: attribute("layout") === "dialog" ? "dialog" : "inline",
    isOpen: has("open"),
    mobile: attribute("mobile") === "event" ? "event" : "show",
    qrSizePx: Number.parseFloat(attribute("qr-size")) || null,
    hasCountdown: !has("no-countdown"),
    hasRefresh: !has("no-refresh"),
    headingLevel: /^[2-6]$/.exec(attribute("heading-level"))?.[0] ?? null,
  };
}

function readOrder(given, attribute) {
  const [session, product] = [given("session"), given("product")];
  if (session && product) refuse("two_orders");
  if (session) {
    const isProducts = ["quantity", "buyer"].some((name) => attribute(name) !== null);
    return isProducts ? refuse("products_of_session") : { session: parseToken(session) };
  }
  if (!product) refuse("nothing_to_pay");
  const quantity = parseQuantity(attribute("quantity") ?? "1");
  return { product, quantity, buyer: attribute("buyer") ?? "" };
}

function parseQuantity(text) {
  const quantity = /^\s*\d+\s*$/.test(text) ? Number(text) : 0;
  return quantity >= 1 && quantity <= QUANTITY_MAX ? quantity : refuse("bad_quantity");
}

/** A token travels in a header and as a WebSocket sub-protocol, which take few characters. */
function parseToken(token) {
  return /^[\w-]*\.[\w-]*\.[\w-]*$/.test(token) ? token : refuse("bad_session");
}

function parseOrigin(text) {
  const origin = text.replace(/\/$/, "");
  return /^https?:\/\/[^/?#@\\\s]+$/.test(origin) ? origin : refuse("bad_endpoint");
}

/** An address of another kind, `javascript:` above all, would run what somebody wrote into a link. */
function readReturn(given, base) {
  const [address, seconds] = [given("return-url"), given("auto-return")];
  const wait = seconds === null ? null : Number(seconds);
  const isWait = wait === null || (address && /^\d+$/.test(seconds) && wait <= AUTO_RETURN_MAX);
  const url = address && urlOf(address, base);
  const isWay = !address || /^https?:$/.test(url?.protocol);
  return isWait && isWay ? { returnUrl: url?.href ?? null, autoReturnS: wait } : refuse("bad_return");
}

function urlOf(address, base) {
  try {
    return new URL(address, base);
  } catch {
    return null;
  }
}
