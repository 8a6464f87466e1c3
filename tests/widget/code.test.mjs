/** The code that is drawn is the one that was sent: compared with codes that others encoded. */
import assert from "node:assert/strict";
import test from "node:test";
import jsQR from "jsqr";
import { modulesOf, pathOf, widthPx } from "../../widget/js/code.js";

/** Encoded at level M by Zint (through zxing-wasm), packed as `SessionView::qr` is. */
const CODES = [
  {
    text: "weixin://wxpay/bizpayurl?pr=abc1234",
    side: 29,
    qr:
      "/p9D/BOKUG6jHLt0stXbopouwWcVB/qqr+AJgACjNaEp4IfZ0KPF+zHGSKCrYaUw69+Xy2f2vKWAmtrFFkrKQdtxxe4S" +
      "KqQuPb7y+IBvPF/7pSswRKcTunWfxdFMr66ofScEflMP7vjEgA==",
  },
  {
    text: "weixin://pay.weixin.qq.com/bizpayurl/up?pr=NwY5Mz9&groupid=00",
    side: 33,
    qr:
      "/sqfP8FxQ5BugSRrt1QZ5dugdSrsEkThB/qqqv4BZOUAt3rdJfjPfNvi7Qpqb441CIopPRiOy5meg7l5wvEqI3zPQ3Eu" +
      "u77mgfVJiWGf3aY+aznntgl1IzCPHIoYBX7oPGJolyVS+YBfq8c/v4ZqEFX08cumk3/t1oogNuqnE4kEaPFp/vvlQgA=",
  },
];

/** Follows a path with a pen of width 1, as a browser does; answers the cells it crosses. */
function inked(path, side) {
  const cells = Array.from({ length: side }, () => Array(side).fill(false));
  let [x, y] = [0, 0];
  for (const [, move, dx, dy, run] of path.matchAll(/([Mm])(\d+) (\d+(?:\.5)?)h(\d+)/g)) {
    [x, y] = move === "M" ? [Number(dx), Number(dy)] : [x + Number(dx), y + Number(dy)];
    assert.equal(y % 1, 0.5, "a line of width 1 covers a row when it runs along its middle");
    for (let n = 0; n < Number(run); n++) cells[Math.floor(y)][x + n] = true;
    x += Number(run);
  }
  return cells;
}

for (const { text, side, qr } of CODES) {
  test(`${side} modules become a path, and the path the same modules`, () => {
    const modules = modulesOf(qr);
    assert.equal(modules.length, side);
    const path = pathOf(modules);
    assert.match(path, /^(M\d+ \d+\.5h\d+(m\d+ 0h\d+)*)+$/);
    assert.ok(path.startsWith("M4 4.5h7m"), path);
    const bits = Buffer.from(qr, "base64");
    const isDark = (x, y) => {
      const at = (y - 4) * side + (x - 4);
      const isInside = [x, y].every((axis) => axis >= 4 && axis < side + 4);
      return isInside && ((bits[at >> 3] >> (7 - (at % 8))) & 1) === 1;
    };
    inked(path, side + 8).forEach((row, y) => {
      row.forEach((dark, x) => assert.equal(dark, isDark(x, y), `module ${x}, ${y}`));
    });
  });

  test(`a decoder reads “${text}”`, () => {
    const cells = inked(pathOf(modulesOf(qr)), side + 8);
    const [scale, width] = [4, (side + 8) * 4];
    const pixels = new Uint8ClampedArray(width * width * 4);
    for (let at = 0; at < width * width; at++) {
      const [x, y] = [at % width, Math.floor(at / width)].map((axis) => Math.floor(axis / scale));
      pixels.set(cells[y][x] ? [0, 0, 0, 255] : [255, 255, 255, 255], at * 4);
    }
    assert.equal(jsQR(pixels, width, width)?.data, text);
  });
}

test("what is not the square of a code is not drawn", () => {
  const packed = (bytes) => Buffer.alloc(bytes, 0x55).toString("base64");
  for (const [qr, why] of [
    ["", "nothing"],
    ["not base64!", "no base64"],
    [packed(55), "smaller than any symbol"],
    [packed(57), "a byte more than 21 rows of 21"],
    [packed(61), "22 modules, which no symbol has"],
    [packed(4_096), "larger than any symbol"],
  ]) {
    assert.equal(modulesOf(qr), null, why);
  }
  assert.equal(modulesOf(packed(56)).length, 21);
  assert.equal(modulesOf(packed(3_917)).length, 177);
});

/** 41 modules at six pixels are the 246 of the design, and at four its least, 164. */
test("every module is a whole number of device pixels", () => {
  const at = (side, space) => widthPx(side, { wish: null, room: 0, ratio: 1, ...space });
  assert.equal(at(41, {}), 246);
  assert.equal(at(37, {}), 222);
  assert.equal(at(41, { ratio: 2 }), 246);
  assert.equal(at(41, { wish: 100 }), 164);
  assert.equal(at(41, { wish: 328 }), 328);
  assert.equal(at(41, { wish: 328, room: 216 }), 205);
  assert.equal(at(41, { room: 30 }), 41, "at least one pixel");
  for (const ratio of [1, 1.1, 1.25, 1.5, 1.75, 2, 2.625, 3]) {
    for (const side of [29, 37, 41, 45, 53]) {
      const width = at(side, { ratio });
      const device = (width * ratio) / side;
      assert.ok(Math.abs(device - Math.round(device)) < 1e-9, `${side} at ${ratio}: ${device}`);
      assert.ok(width <= 246, `${side} at ${ratio}: ${width}`);
    }
  }
});
