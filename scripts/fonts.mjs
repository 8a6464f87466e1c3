/**
 * Fonts for the pictures in the documentation: Chinese, Japanese, Korean and Arabic.
 *
 * Only `npm run screenshots` needs them; a shopper's own system has its own.
 */
import { existsSync } from "node:fs";
import { installPackages } from "./debian.mjs";

/** A file of each package, by which it is known to be there. */
const FONTS = {
  "fonts-noto-cjk": "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
  "fonts-noto-core": "/usr/share/fonts/truetype/noto/NotoSansArabic-Regular.ttf",
};

const ELSEWHERE =
  "The pictures show Chinese, Japanese, Korean and Arabic: install Google's Noto fonts for them.";

/** Installs what is missing, where that is possible. */
export async function ensureFonts() {
  if (process.platform !== "linux") return;
  const missing = Object.keys(FONTS).filter((name) => !existsSync(FONTS[name]));
  if (missing.length) await installPackages(missing, ELSEWHERE);
}
