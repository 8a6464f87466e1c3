/**
 * Examines a deployment: what its own doctor finds, and what only the outside sees.
 *
 * `npm run doctor -- https://pay.example.com` asks `POST /v1/doctor` with the operator key of
 * SAOMA_OPERATOR_KEY or `--key-file FILE`; without an address it examines what `npm start` runs.
 * `--order` places an order of one fen and closes it, `--profile NAME` looks at one merchant.
 * The exit code is 1 when something is wrong.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { main } from "./main.mjs";
import { lookFromOutside } from "./outside.mjs";
import { FILES } from "./paths.mjs";
import { Plain, say } from "./say.mjs";

/** The Worker asks WeChat Pay a dozen questions, each of which may take five seconds. */
const PATIENCE_MS = 120_000;

await main(async () => {
  const { base, key, wish } = await asked();
  const { findings, notify_urls: urls } = await examine(base, key, wish);
  for (const url of urls) findings.push(...(await lookFromOutside(url, base)));
  const count = (state) => findings.filter((finding) => finding.state === state).length;
  say(`\nThe doctor at ${base}\n`);
  findings.forEach(tell);
  const wrong = count("wrong");
  say(`\n${wrong} wrong, ${count("warning")} to look at, ${count("ok")} in order, ${count("skipped")} not known`);
  if (wrong) process.exitCode = 1;
});

/** What the command line wants, and with which key. */
async function asked() {
  const options = {
    "key-file": { type: "string" },
    profile: { type: "string" },
    order: { type: "boolean" },
  };
  const { values, positionals } = read(options);
  const dev = positionals.length ? null : await development();
  const base = dev?.edge ?? originOf(positionals[0]);
  const file = values["key-file"];
  const key = file ? (await readFile(file, "utf8").catch(unreadable)).trim() : process.env.SAOMA_OPERATOR_KEY;
  if (!key && !dev?.operator_key) {
    throw new Plain("Give the operator key: SAOMA_OPERATOR_KEY=… or --key-file FILE.");
  }
  const { profile, order } = values;
  return { base, key: key || dev.operator_key, wish: { profile, order } };
}

function read(options) {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new Plain(error.message);
  }
}

function unreadable(error) {
  throw new Plain(`The key file cannot be read: ${error.message}`);
}

async function development() {
  const text = await readFile(FILES.dev, "utf8").catch(() => {
    throw new Plain("Give the Worker's address, such as https://pay.example.com, or run npm start first.");
  });
  return JSON.parse(text);
}

function originOf(text) {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) throw new Plain(`${text} is no address.`);
  const isLocal = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url.protocol === "http:" && !isLocal) {
    throw new Plain("The operator key travels over https only.");
  }
  return url.origin;
}

/** What the Worker's own doctor says. */
async function examine(base, key, wish) {
  const reply = await fetch(`${base}/v1/doctor`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify(wish),
    // A key is not carried to wherever somebody points.
    redirect: "error",
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch((error) => {
    throw new Plain(`${base} does not answer: ${error.cause?.message ?? error.message}`);
  });
  const text = await reply.text();
  const answer = json(text);
  if (reply.ok && Array.isArray(answer?.findings)) return answer;
  const words = answer?.detail ?? text.slice(0, 200);
  throw new Plain(`${base}/v1/doctor answers ${reply.status}: ${printable(words)}`);
}

function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Some words come from whoever answered: nothing in them shall move the cursor. */
function printable(text) {
  return String(text).replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}

/** Good news in one line; the rest with how to mend it. */
function tell({ state, check, profile, words, mend, variable }) {
  const mark = { ok: "ok     ", warning: "WARNING", wrong: "WRONG  ", skipped: "?      " }[state] ?? state;
  const whose = profile && profile !== "default" ? ` (${profile})` : "";
  say(`${mark} ${check}${whose}: ${printable(words)}`);
  if (state === "wrong" || state === "warning") {
    if (variable) say(`          variable: ${variable}`);
    if (mend) say(`          to mend: ${mend}`);
  }
}
