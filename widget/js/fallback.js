// The follower of pages where wasm cannot run, and of every page until it does: which request when,
// what to show, what to tell. It has no clock, no network and no page; it is given events and
// answers with commands, as the follower in widget/src does, whose rules it shares. What it leaves
// out is the socket: its questions are held by the Worker until something changes, and where
// something in between cuts those off, it asks on a ladder of pauses.
//
// Everything lives in one closure: a minifier shortens the names of variables only, and this file may
// weigh two kilobytes. Moments are milliseconds of the page's monotonic clock; `Infinity` is never.

/** How long an answer may take: a reading, and all that waits for the platform. */
const READ_MS_MAX = 8_000;
const ASK_MS_MAX = 15_000;
/** Seconds that the Worker is asked to hold a question; it holds none for longer. */
const WAIT_S = 25;
/** Whoever answers a held question sooner than this, and with nothing new, does not hold at all. */
const HELD_MS_MIN = 5_000;
/** How long the ladder is used before a held question is tried again. */
const HOLD_AGAIN_MS = 300_000;
/** Between the beginnings of two held questions. The first pause is when the module takes over. */
const APART_MS = 1_000;
/** Between two questions where answers are not to be expected: hidden, offline, refused. */
const SLOW_MS = 30_000;
/** How long a hidden page goes on asking. */
const HIDDEN_MS_MAX = 300_000;
/** How long a checkout that is over is watched for late money, and how often. */
const LATE_WATCH_MS = 60_000;
const LATE_MS = 10_000;
/** What happens within a quarter of a second is one return, not three; no pause is shorter. */
const BLINK_MS = 250;
/** How long "I have paid" rests after an answer, and how much longer it is said what came of it. */
const CHECK_REST_MS = 5_000;
const NOT_SEEN_MS = 25_000;
/** The longest wait that the Worker may ask for. */
const RETRY_AFTER_S_MAX = 300;

/** The ladder: how long until the next question, by how long it has been asked in vain. */
const ladderMs = (watched_ms) => {
  if (watched_ms < 30_000) return 3_000;
  if (watched_ms < 180_000) return 10_000;
  return watched_ms < 600_000 ? 30_000 : 45_000;
};

/** Whether `json` is where a checkout stands, and not a proxy's greeting. */
export const isView = (json) =>
  /^(open|paid|expired|cancelled)$/.test(json?.status) &&
  [json.version, json.expires_in_ms, json.amount?.total].every(Number.isInteger);

/** What the page is told of an error: by its line, or by the Worker's own document. */
export const mistake = (line, rejection) => ({
  code: line == "refused" ? "wechatpay_refused" : line,
  detail: "",
  recoverable: !/^(con|rej)/.test(line),
  ...rejection,
});

