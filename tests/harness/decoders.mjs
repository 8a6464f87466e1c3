// Two readers of QR codes that share nothing with each other, nor with what drew the code: jsQR, in
// JavaScript, and ZXing's C++ reader as wasm. Both get the same pixels.

import { readFile } from "node:fs/promises";

import jsQR from "jsqr";
import { PNG } from "pngjs";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

import { inProject } from "./project.mjs";

// Left alone, it would fetch its wasm from a public server.
const wasm = await readFile(inProject("node_modules/zxing-wasm/dist/reader/zxing_reader.wasm"));
await prepareZXingModule({ overrides: { wasmBinary: wasm }, fireImmediately: true });

/** Black on white as drawn, and nothing more forgiving: an inverted code is a defect of ours. */
const AS_DRAWN = { formats: ["QRCode"], tryInvert: false, maxNumberOfSymbols: 1 };

/** Each reads `{ data, width, height }` and answers the text, or undefined where it finds no code. */
export const DECODERS = {
  jsqr: async ({ data, width, height }) =>
    jsQR(data, width, height, { inversionAttempts: "dontInvert" })?.data,
  zxing: async (image) => (await readBarcodes(image, AS_DRAWN))[0]?.text,
};

/** What every decoder reads in a PNG picture, by the decoder's name. */
export async function readings(picture) {
  const { width, height, data } = PNG.sync.read(picture);
  const image = { width, height, data: new Uint8ClampedArray(data) };
  const entries = Object.entries(DECODERS);
  return Object.fromEntries(await Promise.all(
    entries.map(async ([name, decode]) => [name, await decode({ ...image })]),
  ));
}

/**
 * The text of the code in a picture: undefined where no decoder sees one yet, an error where they
 * disagree, since a code that only one of them can read is not good enough.
 */
export async function decode(picture) {
  const read = await readings(picture);
  const texts = new Set(Object.values(read));
  if (texts.size > 1) throw new Error(`the decoders disagree: ${JSON.stringify(read)}`);
  return [...texts][0];
}
