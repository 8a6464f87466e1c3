//! Words: what may not stand in a file, and versions that must be the same in two places.

use crate::tree::{SourceFile, read};
use crate::{breaches_of, holds_everywhere};

/// Spelled in halves, so that this file does not accuse itself.
const POSTPONED: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];

fn nothing_is_postponed(file: &SourceFile) -> Vec<String> {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let lines = file.text.lines().enumerate();
    let words = lines.flat_map(|(n, line)| line.split(|c| !is_letter(c)).map(move |w| (n + 1, w)));
    words
        .filter(|(_, word)| POSTPONED.contains(word))
        .map(|(line, word)| format!("line {line}: {word}; an open end belongs into an issue"))
        .collect()
}

fn lock_names_no_registry(file: &SourceFile) -> Vec<String> {
    if file.path != "package-lock.json" || !file.text.contains("\"resolved\"") {
        return Vec::new();
    }
    vec!["names download addresses; install with the project's .npmrc".to_owned()]
}

/// The version of a package in the text of a Cargo.lock.
fn locked_version<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let entry = lock
        .split("[[package]]")
        .find(|entry| entry.contains(&format!("\nname = \"{name}\"\n")))?;
    entry.split("version = \"").nth(1)?.split('"').next()
}

/// The version of a tool in the text of scripts/pins.mjs.
fn pinned_version<'a>(pins: &'a str, tool: &str) -> Option<&'a str> {
    let line = pins.lines().find(|line| line.trim_start().starts_with(&format!("\"{tool}\"")))?;
    line.split("version: \"").nth(1)?.split('"').next()
}

#[test]
fn nothing_is_left_for_later() {
    for word in POSTPONED {
        let planted = format!("fn a() {{}}\n// {word}: finish this\n");
        assert_eq!(breaches_of(nothing_is_postponed, "a.rs", &planted).len(), 1, "{word}");
    }
    holds_everywhere(nothing_is_postponed);
}

#[test]
fn the_npm_lock_file_names_no_registry() {
    let planted = r#"{ "node_modules/a": { "resolved": "https://registry.example/a.tgz" } }"#;
    assert_eq!(breaches_of(lock_names_no_registry, "package-lock.json", planted).len(), 1);
    holds_everywhere(lock_names_no_registry);
}

/// The command-line program refuses a module made with any other version of the crate.
#[test]
fn the_wasm_bindgen_program_is_the_crates_version() {
    let lock = "[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.1.2\"\n";
    let pins = "  \"wasm-bindgen\": { crate: \"wasm-bindgen-cli\", version: \"0.1.3\" },\n";
    assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.1.2"));
    assert_eq!(pinned_version(pins, "wasm-bindgen"), Some("0.1.3"));

    let (lock, pins) = (read("Cargo.lock"), read("scripts/pins.mjs"));
    assert!(locked_version(&lock, "wasm-bindgen").is_some());
    assert_eq!(pinned_version(&pins, "wasm-bindgen"), locked_version(&lock, "wasm-bindgen"));
    assert_eq!(pinned_version(&pins, "worker-build"), locked_version(&lock, "worker"));
}
