/**
 * The module's follower as the engine knows followers. Only numbers cross over to it, in an order that
 * widget/src/wire.rs shares; the texts stay here and are found again by number. Minus one is "none".
 */
import { isView, mistake } from "./fallback.js";
import { EN } from "./words.js";

const list = (names) => names.split(" ");
const namesFrom = (first) => Object.keys(EN).slice(Object.keys(EN).indexOf(first));
const EVENTS = list(
  "shown woke answered linked pushed heard unlinked told returned hidden online offline left check retry renew adopt",
);
const STATUSES = list("open paid expired cancelled");
const PHASES = list("placing waiting checking closing");
const TROUBLES = list("refused conflict");
const FACES = list("loading waiting checking closing paid expired cancelled error");
// Lines and notices end the words, in the order of the wire; a test compares.
const LINES = namesFrom("opening");
const NOTICES = namesFrom("offline");
const CHECKS = list("absent ready resting");
const WAYS = list("retry renew again");
const ASKS = list("open read check renew");
const VIAS = list("push poll resume tab");
const DEEDS = list("send abandon dial hang_up ping forget tell");
const NEWS = list("ready paid expired refreshed status error");

/** A whole number that is not negative, or none. */
const whole = (value) => (Number.isInteger(value) ? value : -1);
const known = (number) => (number < 0 ? null : number);

/** @param {typeof import("./saoma_glue.js").Follower} Inner */
export const wired = (Inner) =>
  class Follower {
    #inner;
    #token;
    /** Views and problem documents by number, as long as they are shown. */
    #texts = new Map();
    #number = 0;
    /** Codes that were seen; a code's place stands for it. */
    #codes = [];

    constructor(origin, token, mayDial) {
      this.#inner = new Inner(origin === "server", !!mayDial);
      this.#token = token;
    }

    step(event, now_ms, chance) {
      const facts = Float64Array.from(this.#facts(event));
      const outcome = this.#inner.step(EVENTS.indexOf(event.type), facts, now_ms, chance);
      return this.#outcome(outcome);
    }

    #facts({ type, ticket, status, retry_after_s, age_ms, token, json }) {
      const view = isView(json) ? json : {};
      // What a socket or another tab brings does not change the page's own capability.
      if (type === "answered") token = view.client_token;
      this.#token = token ?? this.#token;
      this.#texts.set(++this.#number, json);
      return [
        whole(ticket),
        whole(status),
        whole(retry_after_s ?? json?.retry_after_s),
        typeof json?.code === "string" ? +(json.code === "wechatpay_refused") : -1,
        +!!token,
        age_ms ?? -1,
        this.#number,
        STATUSES.indexOf(view.status),
        PHASES.indexOf(view.phase),
        TROUBLES.indexOf(view.trouble),
        this.#codeNumber(view.code_url),
        whole(view.code_expires_in_ms),
        whole(view.expires_in_ms),
        whole(view.version),
      ];
    }

    #codeNumber(code) {
      if (code && !this.#codes.includes(code)) this.#codes.push(code);
      return this.#codes.indexOf(code);
    }

    #outcome([wake, hasToken, isOffline, left, isExpiring, seen, isCode, refused, ...rest]) {
      const [face, line, notice, check, way, ...deeds] = rest;
      const view = this.#texts.get(seen);
      const problem = this.#texts.get(refused);
      for (const number of this.#texts.keys()) {
        if (number !== seen && number !== refused) this.#texts.delete(number);
      }
      const rejection = problem ? { code: problem.code, detail: problem.detail ?? "" } : null;
      const commands = [];
      while (deeds.length) commands.push(command(deeds.splice(0, 5), rejection));
      return {
        commands,
        wake_ms: known(wake),
        token: (hasToken && this.#token) || null,
        picture: {
          face: FACES[face],
          line: LINES[line],
          notice: NOTICES[notice] ?? null,
          description: view?.description ?? null,
          total: view?.amount.total ?? null,
          currency: view?.amount.currency ?? null,
          code: (isCode && view.code_url) || null,
          qr: (isCode && view.qr) || null,
          left_s: known(left),
          check: CHECKS[check],
          way_on: WAYS[way] ?? null,
          rejection,
          is_offline: !!isOffline,
          is_expiring: !!isExpiring,
        },
      };
    }
  };

function command([deed, one, two, three, four], rejection) {
  const what = DEEDS[deed];
  if (what === "send") {
    return { do: what, ticket: one, ask: ASKS[two], ...(four && { version: three, wait: four }) };
  }
  if (what !== "tell") return { do: what };
  const news = NEWS[one];
  if (news === "error") return { do: what, news, ...mistake(LINES[two], rejection) };
  const via = VIAS[two];
  if (news !== "status") return { do: what, news, via };
  return { do: what, news, via, status: FACES[three], previous: FACES[four] };
}
