/**
 * The browser of the tests: Chromium and its driver, from the system.
 *
 * `SAOMA_CHROMIUM` and `CHROMEDRIVER` name programs elsewhere. Only the tests come here; nothing
 * that a shop owner runs installs a browser.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { installPackages } from "./debian.mjs";
import { inProject } from "./paths.mjs";

const ELSEWHERE =
  "The tests need Chromium and a ChromeDriver of the same version. Install both and, unless they " +
  "are on PATH as `chromium` and `chromedriver`, set SAOMA_CHROMIUM and CHROMEDRIVER to their " +
  "programs.";

/** The paths of both programs, installing them where that is possible. */
export async function ensureBrowser() {
  if (!locate().chromium || !locate().chromedriver) {
    await installPackages(["chromium", "chromium-driver"], ELSEWHERE);
  }
  return locate();
}

/** The paths of both programs; undefined for one that is not there. */
export function locate() {
  return {
    chromium: process.env.SAOMA_CHROMIUM || onPath(["chromium", "chromium-browser"]),
    chromedriver: process.env.CHROMEDRIVER || onPath(["chromedriver"]),
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
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(wanted));
  return file;
}

function onPath(names) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync);
}
