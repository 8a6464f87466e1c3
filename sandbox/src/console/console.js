// The console: one feed in, a phone out. Whatever a merchant wrote is shown as text, never as
// markup. The page keeps no state of its own but the code in front of the camera.

const FEED_EVERY_MS = 1000;
const byId = (id) => document.getElementById(id);

/** What the camera sees: a code's text, or "". The address may bring it. */
let code = new URLSearchParams(location.search).get("code") ?? "";
/** What went wrong with the last press of the button, until something else is chosen. */
let complaint = "";
/** A payment is on its way to the sandbox. */
let paying = false;
let feed = null;

const yuan = (amount) => `¥${(amount.total / 100).toFixed(2)}`;
const seconds = (text) => Date.parse(text) / 1000;

function span(from, to) {
  const s = Math.max(0, Math.round(to - from));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

/** What a person may expect of an order: its tag, the tag's colour, and whether it can be paid. */
function standing(order) {
  if (order.trade_state === "SUCCESS") return { tag: "paid", kind: "good" };
  if (order.trade_state === "REFUND") return { tag: "paid, refund", kind: "" };
  if (order.trade_state === "CLOSED") return { tag: "closed", kind: "" };
  if (!order.payable) return { tag: "expired", kind: "bad" };
  return { tag: "waiting", kind: "wait", payable: true };
}

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

/** Makes the list's rows those of `items`, keeping the rows (and the focus) that are there. */
function list(id, items, keyOf, fill) {
  const ul = byId(id);
  const old = new Map([...ul.children].map((li) => [li.dataset.key, li]));
  const rows = items.map((item) => {
    const key = keyOf(item);
    const li = old.get(key) ?? document.createElement("li");
    li.dataset.key = key;
    const look = JSON.stringify(fill.look(item));
    if (li.dataset.look !== look) {
      li.dataset.look = look;
      fill.draw(li, item);
    }
    return li;
  });
  if (rows.length !== ul.children.length || rows.some((li, i) => ul.children[i] !== li)) {
    ul.replaceChildren(...rows);
  }
}

const codeRow = {
  look: (order) => [order.description, order.amount, order.code_url, standing(order).tag, age(order), chosen(order)],
  draw(li, order) {
    const { tag, kind } = standing(order);
    const focused = li.contains(document.activeElement);
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", String(chosen(order)));
    button.append(
      element("span", "name", order.description),
      element("span", "sum", yuan(order.amount)),
      element("span", "sub", [order.out_trade_no, order.sub_mchid && `sub-merchant ${order.sub_mchid}`, age(order)].filter(Boolean).join(" · ")),
      element("span", `tag ${kind}`, tag),
    );
    button.addEventListener("click", () => look(order.code_url));
    li.replaceChildren(button);
    if (focused) button.focus();
  },
};

const toldRow = {
  look: (told) => [told.state, told.attempts, told.next_attempt_at && wait(told)],
  draw(li, told) {
    const last = told.attempts.at(-1);
    const answer = last && (last.status ? `answered ${last.status}` : last.error);
    const tries = told.attempts.length === 1 ? "1 try" : `${told.attempts.length} tries`;
    const parts = [tries, answer, last?.fault && `fault: ${last.fault}`];
    if (told.next_attempt_at) parts.push(wait(told));
    const tag = { accepted: ["accepted", "good"], given_up: ["given up", "bad"], pending: ["pending", "wait"] }[told.state];
    const row = document.createElement("div");
    row.append(
      element("span", "name", told.out_refund_no ?? (told.out_trade_no || "self-test")),
      element("span", `tag ${tag[1]}`, tag[0]),
      element("span", "sub", parts.filter(Boolean).join(" · ")),
    );
    row.title = `${told.event_type} → ${told.notify_url}`;
    li.replaceChildren(row);
  },
};

const refundRow = {
  look: (refund) => [refund.status, refund.channel, refund.ends_at && until(refund)],
  draw(li, refund) {
    const kind = { SUCCESS: "good", ABNORMAL: "bad", PROCESSING: "wait" }[refund.status] ?? "";
    const parts = [`${yuan({ total: refund.amount.refund })} of ${yuan(refund.amount)}`, refund.out_trade_no];
    if (refund.sub_mchid) parts.push(`sub-merchant ${refund.sub_mchid}`);
    if (refund.ends_at) parts.push(until(refund));
    const row = document.createElement("div");
    row.append(
      element("span", "name", refund.out_refund_no),
      element("span", `tag ${kind}`, refund.status.toLowerCase()),
      element("span", "sub", parts.join(" · ")),
    );
    row.title = `${refund.refund_id}, ${refund.channel}`;
    li.replaceChildren(row);
  },
};

const faultRow = {
  look: (fault) => fault,
  draw(li, fault) {
    const row = document.createElement("div");
    row.append(
      element("span", "name", `${fault.route}: ${fault.kind}`),
      element("span", "tag", `${fault.times} ×`),
      element("span", "sub", fault.out_trade_no ?? "any order"),
    );
    li.replaceChildren(row);
  },
};

const now = () => seconds(feed.now);
const age = (order) => `${span(seconds(order.created_at), now())} old`;
const wait = (told) => `next in ${span(now(), seconds(told.next_attempt_at))}`;
const until = (refund) => `${span(now(), seconds(refund.ends_at))} to go`;
const chosen = (order) => order.code_url === code;

function paint() {
  const clock = byId("clock");
  clock.textContent = feed.now.replace("T", " ").replace("+08:00", "");
  clock.title = feed.advanced_s ? `${span(0, feed.advanced_s)} ahead of the wall clock, Beijing time` : "Beijing time";
  byId("mchid").textContent = feed.mchid;
  list("codes", feed.orders, (order) => `${order.mchid} ${order.out_trade_no}`, codeRow);
  list("refunds", feed.refunds, (refund) => refund.refund_id, refundRow);
  list("told", feed.notifications, (told) => told.id, toldRow);
  list("faults", feed.faults.map((fault, i) => ({ ...fault, i })), (fault) => String(fault.i), faultRow);
  const open = feed.orders.filter((order) => standing(order).payable).length;
  byId("codes-count").textContent = open ? `${open} to pay` : "";
  const pending = feed.notifications.filter((told) => told.state === "pending").length;
  byId("told-count").textContent = pending ? `${pending} pending` : "";
  byId("codes-empty").hidden = feed.orders.length > 0;
  byId("told-empty").hidden = feed.notifications.length > 0;
  byId("refunds-box").hidden = feed.refunds.length === 0;
  byId("faults-box").hidden = feed.faults.length === 0;
  paintPhone();
}

/** What the phone shows: [state, payee, amount, what, hint, the button's words or ""]. */
function picture() {
  const order = feed.seen;
  if (!code) return ["idle", "", "", "Choose a code, or paste one.", "", ""];
  if (!order) return ["over", "", "", "Nobody knows this code.", "It may be from before the last reset.", ""];
  const head = [`Merchant ${order.sub_mchid ?? order.mchid}`, yuan(order.amount), order.description];
  const told = feed.notifications.find((row) => row.out_trade_no === order.out_trade_no && !row.out_refund_no);
  if (order.trade_state === "REFUND") return ["paid", "支付成功 · Paid", head[1], head[2], "The shop has asked for a refund.", ""];
  if (order.trade_state === "SUCCESS") {
    const shop = told?.state === "accepted" ? "The shop knows." : "The shop is being told…";
    return ["paid", "支付成功 · Paid", head[1], head[2], told?.state === "given_up" ? "The shop would not listen." : shop, ""];
  }
  if (complaint) return ["over", ...head, complaint, ""];
  if (order.trade_state === "CLOSED") return ["over", ...head, "The order is closed.", ""];
  if (order.code_url !== code) return ["over", ...head, "This code is void: the shop made a fresh one.", ""];
  if (!order.payable) return ["over", ...head, "The code has expired.", ""];
  const left = Math.min(seconds(order.code_expires_at), seconds(order.time_expire));
  return ["ready", ...head, `Good for ${span(now(), left)} more`, paying ? "Paying…" : "Scan and pay"];
}

function paintPhone() {
  const [state, payee, amount, what, hint, verb] = picture();
  byId("screen").dataset.state = state;
  for (const [id, text] of Object.entries({ payee, amount, what, hint })) {
    if (byId(id).textContent !== text) byId(id).textContent = text;
  }
  const pay = byId("pay");
  pay.textContent = verb || "Scan and pay";
  pay.disabled = !verb || paying;
}

function look(text) {
  code = text;
  complaint = "";
  byId("code").value = text;
  const address = new URL(location.href);
  if (text) address.searchParams.set("code", text);
  else address.searchParams.delete("code");
  history.replaceState(null, "", address);
  refresh();
}

async function ask(method, path, body) {
  const reply = await fetch(path, { method, body: body && JSON.stringify(body) });
  const said = await reply.json();
  if (!reply.ok) throw new Error(said.message);
  return said;
}

/** Only the newest answer counts: a slow one must not bring back what is no longer chosen. */
let asked = 0;
async function refresh() {
  const turn = ++asked;
  try {
    const fresh = await ask("GET", `/sandbox/feed?${new URLSearchParams(code ? { code } : {})}`);
    if (turn !== asked) return;
    feed = fresh;
    byId("offline").hidden = true;
    paint();
  } catch {
    if (turn === asked) byId("offline").hidden = false;
  }
}

async function pay() {
  paying = true;
  complaint = "";
  paintPhone();
  try {
    await ask("POST", "/sandbox/pay", { code_url: code });
  } catch (error) {
    complaint = error.message;
  }
  paying = false;
  await refresh();
}

async function press(button, work) {
  button.disabled = true;
  const trouble = byId("trouble");
  trouble.hidden = true;
  try {
    await work();
  } catch (error) {
    trouble.textContent = error.message;
    trouble.hidden = false;
  }
  button.disabled = false;
  await refresh();
}

byId("pay").addEventListener("click", pay);
byId("code").addEventListener("input", (event) => look(event.target.value.trim()));
byId("paste").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!byId("pay").disabled) pay();
});
byId("reset").addEventListener("click", (event) => {
  if (confirm("Forget all orders, refunds, notifications and faults?")) {
    press(event.currentTarget, () => ask("POST", "/sandbox/reset"));
  }
});
for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () =>
    press(button, () => ask("POST", "/sandbox/clock", { advance_s: Number(button.dataset.advance) })));
}
document.addEventListener("visibilitychange", () => document.hidden || refresh());
setInterval(() => document.hidden || refresh(), FEED_EVERY_MS);
byId("code").value = code;
refresh();
