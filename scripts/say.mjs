/**
 * How the scripts speak: one line an event, on stdout, in words; failures on stderr.
 *
 * No colours and no cursor tricks, so that a log file reads like the terminal did.
 */

/** How often a long step says that it is still at work. */
const PATIENCE_MS = 20_000;

/** A failure whose message is all that a person needs: printed without a stack. */
export class Plain extends Error {}

/** Says one line. */
export const say = (line) => console.log(line);

/** Does a piece of work, saying when it begins, that it goes on, and how long it took. */
export async function step(name, work) {
  const started = performance.now();
  const passed = () => seconds(performance.now() - started);
  say(`  ${name} …`);
  const reminder = setInterval(() => say(`  ${name} … ${passed()}`), PATIENCE_MS);
  try {
    const result = await work();
    say(`  ${name}: done in ${passed()}`);
    return result;
  } finally {
    clearInterval(reminder);
  }
}

/** Milliseconds as "0.4 s". */
export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** Bytes as "12.3 kB" (1 kB = 1000 bytes). */
export const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
