/**
 * The browsers of the tests: Chromium and its driver, from the system; for `npm run soak` Firefox
 * too, whose driver cargo builds (scripts/pins.mjs).
 *
 * `SAOMA_CHROMIUM`, `CHROMEDRIVER`, `SAOMA_FIREFOX` and `GECKODRIVER` name programs elsewhere. Only
 * the tests come here; nothing that a shop owner runs installs a browser.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { installPackages } from "./debian.mjs";
import { inProject } from "./paths.mjs";
import { rustTool } from "./rust.mjs";

/** Whether the whole matrices are wanted, and so a second browser. */
export const isSoaking = () => process.env.SAOMA_SOAK === "1";

const ELSEWHERE =
  "The tests need Chromium and a ChromeDriver of the same version. Install both and, unless they " +
  "are on PATH as `chromium` and `chromedriver`, set SAOMA_CHROMIUM and CHROMEDRIVER to their " +
  "programs.";

const FIREFOX_ELSEWHERE =
  "The soak tests need Firefox, too. Install it and, unless it is on PATH as `firefox-esr` or " +
  "`firefox`, set SAOMA_FIREFOX to its program.";

/** The paths of all, installing them where that is possible; Firefox only for a soak. */
export async function ensureBrowsers() {
  await ensureBrowser();
  if (isSoaking() && !locate().firefox) {
    await installPackages(["firefox-esr"], FIREFOX_ELSEWHERE);
  }
}

/** The paths of both programs, installing them where that is possible. */
export async function ensureBrowser() {
  if (!locate().chromium || !locate().chromedriver) {
    await installPackages(["chromium", "chromium-driver"], ELSEWHERE);
  }
  return locate();
}

/** The paths of the programs; undefined for one that is not there. */
export function locate() {
  return {
    chromium: process.env.SAOMA_CHROMIUM || onPath(["chromium", "chromium-browser"]),
    chromedriver: process.env.CHROMEDRIVER || onPath(["chromedriver"]),
    firefox: process.env.SAOMA_FIREFOX || onPath(["firefox-esr", "firefox"]),
    geckodriver: process.env.GECKODRIVER || [rustTool("geckodriver")].find(existsSync),
  };
}

/**
 * Writes what the widget's tests ask of the driver (widget/webdriver.json), but with the browser
 * that was found; returns the file, which wasm-bindgen's runner reads by
 * `WASM_BINDGEN_TEST_WEBDRIVER_JSON`.
 */
export async function writeCapabilities(chromium, file = inProject("build", "webdriver.json")) {
  const wanted = JSON.parse(await readFile(inProject("widget", "webdriver.json"), "utf8"));
  wanted["goog:chromeOptions"].binary = chromium;
  return write(file, wanted);
}

/** The same for Firefox, whose driver refuses what it does not know, such as Chromium's options. */
export function writeFirefoxCapabilities(firefox, file = inProject("build", "webdriver-firefox.json")) {
  return write(file, { "moz:firefoxOptions": { binary: firefox, args: ["-headless"] } });
}

async function write(file, capabilities) {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(capabilities));
  return file;
}

function onPath(names) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync);
}