export class Follower {
  /**
   * @param {"catalogue" | "server"} origin Who makes the order: this page, or the shop's server.
   * @param {string} [token] The browser's capability, where the shop's server got one.
   */
  constructor(origin, token) {
    /** What the Worker last said, and until when its code can be scanned; 0: it ran out. */
    let view;
    let codeEnds = 0;
    /** What the Worker will not do, where it said so before there was anything to show. */
    let rejection = null;
    /** The request under way ("open", "read", "check", "renew"), if any, and when it is given up. */
    let asking, givenUpAt;
    /** Of the last request: its number, when it was sent, whether it was to be held. */
    let ticket = 0;
    let sentAt = -Infinity;
    let wait = false;
    /** When to ask next, but never before the Worker wants to be asked. */
    let due;
    let silentUntil = 0;
    /** The next question wants an answer now, not when something changes. */
    let isAtOnce;
    /** Where the ladder of pauses began; failures in a row, of all questions and of held ones. */
    let eagerSince, failures, failedHolds, holdFrom;
    let isAsleep = true;
    let isOffline = false;
    /** Long since, where the page was put away or the element taken out. */
    let hiddenSince;
    /** Somebody came back, and nothing has been seen since. */
    let isBack;
    /** "check" or "renew", pressed and not sent yet; when "I have paid" may be pressed again. */
    let wanted, checkAgain;
    /** The code that a renewal is to replace. */
    let replaced;
    /** Until when late money is watched for. */
    let watchUntil;
    let toldFace = "loading";
    /** Of this step. */
    let now, chance, commands, via;

    const command = (what, fields) => commands.push({ do: what, ...fields });
    const tell = (news, fields = { via }) => command("tell", { news, ...fields });

    const isOpen = () => view?.status == "open";
    const isHidden = () => hiddenSince != null;
    const isQuiet = () => isOffline || isHidden();
    const isAsked = (ask) => wanted == ask || asking == ask;
    const isTroubled = () => /^(refused|conflict)$/.test(view?.trouble);

    const code = () =>
      (codeEnds && !isTroubled() && view.phase != "closing" && view.code_url) || null;

    /** Whole seconds, rounded up: the last second is a second and zero means over. */
    const left = () => (code() ? Math.ceil((codeEnds - now) / 1_000) : Infinity);

    const line = () => {
      if (rejection) return rejection.code == "wechatpay_refused" ? "refused" : "rejected";
      if (!view) return failures > 2 ? "unreachable" : "opening";
      if (!isOpen()) return view.status;
      if (isTroubled()) return view.trouble;
      if (/^(closing|placing)$/.test(view.phase)) return view.phase;
      if (!code()) return "renewing";
      return view.phase == "checking" || isAsked("check") ? "checking" : "waiting";
    };

    // Lines are told apart by their first letters.
    const isLine = (letters) => letters.test(line());
    /** Unreachable, refused, rejected. */
    const mayRetry = () => isLine(/^(un|ref|rej)/);
    /** Waiting, checking, renewing. */
    const mayRenew = () => isLine(/^(wa|ch|ren)/) && !isAsked("renew");

    const face = () => {
      if (isLine(/^(un|ref|rej|con)/)) return "error";
      return isLine(/^(op|pl|ren)/) ? "loading" : line();
    };

    const notice = () => {
      if (rejection || (view && !isOpen())) return null;
      if (isOffline) return "offline";
      if (view && failures > 1) return "trouble";
      if (left() <= 60) return left() > 30 ? "one_minute" : "half_minute";
      if (isLine(/^wa/) && now < checkAgain + NOT_SEEN_MS) return "not_seen_yet";
      if (left() <= 600) return left() > 300 ? "ten_minutes" : "five_minutes";
      return null;
    };

    const check = () => {
      if (!isLine(/^(wa|ch)/)) return "absent";
      return isLine(/^ch/) || now < checkAgain ? "resting" : "ready";
    };

    const wayOn = () => {
      if (mayRetry()) return "retry";
      if (isLine(/^(ex|ca)/)) return origin == "server" ? null : "again";
      return mayRenew() && (left() <= 300 || !code()) ? "renew" : null;
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
      left_s: code() && left(),
      check: check(),
      way_on: wayOn(),
      rejection,
      is_offline: isOffline,
      is_expiring: left() <= 300,
    });

    /** How long to wait between two questions where no request failed. */
    const pause = () => {
      if (isAsleep || rejection || view?.status == "paid") return Infinity;
      if (view && !isOpen()) return now < watchUntil ? LATE_MS : Infinity;
      if (now >= hiddenSince + HIDDEN_MS_MAX) return Infinity;
      if (isQuiet() || isTroubled()) return SLOW_MS;
      if (view && failedHolds < 2) return Math.max(0, sentAt + APART_MS - now);
      return ladderMs(now - eagerSince) * (0.85 + (chance / 255) * 0.3);
    };

    const isDone = () => pause() == Infinity;

    const schedule = () => {
      due = wanted ? now : now + pause();
    };

    const abandon = () => {
      if (asking) command("abandon");
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
      codeEnds = 0;
      view = wanted = checkAgain = replaced = undefined;
      rejection = null;
      failures = failedHolds = 0;
      due = eagerSince = now;
    };

    /** Ask anew, and be told at once: a question that left before the page slept may be lost. */
    const askNow = () => {
      eagerSince = now;
      makeWay();
      isAtOnce = true;
      due = now;
    };

    const hurry = () => {
      failedHolds = 0;
      if (isDone()) return;
      if (now >= sentAt + BLINK_MS) askNow();
      else due = Math.min(due, now + BLINK_MS);
    };

    /** What the Worker says, by whichever way: what is older is old news, what is paid stays paid. */
    const see = (json, how) => {
      const known = view;
      if (known?.status == "paid" || json.version < known?.version) return;
      via = isBack ? "resume" : how;
      isBack = false;
      if (!known) tell("ready");
      if (json.version != known?.version) eagerSince = now;
      // A checkout that is over can only still be paid.
      if (json.status != "paid" && known && !isOpen()) return;
      view = json;
      if (/^(paid|expired)$/.test(json.status)) tell(json.status);
      watchUntil = now + LATE_WATCH_MS;
      const left_ms = Math.min(json.code_expires_in_ms ?? Infinity, json.expires_in_ms);
      codeEnds = isOpen() && left_ms > 0 ? now + left_ms : 0;
      if (replaced != null && code() && code() != replaced) {
        replaced = undefined;
        tell("refreshed");
      }
    };

