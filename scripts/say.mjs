/**
 * How the scripts speak: one line an event, on stdout, in words; failures on stderr.
 *
 * No colours and no cursor tricks, so that a log file reads like the terminal did.
 */

/** A failure whose message is all that a person needs: printed without a stack. */
export class Plain extends Error {}

/** Says one line. */
export const say = (line) => console.log(line);

/** Says how long a step took, once it has ended well. */
export async function step(name, work) {
  const started = performance.now();
  say(`  ${name} …`);
  const result = await work();
  say(`  ${name}: done in ${seconds(performance.now() - started)}`);
  return result;
}

/** Milliseconds as "0.4 s". */
export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** Bytes as "12.3 kB" (1 kB = 1000 bytes). */
export const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

/** Runs a script's main function; a failure ends the process with exit code 1. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof Plain ? `\n${error.message}` : error);
    process.exit(1);
  }
}
