//! Arrows: who may depend on whom, read from the manifests and from the `use` lines.
//!
//! `checkout ← wechatpay ← edge`, `checkout ← widget`, `wechatpay (crypto) ← sandbox`. So no type
//! that can hold a key is reachable from the browser build, and the sandbox shares no message with
//! the Worker: two sides with one set of types would agree on a typo.

use crate::tree::{SourceFile, root};
use crate::{breaches_of, holds_everywhere};
use serde_json::Value;
use std::process::Command;

/// Our crates, and which of ours each may depend on, for tests and builds as well.
const MAY_DEPEND_ON: &[(&str, &[&str])] = &[
    ("saoma-checkout", &[]),
    ("saoma-wechatpay", &["saoma-checkout"]),
    ("saoma-edge", &["saoma-checkout", "saoma-wechatpay"]),
    ("saoma-widget", &["saoma-checkout"]),
    ("saoma-sandbox", &["saoma-wechatpay"]),
    ("saoma-tests", &["saoma-checkout", "saoma-wechatpay", "saoma-edge", "saoma-sandbox"]),
    ("saoma-simulation", &["saoma-checkout", "saoma-wechatpay", "saoma-edge"]),
];

/// One dependency of one of our crates, as cargo reads the manifest.
struct Arrow {
    from: String,
    to: String,
    /// The platform it is limited to, if any.
    target: Option<String>,
}

fn arrows() -> Vec<Arrow> {
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&cargo.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    assert_eq!(packages.len(), MAY_DEPEND_ON.len(), "a crate has no row in MAY_DEPEND_ON");
    packages.iter().flat_map(arrows_from).collect()
}

fn arrows_from(package: &Value) -> Vec<Arrow> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let dependencies = package["dependencies"].as_array().expect("dependencies");
    dependencies
        .iter()
        .map(|dependency| Arrow {
            from: text(&package["name"]).expect("a package has a name"),
            to: text(&dependency["name"]).expect("a dependency has a name"),
            target: text(&dependency["target"]),
        })
        .collect()
}

fn points_outward(Arrow { from, to, .. }: &Arrow) -> bool {
    let row = MAY_DEPEND_ON.iter().find(|(name, _)| name == from);
    let allowed = row.map_or(&[] as &[_], |(_, allowed)| *allowed);
    to.starts_with("saoma-") && !allowed.contains(&to.as_str())
}

/// The runtime may be named by the edge alone, and only in the build that runs in it: so a plain
/// `cargo test` proves the rest of the edge free of it.
fn runtime_leaks(Arrow { from, to, target }: &Arrow) -> bool {
    let is_for_wasm = target.as_deref().is_some_and(|target| target.contains("wasm32"));
    to == "worker" && !(from == "saoma-edge" && is_for_wasm)
}

/// The lines of code, without comments.
fn code_lines(file: &SourceFile) -> impl Iterator<Item = (usize, &str)> {
    let lines = file.text.lines().enumerate().map(|(n, line)| (n + 1, line));
    lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Whether `path` stands in `line` as a whole path, not as the end of a longer name.
fn names(line: &str, path: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    line.match_indices(path).any(|(at, _)| !line[..at].ends_with(is_part))
}

/// Where the runtime may be named: its own folder, and this file, which says so.
const NAMES_THE_RUNTIME: &[&str] = &["edge/src/cloudflare/", "tests/tests/tidy/arrows.rs"];

fn runtime_is_named_in_its_folder_only(file: &SourceFile) -> Vec<String> {
    let is_allowed = NAMES_THE_RUNTIME.iter().any(|path| file.path.starts_with(path));
    if is_allowed || !file.path.ends_with(".rs") {
        return Vec::new();
    }
    let found =
        code_lines(file).filter(|(_, line)| names(line, "worker::") || names(line, "use worker;"));
    found
        .map(|(n, _)| format!("line {n}: only edge/src/cloudflare/ may name the runtime"))
        .collect()
}

fn sandbox_shares_no_message(file: &SourceFile) -> Vec<String> {
    if !file.path.starts_with("sandbox/") || !file.path.ends_with(".rs") {
        return Vec::new();
    }
    // A grouped import may spread over lines, so statements are read whole.
    let code: String = code_lines(file).map(|(_, line)| line).collect::<Vec<_>>().join(" ");
    let shares = |statement: &&str| {
        let Some((_, after)) = statement.split_once("wechatpay::") else { return false };
        after
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| matches!(word, "v3" | "v2"))
    };
    let found = code.split(';').filter(shares);
    found.map(|it| format!("takes messages from wechatpay: {}", it.trim())).collect()
}

fn arrow(from: &str, to: &str, target: Option<&str>) -> Arrow {
    Arrow { from: from.to_owned(), to: to.to_owned(), target: target.map(str::to_owned) }
}

#[test]
fn every_dependency_points_inward() {
    assert!(points_outward(&arrow("saoma-checkout", "saoma-wechatpay", None)));
    assert!(points_outward(&arrow("saoma-widget", "saoma-wechatpay", None)));
    assert!(points_outward(&arrow("saoma-sandbox", "saoma-edge", None)));
    assert!(!points_outward(&arrow("saoma-edge", "saoma-wechatpay", None)));
    let all = arrows();
    let outward = all.iter().filter(|arrow| points_outward(arrow));
    let breaches: Vec<_> = outward.map(|arrow| (&arrow.from, &arrow.to)).collect();
    assert!(breaches.is_empty(), "these may not depend on each other: {breaches:?}");
}

#[test]
fn the_runtime_is_a_dependency_of_the_edge_on_wasm_alone() {
    let wasm = Some("cfg(target_arch = \"wasm32\")");
    assert!(runtime_leaks(&arrow("saoma-edge", "worker", None)));
    assert!(runtime_leaks(&arrow("saoma-widget", "worker", wasm)));
    assert!(!runtime_leaks(&arrow("saoma-edge", "worker", wasm)));
    let all = arrows();
    assert!(all.iter().any(|arrow| arrow.to == "worker"), "the rule has nothing to look at");
    assert!(!all.iter().any(runtime_leaks));
}

#[test]
fn the_runtime_is_named_in_one_folder() {
    let rule = runtime_is_named_in_its_folder_only;
    for planted in ["use worker::Env;\n", "fn a(env: &worker::Env) {}\n", "use worker;\n"] {
        assert_eq!(breaches_of(rule, "edge/src/routes.rs", planted).len(), 1, "{planted}");
        assert!(breaches_of(rule, "edge/src/cloudflare/entry.rs", planted).is_empty());
    }
    assert!(
        breaches_of(rule, "edge/src/routes.rs", "// use worker::Env;\nuse co_worker::A;\n")
            .is_empty()
    );
    holds_everywhere(rule);
}

#[test]
fn the_sandbox_shares_no_message_with_the_worker() {
    for planted in [
        "use wechatpay::v3::native;\n",
        "use wechatpay::{\n    key,\n    v2::xml,\n};\n",
        "fn a() { wechatpay::v3::sign::sign(); }\n",
    ] {
        assert_eq!(breaches_of(sandbox_shares_no_message, "sandbox/src/a.rs", planted).len(), 1);
    }
    let own = "use wechatpay::rustcrypto::RustCrypto;\nuse crate::v3::native;\n";
    assert!(breaches_of(sandbox_shares_no_message, "sandbox/src/a.rs", own).is_empty());
    holds_everywhere(sandbox_shares_no_message);
}
