// The payer's phone: what its camera sees, whose it is, and what its owner does.

import { ask } from "./ask.js";
import { codeInAddress, keepCode } from "./address.js";
import { act, isBusy, say } from "./doing.js";
import { known, now, refresh } from "./feed.js";
import { scanAt } from "./scans.js";
import { payableUntil, span, standing, yuan } from "./words.js";

const byId = (id) => document.getElementById(id);

/** What the camera sees: a code's text, or "". The address may bring it. */
let code = codeInAddress();
/** What went wrong with the last press of a button, until something else is chosen. */
let complaint = "";
/** What the payer reads besides, where a product's code led to no order. */
let words = "";
/** The scan of a product's code that the phone came from, if it did. */
let scan = null;
/** What was told last, so that only a change is told. */
let announced = "";

export const chosen = () => code;

/** The order before the camera, if anybody knows the code. */
export const seen = () => (code ? known.feed?.seen ?? null : null);

/** Holds another code before the camera. */
export function look(text) {
  if (text !== code) [code, announced, scan] = [text, "", null];
  [complaint, words] = ["", ""];
  if (byId("code").value !== text) byId("code").value = text;
  keepCode(text);
  return refresh();
}

const payer = () => document.querySelector("[name=payer]:checked").value;

function wish() {
  const body = { code_url: code };
  if (payer() !== "payer") body.payer = payer();
  return body;
}

function payment() {
  const fen = byId("coupon").value.trim();
  return fen ? { ...wish(), coupon: Number(fen) } : wish();
}

/** One press on the phone. A "no" belongs to the phone, so it is said there. */
async function press(path, body) {
  [complaint, words] = ["", ""];
  await act("phone", async () => {
    try {
      goOn(await ask("POST", path, body));
    } catch (error) {
      complaint = error.message;
      words = error.said?.words ?? "";
      scan = error.said?.callback?.id ?? scan;
    }
  });
}

/** Behind a product's code is an order: the phone goes on with that one's own code. */
function goOn({ code_url: next, callback }) {
  if (!callback) return;
  look(next);
  scan = callback.id;
}

/** A coupon is spent with the payment that it was for. */
async function pay() {
  await press("/sandbox/pay", payment());
  if (!complaint) byId("coupon").value = "";
}

/** What the phone shows: state, payee, amount, what, hint, and whether its buttons do anything. */
function picture() {
  const order = seen();
  if (!code) return { state: "idle", what: "Choose an order, or paste its code." };
  if (!order && isProductCode(code)) return printed();
  if (!order) {
    return { state: "over", what: "Nobody knows this code.", hint: "It may be from before the last reset." };
  }
  const shown = { payee: `Merchant ${order.sub_mchid ?? order.mchid}`, amount: yuan(order.amount.total), what: order.description };
  if (["SUCCESS", "REFUND"].includes(order.trade_state)) {
    return { ...shown, state: "paid", payee: "支付成功 · Paid", hint: after(order) };
  }
  if (order.trade_state === "CLOSED") return { ...shown, state: "over", hint: "The order is closed." };
  if (order.code_url !== code) return { ...shown, state: "over", hint: "This code is void: the shop made a fresh one." };
  if (!standing(order, now()).isPayable) return { ...shown, state: "over", hint: "The code has expired." };
  return { ...shown, state: "ready", hint: complaint || standingWords(order), isBad: Boolean(complaint), canPay: true };
}

/** Whether this is no order's code but one that a merchant printed, or a short link to one. */
const isProductCode = (text) => /^weixin:\/\/wxpay\/(bizpayurl\?(?!pr=)|s\/)/.test(text);

/** A printed code: which product, and what the payer reads if the shop had no order for it. */
function printed() {
  const named = new URLSearchParams(code.split("?")[1] ?? "");
  const [payee, product] = [named.get("mch_id"), named.get("product_id")];
  return {
    state: "ready", canPay: true, isBad: Boolean(complaint),
    payee: payee ? `Merchant ${payee}` : "",
    what: words || (product ? `Product ${product}` : "A short link"),
    hint: complaint || "A printed code. Scanning it asks the shop for an order.",
  };
}

function standingWords(order) {
  const left = `Good for ${span(now(), payableUntil(order))} more`;
  if (order.phone === "scanned") return `Opened by ${order.payer ?? "a payer"}, not paid yet. ${left}`;
  if (order.phone === "refused") return `Payment refused; the order stays open. ${left}`;
  return left;
}

/** What the shop knows of a payment. */
function after(order) {
  if (order.trade_state === "REFUND") return "The shop has asked for a refund.";
  const told = (known.feed.notifications ?? []).find((row) => row.out_trade_no === order.out_trade_no && !row.out_refund_no);
  if (told?.state === "accepted") return "The shop knows.";
  return told?.state === "given_up" ? "The shop would not listen." : "The shop is being told…";
}

export function paintPhone() {
  const { state, payee = "", amount = "", what = "", hint = "", isBad = false, canPay = false } = picture();
  byId("screen").dataset.state = state;
  for (const [id, text] of Object.entries({ payee, amount, what, hint })) {
    if (byId(id).textContent !== text) byId(id).textContent = text;
  }
  byId("hint").classList.toggle("bad", isBad);
  const told = byId("scan-told");
  told.hidden = scan === null;
  if (scan !== null) told.href = scanAt(scan);
  const order = seen();
  const pay = byId("pay");
  const verb = order?.phone === "scanned" ? "Pay" : "Scan and pay";
  pay.textContent = isBusy("phone") ? "One moment…" : verb;
  for (const id of ["pay", "scan", "refuse"]) byId(id).setAttribute("aria-disabled", String(!canPay));
  paintCode(state === "ready" ? order : null);
  announce(state, order, isBad ? hint : "");
}

/** The very code, for a camera that is not ours. */
function paintCode(order) {
  const image = byId("camera-code");
  image.hidden = !order;
  const source = order ? codePicture(order) : "";
  if (order && image.getAttribute("src") !== source) image.src = source;
}

/** The address of an order's drawn code; another code has another address. */
export const codePicture = (order) =>
  `/sandbox/orders/${encodeURIComponent(order.out_trade_no)}/code.svg?${new URLSearchParams({ mchid: order.mchid, pr: order.code_url.split("=").at(-1) })}`;

/** A countdown is nobody's news; a payment, a refusal and a complaint are. */
function announce(state, order, words) {
  const what = `${state} ${order?.phone ?? ""} ${words}`;
  if (what === announced) return;
  const isFirst = !announced;
  announced = what;
  if (words) say(words);
  else if (isFirst) return;
  else if (state === "paid") say(`Paid: ${yuan(order.amount.total)} for ${order.description}.`);
  else if (state === "ready" && order?.phone === "scanned") say("Opened on the phone; the payer waits.");
  else if (state === "ready" && order?.phone === "refused") say("The payer refused. The order stays open.");
}

/** Wires the buttons once. */
export function startPhone(onChange) {
  const able = (id) => byId(id).getAttribute("aria-disabled") !== "true";
  const wire = (id, path, body) => byId(id).addEventListener("click", () => able(id) && press(path, body()));
  wire("scan", "/sandbox/scan", wish);
  wire("refuse", "/sandbox/refuse", wish);
  byId("code").addEventListener("input", (event) => look(event.target.value.trim()));
  byId("paste").addEventListener("submit", (event) => {
    event.preventDefault();
    if (able("pay")) pay();
  });
  byId("code").value = code;
  onChange();
}
