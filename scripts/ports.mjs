/**
 * The two ports of development: which they are, whether they are free, whether they answer yet.
 */
import { createConnection } from "node:net";
import { Plain } from "./say.mjs";

const LOOK_EVERY_MS = 50;

/** Where both programs listen, as the environment says. */
export function addresses() {
  const edgePort = port("SAOMA_EDGE_PORT", 8787);
  const sandboxPort = port("SAOMA_SANDBOX_PORT", 8788);
  return {
    edgePort,
    sandboxPort,
    edge: `http://127.0.0.1:${edgePort}`,
    sandbox: `http://127.0.0.1:${sandboxPort}`,
  };
}

function port(variable, usual) {
  const value = process.env[variable] || String(usual);
  const number = Number(value);
  if (Number.isInteger(number) && number > 0 && number < 65536) return number;
  throw new Plain(`${variable} is "${value}"; a port is a whole number from 1 to 65535.`);
}

/** Refuses, in words, when something listens on the port already. */
export async function ensureFree(port, variable) {
  if (!(await isTaken(port))) return;
  throw new Plain(
    `Port ${port} is taken on this machine: something else runs there, or Saoma does already.\n` +
      `Stop that, or choose another port with ${variable}=…`,
  );
}

/** Whether anything accepts connections on the port. */
export function isTaken(port) {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    const done = (taken) => {
      socket.destroy();
      resolve(taken);
    };
    socket.once("connect", () => done(true)).once("error", () => done(false));
  });
}

/**
 * Waits until `url` answers 200. Returns null once it has, or what it said last when `isOver()`
 * says that there is no use waiting on, or `wait_ms` have passed.
 */
export async function firstAnswer(url, { isOver, wait_ms }) {
  let last = "no answer";
  for (const deadline = Date.now() + wait_ms; !isOver() && Date.now() < deadline; ) {
    try {
      const reply = await fetch(url, { signal: AbortSignal.timeout(wait_ms) });
      const text = await reply.text();
      if (reply.status === 200) return null;
      last = `${reply.status} ${text.slice(0, 500)}`;
    } catch (error) {
      last = String(error.cause?.code ?? error.message);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return last;
}
