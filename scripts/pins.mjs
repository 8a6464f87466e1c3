/**
 * Which version of every tool the project is built with, in one place.
 *
 * npm's tools are pinned by package.json and Rust's crates by Cargo.lock; this file holds what
 * neither of them can: the command-line programs. `wasm-bindgen` must equal the version in
 * Cargo.lock to the last digit, and a test (tests/tests/tidy/) compares the two.
 */

/**
 * Programs that `cargo install` builds. `locked` says whether the crate's own lock file is used:
 * the one that wasm-bindgen-cli 0.2.130 ships names a package version that has been withdrawn.
 */
export const RUST_TOOLS = {
  "wasm-bindgen": { crate: "wasm-bindgen-cli", version: "0.2.130", locked: false },
  "worker-build": { crate: "worker-build", version: "0.8.7", locked: true },
  "wasm-pack": { crate: "wasm-pack", version: "0.15.1", locked: true },
  "cargo-fuzz": { crate: "cargo-fuzz", version: "0.13.2", locked: true },
  // Only `npm run soak` builds it: the tests in Firefox are its.
  geckodriver: { crate: "geckodriver", version: "0.37.1", locked: true },
  "cargo-deny": { crate: "cargo-deny", version: "0.20.2", locked: true },
};

export const WASM_TARGET = "wasm32-unknown-unknown";

/** wrangler 4.87 and later, and miniflare with it, refuse an older Node. */
export const NODE_MAJOR_MIN = 22;
