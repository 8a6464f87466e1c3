// One file out of many: put together by esbuild, made small by terser, which finds more to leave out.

import { readFile } from "node:fs/promises";
import { build, transform } from "esbuild";
import { minify } from "terser";

/**
 * Names of properties that never leave the script: neither a page nor a Worker reads or writes them,
 * and no text of ours names them. They become a letter or two. Whoever leaves one out has a larger
 * script; a name that is spoken outside must not stand here.
 */
export const OWN_NAMES =
  "__destroy_into_raw __wbg_ptr age_ms autoReturnS commands follows hangUp hasCountdown hasRefresh heard " +
  "isHeld isOpen is_expiring is_offline linked looks mayDial mistake onpress picture pushed qrSizePx " +
  "rejection room spend spread unlinked wake_ms way_on wish";

const OWN = new RegExp(`^(?:${OWN_NAMES.replaceAll(" ", "|")})$`);

/** A style sheet is a text, minified like the script around it. */
const stylesAsText = {
  name: "styles-as-text",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const written = await readFile(path, "utf8");
      const { code } = await transform(written, { loader: "css", minify: true, charset: "utf8" });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

/**
 * The bundle of `entry` as bytes. `assets` is the text that stands in for every `assets.js`, since
 * each bundle has its own; `isOpened` keeps every name, for a page that looks inside.
 */
export async function bundle(entry, { assets, isOpened = false } = {}) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    plugins: [stylesAsText, ...(assets ? [assetsFrom(assets)] : [])],
    legalComments: "none",
    logLevel: "warning",
  });
  return Buffer.from(entry.endsWith(".css") ? outputFiles[0].contents : await shortened(outputFiles[0].text, isOpened));
}

/** The same script in fewer bytes. */
async function shortened(script, isOpened) {
  const daring = { pure_getters: true, unsafe_arrows: true, unsafe_methods: true };
  const compress = { ecma: 2020, passes: 3, lhs_constants: false, ...daring };
  const mangle = { properties: isOpened ? false : { regex: OWN } };
  const { code } = await minify(script, { module: true, ecma: 2020, compress, mangle });
  return code;
}

const assetsFrom = (text) => ({
  name: "assets",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/assets\.js$/ }, ({ path }) => ({ path, namespace: "assets" }));
    onLoad({ filter: /./, namespace: "assets" }, () => ({ contents: text, loader: "js" }));
  },
});
