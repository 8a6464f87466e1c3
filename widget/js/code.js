// What stands in the frame: the code, or a mark that says why there is none.
//
// The modules come with the first answer, so a code needs neither wasm nor an image request. It is
// black on white in every theme, with its four light modules of border inside the picture: a dark
// page around it must not eat them, and light on dark is read by no decoder that was tried.

const SVG = "http://www.w3.org/2000/svg";

/** Light modules around the symbol; ISO/IEC 18004 asks for four. */
const QUIET_MODULES = 4;

/** Modules along a side of the smallest and the largest symbol there is. */
const [SIDE_MIN, SIDE_MAX] = [21, 177];

/** How wide a code is drawn at most: 41 modules at six pixels, the platform's longer text. */
const WIDTH_PX = 246;

/** And at least, where there is room: below four pixels a module cameras begin to fail. */
const MODULE_PX_MIN = 4;

/**
 * The modules of a session answer's `qr`: a text for each row, dark = 1. Null unless the bits are the
 * square of a QR code.
 */
export function modulesOf(base64) {
  const bits = bitsOf(base64);
  const side = Math.floor(Math.sqrt(bits.length));
  const isWhole = bits.length - side * side < 8;
  if (!isWhole || side < SIDE_MIN || side > SIDE_MAX || side % 4 !== 1) return null;
  return Array.from({ length: side }, (_, y) => bits.slice(y * side, (y + 1) * side));
}

function bitsOf(base64) {
  try {
    return atob(base64).replace(/[^]/g, (byte) => byte.charCodeAt().toString(2).padStart(8, "0"));
  } catch {
    return "";
  }
}

/** Every dark run as one stroke of width 1 along the middle of its row: `M4 4.5h7m1 0h2…`. */
export function pathOf(modules) {
  return modules.map((row, y) => rowOf(row, y + QUIET_MODULES)).join("");
}

/** To the first dark run by an absolute move, to the others by relative ones. */
function rowOf(row, y) {
  let path = "";
  let pen;
  for (const { 0: run, index } of row.matchAll(/1+/g)) {
    path += pen ? `m${index - pen} 0` : `M${index + QUIET_MODULES} ${y}.5`;
    path += `h${run.length}`;
    pen = index + run.length;
  }
  return path;
}

/**
 * Draws `picture`'s code into an empty or drawn `<svg>` from the modules of the answer; false if
 * there are none that can be drawn. Wasm draws the same, attribute for attribute.
 */
export function draw(svg, picture) {
  const modules = modulesOf(picture.qr ?? "");
  if (!modules) return false;
  const side = modules.length + 2 * QUIET_MODULES;
  set(svg, { viewBox: `0 0 ${side} ${side}`, "shape-rendering": "crispEdges" });
  svg.replaceChildren(
    shape("rect", { width: side, height: side, fill: "#fff" }),
    shape("path", { d: pathOf(modules), stroke: "#000", fill: "none" }),
  );
  return true;
}

/**
 * The picture's width in CSS pixels: whole device pixels for every module, so that none is wider
 * than its neighbour, and at most what there is room for (unless that is less than one pixel).
 *
 * @param {number} side modules along a side, the border included
 * @param {{ wish: number | null, room: number, ratio: number }} space the shop's wish and the
 *   frame's width in CSS pixels, and the device's pixels in one of them
 */
export function widthPx(side, { wish, room, ratio }) {
  const wished = Math.max(wish ?? WIDTH_PX, side * MODULE_PX_MIN);
  const most = room > 0 ? Math.min(wished, room) : wished;
  const scale = ratio > 0 ? ratio : 1;
  const device = Math.max(1, Math.floor((most * scale) / side));
  return (device * side) / scale;
}

const TICK = "M14 25l7 7 14-15";
const BANG = "M24 13v14M24 34v1";
const CLOCK = "M24 14v11l7 5";

const SIGNS = { paid: TICK, expired: CLOCK, cancelled: CLOCK, error: BANG };

/** The mark of a face without a code. The words beneath say the same, so it is decoration. */
export function mark(face) {
  const svg = shape("svg", { class: "mark", viewBox: "0 0 48 48", "aria-hidden": "true" });
  svg.append(shape("circle", { cx: 24, cy: 24, r: 22 }), shape("path", { d: SIGNS[face] ?? "" }));
  return svg;
}

/** An element of a drawing. */
export function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  set(element, attributes);
  return element;
}

/** Sets attributes that differ; null takes one away. */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }
}
