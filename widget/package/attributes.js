// Props of a component → attributes of <saoma-checkout>, alike for every framework.

/** The attribute of each prop. */
export const ATTRIBUTES = {
  session: "session",
  product: "product",
  quantity: "quantity",
  buyer: "buyer",
  endpoint: "endpoint",
  locale: "locale",
  theme: "theme",
  layout: "layout",
  open: "open",
  returnUrl: "return-url",
  autoReturn: "auto-return",
  qrSize: "qr-size",
  noCountdown: "no-countdown",
  noRefresh: "no-refresh",
  mobile: "mobile",
  socket: "socket",
  name: "name",
  headingLevel: "heading-level",
};

/** What the element tells, without the prefix of its events. */
export const EVENTS = ["ready", "status", "paid", "expired", "refreshed", "closed", "mobile", "error"];

/** Props that are there or are not. */
const FLAGS = ["open", "noCountdown", "noRefresh", "socket"];

/** The attributes that props ask for, flags as `true`; and the props that are no attributes. */
export function attributesOf(props) {
  const [ours, others] = [{}, {}];
  for (const [prop, value] of Object.entries(props)) {
    if (!Object.hasOwn(ATTRIBUTES, prop)) others[prop] = value;
    else if (isGiven(prop, value)) ours[ATTRIBUTES[prop]] = written(prop, value);
  }
  return [ours, others];
}

/** A flag without a value, as it stands in a template, is an empty string. */
const isGiven = (prop, value) =>
  FLAGS.includes(prop) ? value === "" || Boolean(value) : value !== null && value !== undefined;

/** Facts about the buyer are written as JSON. */
function written(prop, value) {
  if (FLAGS.includes(prop)) return true;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
