/**
 * The follower of pages where wasm cannot run, and of every page until it does: which request when,
 * what to show, what to tell. It has no clock, no network and no page; it is given events and
 * answers with commands, as the follower of `widget/src` does, whose rules it shares. What it leaves
 * out is the socket: it long-polls, and where that does not work it polls.
 *
 * Everything lives in one closure and not in fields, since a minifier shortens the names of
 * variables only, and this file may weigh two kilobytes. Moments are milliseconds of the page's
 * monotonic clock; `Infinity` is never.
 */

/** How long an answer may take: a reading, and all that waits for the platform. */
const READ_MS_MAX = 8_000;
const ASK_MS_MAX = 15_000;
/** Seconds that the Worker may hold a long-poll open. */
const WAIT_S = 25;
/** After two failed long-polls in a row the next is tried this much later. */
const LONG_POLL_AGAIN_MS = 600_000;
/** Between two questions where nothing is to be expected soon: hidden, offline, in trouble. */
const SLOW_MS = 30_000;
/** How long a hidden page goes on asking. */
const HIDDEN_MS_MAX = 300_000;
/** How long a checkout that is over is watched for late money, and how often. */
const LATE_WATCH_MS = 60_000;
const LATE_MS = 10_000;
/** What happens within a quarter of a second is one return, not three; no pause is shorter. */
const BLINK_MS = 250;
/** "I have paid" rests after an answer: the Worker asks the platform at most this often. */
const CHECK_REST_MS = 5_000;
/** The longest wait that the Worker may ask for. */
const RETRY_AFTER_S_MAX = 300;

/** The ladder of plain polling: how long until the next question, by how long it has been watched. */
const ladderMs = (watched_ms) => {
  if (watched_ms < 20_000) return 2_000;
  if (watched_ms < 60_000) return 5_000;
  return watched_ms < 300_000 ? 15_000 : 45_000;
};

/** Whether `json` is where a checkout stands, and not a proxy's greeting. */
const isView = (json) =>
  /^(open|paid|expired|cancelled)$/.test(json?.status) &&
  typeof json.description == "string" &&
  json.amount?.currency == "CNY" &&
  [json.version, json.expires_in_ms, json.amount.total].every(Number.isInteger);

