// Kill rounds: a Worker under load from shops and phones, at a platform that has bad days, is killed
// in the middle of it and started again on what it had stored. Nothing that anybody was promised may
// be lost, and nothing may be there twice.
//
// A round counts only if something was on its way at the moment of the kill that the Worker would
// have had to finish: a create, a notification, or a call of its own. What a run draws comes from its
// seed; when a message arrives is the machine's business, so a seed repeats the plan, not the run.

import { Theatre } from "./theatre.mjs";

/** After so many rounds everything is brought to an end and compared, and the next ones begin anew. */
const ROUNDS_BETWEEN_ENDS = 8;

/**
 * Plays until `rounds` of them counted, or something is not as it was promised; answers the figures.
 * `meddle` is let at the folder after each kill: it shows that a loss would be noticed.
 */
export async function playRounds({ rounds, seed, meddle = () => {}, say = () => {} }) {
  const theatre = await Theatre.open(seed, meddle);
  const figures = { rounds: 0, idle: 0, acknowledged: 0, inFlight: {}, lost: [], doubled: [], odd: [] };
  const isWhole = () => figures.lost.length + figures.doubled.length + figures.odd.length === 0;
  try {
    // A machine so fast that nothing is ever on its way would have to be loaded more.
    while (figures.rounds < rounds && figures.idle <= rounds && isWhole()) {
      const counted = await theatre.round(figures);
      const isTime = counted && figures.rounds % ROUNDS_BETWEEN_ENDS === 0;
      if (isTime && isWhole()) await theatre.end(figures);
      if (counted) say(figures);
    }
    if (theatre.hasWork && isWhole()) await theatre.end(figures);
    return figures;
  } finally {
    await theatre.close();
  }
}
