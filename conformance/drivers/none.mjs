// No control at all: what only a phone, a clock or a fault could show is "not tried". Also the place
// where the interface is written down; a driver has any of these functions, and what it lacks is not
// asked for.

/**
 * Opens a driver for the platform at `base`. All of them may be left out but `close`:
 *
 * - `pay(codeUrl, { payer, coupon }?)`: a phone scans and pays; resolves to `{ out_trade_no,
 *   transaction_id }` and throws where the platform refuses. `payer` names a person, `coupon` is fen of a
 *   non-recharge coupon.
 * - `payers`, `coupons`: true if `pay` knows them.
 * - `scan(codeUrl, payer)`: a phone opens the order and waits; throws as `pay` does.
 * - `refuse(codeUrl, payer)`: a phone tries to pay, and fails.
 * - `advance(seconds)`: moves the time by which orders, retries and bills age, and resolves once every
 *   notification that came due has been sent.
 * - `now()`: that time, in milliseconds since 1970.
 * - `refundBecomes(fate, outTradeNo)`: the order's next refund ends `ABNORMAL` or `CLOSED`.
 * - `certificates(count)`: at least so many platform certificates are in force; resolves to their
 *   serial numbers and PEM texts, `{ [serial]: pem }`.
 * - `notificationsBy(serial)`: this key signs notifications from now on; undefined puts back what was.
 * - `close()`: puts back what was changed.
 */
export async function open() {
  return { name: "none", close: async () => {} };
}