export class Follower {
  /**
   * @param {"catalogue" | "server"} origin Who makes the order: this page, or the shop's server.
   * @param {string} [token] The browser's capability, where the shop's server got one.
   */
  constructor(origin, token) {
    /** What the Worker last said, and until when its code can be scanned; 0: it ran out. */
    let view, codeEnds;
    /** The last code that could be scanned, to know a fresh one. */
    let lastCode;
    /** What the Worker will not do, where it said so before there was anything to show. */
    let rejection = null;
    /** The request under way ("open", "read", "check", "renew"), if any, and when it is given up. */
    let asking, givenUpAt;
    /** Of the last request: its number, when it was sent, its wait, how its answer is told. */
    let ticket = 0;
    let sentAt = 0;
    let wait, askedVia;
    /** When to ask next, but never before the Worker wants to be asked. */
    let due;
    let notBefore = 0;
    /** The next question is answered at once, and told so: "poll" or "resume". */
    let glance;
    /** Where the ladder of pauses began; errors since the last success; long-polling. */
    let eagerSince, failures, failedWaits, longPollFrom;
    let isAsleep = true;
    let isAway, isOffline, hiddenSince;
    /** "check" or "renew", pressed and not sent yet; when "I have paid" may be pressed again. */
    let wanted, checkAgain;
    /** Until when late money is watched for. */
    let watchUntil;
    let toldFace = "loading";
    /** Of this step. */
    let now, chance, commands, via;

    const tell = (news, fields = { via }) => commands.push({ do: "tell", news, ...fields });

    const isOpen = () => view?.status == "open";
    const isHidden = () => hiddenSince >= 0;
    const isQuiet = () => isOffline || isHidden();
    const isAsked = (ask) => wanted == ask || asking == ask;
    const trouble = () => isOpen() && /^(refused|conflict)$/.test(view.trouble) && view.trouble;

    const code = () =>
      (isOpen() && !trouble() && view.phase != "closing" && !isAsked("renew") && codeEnds && view.code_url) || null;

    /** Whole seconds, rounded up: the last second is a second and zero means over. */
    const left = () => (code() ? Math.max(0, Math.ceil((codeEnds - now) / 1_000)) : null);

    const line = () => {
      if (rejection) return rejection.code == "wechatpay_refused" ? "refused" : "rejected";
      if (!view) return failures > 2 ? "unreachable" : "opening";
      if (!isOpen()) return view.status;
      if (trouble()) return trouble();
      if (/^(closing|placing)$/.test(view.phase)) return view.phase;
      if (!code()) return "renewing";
      return view.phase == "checking" || isAsked("check") ? "checking" : "waiting";
    };

    const mayRetry = () => /^(unreachable|refused|rejected)$/.test(line());

    const face = () => {
      if (mayRetry() || line() == "conflict") return "error";
      return /^(opening|placing|renewing)$/.test(line()) ? "loading" : line();
    };

    const notice = () => {
      const left_s = left() ?? Infinity;
      if (rejection || (view && !isOpen())) return null;
      if (isOffline) return "offline";
      if (view && failures > 1) return "trouble";
      if (left_s <= 60) return left_s > 30 ? "one_minute" : "half_minute";
      if (line() == "waiting" && checkAgain) return "not_seen_yet";
      if (left_s <= 600) return left_s > 300 ? "ten_minutes" : "five_minutes";
      return null;
    };

    const check = () => {
      if (line() == "checking") return "resting";
      if (line() != "waiting") return "absent";
      return now < checkAgain ? "resting" : "ready";
    };

    const isExpiring = () => !!code() && left() <= 300;

    const wayOn = () => {
      if (mayRetry()) return "retry";
      if (view && /^(expired|cancelled)$/.test(line())) return origin == "server" ? null : "again";
      return isExpiring() || (line() == "renewing" && !isAsked("renew")) ? "renew" : null;
    };

    const picture = () => ({
      face: face(),
      line: line(),
      notice: notice(),
      description: view?.description ?? null,
      total: view?.amount.total ?? null,
      currency: view?.amount.currency ?? null,
      code: code(),
      qr: (code() && view.qr) || null,
      left_s: left(),
      check: check(),
      way_on: wayOn(),
      rejection,
      is_offline: !!isOffline,
      is_expiring: isExpiring(),
    });

    /** How long to wait between two questions where no request failed. */
    const pause = () => {
      if (isAsleep || isAway || rejection || view?.status == "paid") return Infinity;
      if (view && !isOpen()) return now < watchUntil ? LATE_MS : Infinity;
      if (now >= hiddenSince + HIDDEN_MS_MAX) return Infinity;
      if (isQuiet() || trouble()) return SLOW_MS;
      return ladderMs(now - eagerSince) * (0.85 + (chance / 255) * 0.3);
    };

    const schedule = (from = now) => {
      due = from + pause();
    };

    /** An error makes the pause longer and never ends the asking: full jitter up to half a minute. */
    const scheduleAfterFailure = () => {
      const jitter = (Math.min(30_000, 500 * 2 ** Math.min(failures, 9)) * chance) / 255;
      due = now + Math.max(BLINK_MS, jitter, isQuiet() ? pause() : 0);
    };

    const abandon = () => {
      if (asking) commands.push({ do: "abandon" });
      asking = undefined;
    };

    /** A reading may be broken off for something more urgent. */
    const makeWay = () => {
      if (asking == "read") abandon();
    };

    const begin = () => {
      abandon();
      if (origin != "server") token = undefined;
      isAsleep = false;
      view = wanted = checkAgain = lastCode = undefined;
      rejection = null;
      failures = 0;
      due = eagerSince = now;
    };

    /** Somebody came back: a question that left before the page slept may never be answered. */
    const hurry = () => {
      if (pause() == Infinity) return;
      eagerSince = now;
      failedWaits = longPollFrom = 0;
      if (now < sentAt + BLINK_MS) return;
      makeWay();
      glance = "resume";
      due = now;
    };

    /** What the Worker says of the checkout, by whichever way it came. Push and poll may arrive in
        either order: what is older than what we know is old news, and what is paid stays paid. */
    const see = (json, how) => {
      const known = view;
      if (known?.status == "paid" || json.version < known?.version) return;
      via = how;
      if (!known) tell("ready");
      if (json.version != known?.version) eagerSince = now;
      // A checkout that is over can only still be paid.
      if (json.status != "paid" && known && !isOpen()) return;
      view = json;
      if (lastCode && json.code_url && lastCode != json.code_url) tell("refreshed");
      lastCode = json.code_url ?? lastCode;
      if (/^(paid|expired)$/.test(json.status)) tell(json.status);
      watchUntil = now + LATE_WATCH_MS;
      const left_ms = Math.min(json.code_expires_in_ms ?? Infinity, json.expires_in_ms);
      codeEnds = left_ms && now + left_ms;
    };

    const rejected = (ask, status, code, detail) => {
      // The token has run out; the page's key finds the same order and a fresh token.
      const isStale = status == 401 && ask != "open";
      // The key belongs to an order of long ago, or to another price.
      const isTaken = status == 409 && ask == "open";
      if (origin != "server" && (isStale || isTaken)) {
        token = undefined;
        if (isTaken) commands.push({ do: "forget" });
        scheduleAfterFailure();
      } else if (view) {
        // Whoever has a code on the screen may be paying: an odd answer does not end that.
        due = now + (ask == "read" ? SLOW_MS : pause());
      } else {
        rejection = { code, detail };
      }
    };

    const answered = ({ status, retry_after_s, json }) => {
      const ask = asking;
      asking = undefined;
      if (ask == "check") checkAgain = now + CHECK_REST_MS;
      if (status > 199 && status < 300 && isView(json)) {
        failures = failedWaits = 0;
        token = json.client_token ?? token;
        see(json, askedVia);
        // A long-poll has waited already.
        return schedule(wait ? sentAt : now);
      }
      failures++;
      if (wait && ++failedWaits > 1) longPollFrom = now + LONG_POLL_AGAIN_MS;
      const code = json?.code;
      const isBusy = (status > 499 || /^4(08|25|29)$/.test(status)) && code != "wechatpay_refused";
      // A 204, a proxy's own 403, a log-in page: somebody else's answer, so no word of ours.
      if (!isBusy && status > 399 && code) return rejected(ask, status, code, json.detail ?? "");
      if (isBusy) {
        notBefore = now + Math.min(retry_after_s ?? json?.retry_after_s ?? 0, RETRY_AFTER_S_MAX) * 1_000;
      }
      scheduleAfterFailure();
    };

    const press = (ask) => {
      if (wanted || (asking && asking != "read")) return;
      makeWay();
      wanted = ask;
      due = eagerSince = now;
    };

    const on = {
      shown() {
        if (isAsleep) begin();
      },
      answered(event) {
        if (asking && event.ticket == ticket) answered(event);
      },
      told({ json }) {
        if (!isAsleep && isView(json)) see(json, "tab");
      },
      returned() {
        isAway = hiddenSince = undefined;
        hurry();
      },
      hidden() {
        isAway = undefined;
        hiddenSince ??= now;
        schedule();
      },
      online() {
        isOffline = false;
        hurry();
      },
      offline() {
        isOffline = true;
        schedule();
      },
      left() {
        isAway = true;
        abandon();
      },
      check() {
        if (check() == "ready") press("check");
      },
      renew() {
        if (wayOn() == "again") {
          commands.push({ do: "forget" });
          begin();
        } else if (code() || line() == "renewing") press("renew");
      },
      retry() {
        if (mayRetry()) begin();
      },
    };

    /** Starts what is due; the only place that does. */
    const act = () => {
      if (asking && givenUpAt <= now) {
        commands.push({ do: "abandon" });
        answered({ status: 0 });
      }
      if (isOpen() && codeEnds && codeEnds <= now) {
        // The countdown has ended: the code goes, and the Worker is asked what now.
        codeEnds = 0;
        eagerSince = now;
        makeWay();
        if (!isQuiet()) due = now;
        glance = "poll";
      }
      if (pause() == Infinity) makeWay();
      if (asking || pause() == Infinity || now < Math.max(due, notBefore)) return;
      asking = token ? (wanted ?? "read") : "open";
      if (token) wanted = undefined;
      const isLong = asking == "read" && isOpen() && !glance && pause() != SLOW_MS && !(now < longPollFrom);
      wait = isLong ? WAIT_S : undefined;
      givenUpAt = now + (asking == "read" ? READ_MS_MAX : ASK_MS_MAX) + (wait ?? 0) * 1_000;
      askedVia = glance ?? "poll";
      glance = undefined;
      sentAt = now;
      commands.push({ do: "send", ticket: ++ticket, ask: asking, version: wait && view.version, wait });
    };

    /** When to come back although nothing happens. */
    const wake = () => {
      let at = asking ? givenUpAt : pause() == Infinity ? Infinity : Math.max(due, notBefore);
      // The picture counts the seconds, where anybody can see it.
      const seconds = isHidden() ? 0 : Math.max(0, left() - 1);
      if (isOpen() && codeEnds) at = Math.min(at, codeEnds - seconds * 1_000);
      return isAway || at == Infinity ? null : at;
    };

    const tellFace = () => {
      const previous = toldFace;
      toldFace = face();
      if (toldFace == previous) return;
      tell("status", { via, status: toldFace, previous });
      if (toldFace != "error") return;
      const code = line() == "refused" ? "wechatpay_refused" : line();
      tell("error", { code, detail: "", recoverable: !/^conf|^rej/.test(line()), ...rejection });
    };

    /**
     * Takes one event; see ARCHITECTURE.md for the shapes.
     * @param {{ type: string }} event
     * @param {number} now_ms
     * @param {number} byte A byte of chance.
     * @returns {{ commands: object[], picture: object, wake_ms: number | null, token: string | null }}
     */
    this.step = (event, now_ms, byte) => {
      now = now_ms;
      chance = byte;
      commands = [];
      via = "poll";
      on[event.type]?.(event);
      act();
      tellFace();
      return { commands, picture: picture(), wake_ms: wake(), token: token ?? null };
    };
  }
}