    const holdFailed = () => {
      isAtOnce = true;
      if (++failedHolds == 2) eagerSince = now;
      holdFrom = now + HOLD_AGAIN_MS;
    };

    const answered = ({ status, retry_after_s, json }) => {
      const ask = asking;
      asking = undefined;
      if (isView(json)) {
        if (ask == "check") checkAgain = now + CHECK_REST_MS;
        failures = 0;
        if (wait && json.version <= view.version && now < sentAt + HELD_MS_MIN) holdFailed();
        else if (wait) failedHolds = 0;
        token = json.client_token ?? token;
        see(json, via);
        return schedule();
      }
      failures++;
      if (wait) holdFailed();
      const code = json?.code;
      if (/^(408|425|429|5..)$/.test(status) && code != "wechatpay_refused") {
        const asked_s = +(retry_after_s ?? json?.retry_after_s) || 0;
        silentUntil = now + Math.min(asked_s, RETRY_AFTER_S_MAX) * 1_000;
      } else if (typeof code == "string" && status > 399) {
        // The page's key finds the same order and a fresh token where that has run out. A key that
        // is taken belongs to an order of long ago, or to another price: the next order is another,
        // whose versions begin anew.
        if (origin != "server" && status == (ask == "open" ? 409 : 401)) {
          token = undefined;
          if (ask == "open") {
            command("forget");
            view = undefined;
            codeEnds = 0;
          }
          // Whoever has a code on the screen may be paying: an odd answer does not end that.
        } else if (!view) rejection = { code, detail: json.detail ?? "" };
      }
      // The rest is somebody else's, a proxy's own 403 or a log-in page, and so no word of ours. An
      // error makes the pause longer and never ends the asking: full jitter up to half a minute.
      const jitter = (Math.min(30_000, 500 * 2 ** failures) * chance) / 255;
      due = now + Math.max(BLINK_MS, jitter, isQuiet() ? SLOW_MS : 0);
    };

    const press = (ask) => {
      wanted = ask;
      askNow();
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
        isBack = view;
        hiddenSince = undefined;
        hurry();
      },
      hidden() {
        hiddenSince ??= now;
        schedule();
      },
      online() {
        isOffline = false;
        hurry();
      },
      offline() {
        isOffline = true;
      },
      left() {
        hiddenSince = -Infinity;
        abandon();
      },
      check() {
        if (check() == "ready") press("check");
      },
      renew() {
        if (wayOn() == "again") {
          command("forget");
          begin();
        } else if (mayRenew()) {
          replaced = code() ?? "";
          press("renew");
        }
      },
      retry() {
        if (mayRetry()) begin();
      },
    };

    /** Until then nothing is sent, whoever presses or comes back. The browser's word about the
        network is wrong on odd machines, so offline is slow and not silent. */
    const silence = () => Math.max(silentUntil, isOffline ? sentAt + SLOW_MS : 0);

    /** Starts what is due; the only place that does. */
    const act = () => {
      if (asking && givenUpAt <= now) {
        command("abandon");
        answered({ status: 0 });
      }
      if (codeEnds && codeEnds <= now) {
        // The countdown has ended: the code goes, and the Worker is asked what now.
        codeEnds = 0;
        askNow();
      }
      if (asking || isDone() || now < Math.max(due, silence())) return;
      asking = token ? (wanted ?? "read") : "open";
      if (token) wanted = undefined;
      const isUseful = asking == "read" && isOpen() && !isAtOnce && !isQuiet() && !isTroubled();
      wait = isUseful && (failedHolds < 2 || now >= holdFrom) && WAIT_S;
      isAtOnce = false;
      givenUpAt = now + (asking == "read" ? READ_MS_MAX : ASK_MS_MAX) + wait * 1_000;
      sentAt = now;
      const held = wait && { version: view.version, wait };
      command("send", { ticket: ++ticket, ask: asking, ...held });
    };

    /** When to come back although nothing happens. */
    const wake = () => {
      let at = asking ? givenUpAt : isDone() ? Infinity : Math.max(due, silence());
      // The picture counts the seconds, where anybody can see it.
      if (code() && !isHidden()) at = Math.min(at, codeEnds - (left() - 1) * 1_000);
      return at == Infinity ? null : at;
    };

    const tellFace = () => {
      const previous = toldFace;
      toldFace = face();
      if (toldFace != previous) tell("status", { via, status: toldFace, previous });
      if (toldFace != previous && toldFace == "error") tell("error", mistake(line(), rejection));
    };

    /**
     * Takes one event; its shapes stand in ARCHITECTURE.md, "Following a payment".
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
