// Builds what a page loads, into build/widget/: `node widget/build.mjs`.
//
// cargo → wasm-bindgen → wasm-opt, and the glue bundled into saoma.js, so that a page makes two
// requests. Tools are taken from PATH, or from WASM_BINDGEN, WASM_OPT and CARGO; esbuild comes from
// the project's node_modules.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const raw = join(root, "build", "widget-raw");
const out = join(root, "build", "widget");
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");

function run(tool, args) {
  execFileSync(tool, args, { cwd: root, stdio: "inherit" });
}

function sizes(name) {
  const bytes = readFileSync(join(out, name));
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  return {
    name,
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, { params: quality }).length,
  };
}

for (const folder of [raw, out]) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}

// Panic messages name source files: ours by their path here, others' without this machine's.
const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
const remaps = [[join(cargoHome, "registry", "src"), ""], [root, ""]];
const flags = remaps.map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
// The encoded form, since a path may hold a space.
process.env.CARGO_ENCODED_RUSTFLAGS = flags.join("\x1f");

const wasm = ["--target", "wasm32-unknown-unknown"];
run(process.env.CARGO ?? "cargo", ["build", "-p", "saoma-widget", "--lib", "--profile", "widget", ...wasm]);
run(process.env.WASM_BINDGEN ?? "wasm-bindgen", [
  join(target, "wasm32-unknown-unknown", "widget", "widget.wasm"),
  ...["--target", "web", "--no-typescript", "--out-name", "saoma_glue", "--out-dir", raw],
]);
run(process.env.WASM_OPT ?? "wasm-opt", [
  ...["-Os", "--converge", "--strip-debug", "--strip-producers", "--strip-target-features"],
  ...["--enable-bulk-memory", "--enable-nontrapping-float-to-int", "--enable-sign-ext"],
  ...["--enable-mutable-globals", "--enable-reference-types", "--enable-multivalue"],
  ...[join(raw, "saoma_glue_bg.wasm"), "-o", join(out, "saoma_bg.wasm")],
]);

const contents = createHash("sha256").update(readFileSync(join(out, "saoma_bg.wasm"))).digest("hex");
const { build } = await import("esbuild");
copyFileSync(join(root, "widget", "saoma.js"), join(raw, "saoma.js"));
await build({
  entryPoints: [join(raw, "saoma.js")],
  outfile: join(out, "saoma.js"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  define: { SAOMA_WASM: JSON.stringify(`saoma_bg.wasm?${contents.slice(0, 16)}`) },
  legalComments: "none",
  logLevel: "warning",
});

const rows = [sizes("saoma.js"), sizes("saoma_bg.wasm")];
const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
rows.push({ name: "together", raw: sum("raw"), gzip: sum("gzip"), brotli: sum("brotli") });
for (const { name, raw, gzip, brotli } of rows) {
  console.log(`${name.padEnd(14)} ${raw} bytes, gzip ${gzip}, brotli ${brotli}`);
}
