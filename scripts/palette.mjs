/**
 * Writes a picture as a PNG of at most 256 colours, which for pages is a third of the size and, to
 * the eye, the same. No library of the project writes such files.
 */
import { deflateSync, crc32 } from "node:zlib";

const COLOURS_MAX = 256;

/** The bytes of a PNG with a palette, of opaque RGBA pixels as pngjs reads them. */
export function encode({ width, height, data }) {
  const { colours, pixels } = reduce(data, width * height);
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    // The row's first byte says that it is not filtered: neighbours in a palette are no neighbours.
    rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const chunks = [["IHDR", header], ["PLTE", Buffer.from(colours.flat())], ["IDAT", deflateSync(rows, { level: 9 })]];
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, ...chunks.map(chunk), chunk(["IEND", Buffer.alloc(0)])]);
}

function chunk([type, body]) {
  const named = Buffer.concat([Buffer.from(type, "latin1"), body]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** The palette, and for each pixel its place in it. */
function reduce(data, count) {
  const colourAt = (at) => (data[at * 4] << 16) | (data[at * 4 + 1] << 8) | data[at * 4 + 2];
  const uses = new Map();
  for (let at = 0; at < count; at += 1) uses.set(colourAt(at), (uses.get(colourAt(at)) ?? 0) + 1);
  const boxes = cut([...uses].map(([colour, times]) => ({ colour, times, parts: parts(colour) })));
  const places = new Map(boxes.flatMap((box, place) => box.map(({ colour }) => [colour, place])));
  const pixels = new Uint8Array(count);
  for (let at = 0; at < count; at += 1) pixels[at] = places.get(colourAt(at));
  // Its most used colour stands for a box, so that white stays white and black black.
  const most = (box) => box.reduce((best, one) => (one.times > best.times ? one : best));
  return { colours: boxes.map((box) => most(box).parts), pixels };
}

const parts = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];

/** Median cut: the box whose colours differ most is cut in two, until there are enough of them. */
function cut(colours) {
  const boxes = [colours];
  while (boxes.length < COLOURS_MAX) {
    const widths = boxes.map(widest);
    const worst = widths.reduce((best, { width }, at) => (width > widths[best].width ? at : best), 0);
    if (widths[worst].width === 0) break;
    boxes.splice(worst, 1, ...halves(boxes[worst], widths[worst].channel));
  }
  return boxes;
}

/** The channel in which a box is widest, and how wide it is there, often used colours counting more. */
function widest(box) {
  const widths = [0, 1, 2].map((channel) => {
    const values = box.map((one) => one.parts[channel]);
    return values.reduce((most, value) => Math.max(most, value), 0) - values.reduce((least, value) => Math.min(least, value), 255);
  });
  const channel = widths.indexOf(Math.max(...widths));
  const uses = box.reduce((sum, { times }) => sum + times, 0);
  return { channel, width: widths[channel] * Math.log2(1 + uses) };
}

function halves(box, channel) {
  const sorted = box.toSorted((one, other) => one.parts[channel] - other.parts[channel]);
  const middle = (sorted[0].parts[channel] + sorted.at(-1).parts[channel]) / 2;
  const at = sorted.findIndex((one) => one.parts[channel] > middle);
  return [sorted.slice(0, at), sorted.slice(at)];
}
