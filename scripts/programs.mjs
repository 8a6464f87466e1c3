/**
 * The two programs of development, as they are started: the sandbox, and the Worker in workerd.
 *
 * What they print goes to `.saoma/log/` whole, and to the terminal as it comes.
 */
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { toolEnv } from "./artifacts.mjs";
import { begin } from "./group.mjs";
import { FILES, inProject, node, SANDBOX_PROGRAM } from "./paths.mjs";
import { firstAnswer } from "./ports.mjs";
import { Plain, say } from "./say.mjs";

/** How long a program may take until it answers. */
const WAIT_MS = 60_000;

/** How many lines of a program's output are repeated when it fails. */
const LAST_LINES = 30;

/**
 * Starts the sandbox or the edge and waits until it answers. Returns `{ ended }`, a promise that
 * rejects, in words, should the program end by itself.
 */
export async function launch(name, where) {
  const { program, args, env, proof } = COMMANDS[name](where);
  await mkdir(FILES.logs, { recursive: true, mode: 0o700 });
  const log = createWriteStream(join(FILES.logs, `${name}.log`));
  const last = [];
  const onLine = (line) => {
    log.write(`${line}\n`);
    last.push(line);
    if (last.length > LAST_LINES) last.shift();
    if (line.trim()) say(`  ${name} | ${line}`);
  };
  let isOver = false;
  const ended = begin(program, args.map(String), { env, onLine }).ended.then((code) => {
    isOver = true;
    throw new Plain(`The ${name} ended by itself (${code}); its output is above.`);
  });
  // It may also fail while nobody listens yet; whoever awaits it later still hears of it.
  ended.catch(() => {});
  const trouble = await firstAnswer(proof, { isOver: () => isOver, wait_ms: WAIT_MS });
  if (isOver) await ended;
  if (trouble) throw new Plain(`The ${name} does not answer as it should: ${trouble}`);
  return { ended };
}

const COMMANDS = {
  sandbox: (where) => ({
    program: SANDBOX_PROGRAM,
    args: ["serve", "--quiet", "--port", where.sandboxPort, "--state", FILES.sandbox].concat(
      ["--worker-url", where.edge],
    ),
    env: process.env,
    proof: `${where.sandbox}/sandbox/merchant`,
  }),
  edge: (where) => ({
    program: node(),
    args: [inProject("node_modules", "wrangler", "bin", "wrangler.js"), "dev"].concat(
      ["--config", FILES.config, "--persist-to", FILES.worker],
      ["--ip", "127.0.0.1", "--port", where.edgePort, "--inspector-port", "0"],
      ["--log-level", "warn", "--show-interactive-dev-session=false"],
    ),
    env: wranglerEnv(),
    proof: `${where.edge}/v1/products`,
  }),
};

/** wrangler kept to this machine and this project: nothing reported, asked or shared. */
function wranglerEnv() {
  return {
    ...toolEnv(),
    CI: "1",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_LOG_PATH: FILES.logs,
    WRANGLER_REGISTRY_PATH: FILES.registry,
    WRANGLER_CACHE_DIR: FILES.cache,
  };
}
