//! Words: what may not stand in a file, and versions that must be the same in two places.

use crate::tree::{SourceFile, project_files, read};
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

/// Every package of a Cargo.lock as `name version`.
fn packages(lock: &str) -> Vec<(&str, &str)> {
    let value = |entry: &str, key: &str| {
        let start = entry.find(&format!("\n{key} = \""))? + key.len() + 5;
        Some((start, start + entry.get(start..)?.find('"')?))
    };
    let entries = lock.split("[[package]]").skip(1);
    entries
        .filter_map(|entry| {
            let (name, version) = (value(entry, "name")?, value(entry, "version")?);
            Some((&entry[name.0..name.1], &entry[version.0..version.1]))
        })
        .collect()
}

/// Packages that both locks have, and not in the same version.
fn drifted<'a>(ours: &str, theirs: &'a str) -> Vec<(&'a str, &'a str)> {
    let known = packages(ours);
    let mut found = packages(theirs);
    found.retain(|(name, version)| {
        let mut ours = known.iter().filter(|(known, _)| known == name).peekable();
        ours.peek().is_some() && !ours.any(|(_, known)| known == version)
    });
    found
}

/// The fuzz targets have a lock of their own, since they are no part of the workspace.
#[test]
fn what_is_fuzzed_is_what_is_shipped() {
    let lock = |version: &str| format!("\n[[package]]\nname = \"a\"\nversion = \"{version}\"\n");
    assert_eq!(drifted(&lock("1.0.0"), &lock("1.0.1")), [("a", "1.0.1")]);
    assert_eq!(drifted(&lock("1.0.0"), &lock("1.0.0")), []);
    assert_eq!(drifted(&(lock("1.0.0") + &lock("2.0.0")), &lock("2.0.0")), []);
    assert_eq!(drifted("", &lock("1.0.0")), []);

    let (ours, theirs) = (read("Cargo.lock"), read("fuzz/Cargo.lock"));
    assert!(packages(&theirs).len() > 50, "the walk has lost its way");
    let found = drifted(&ours, &theirs);
    assert!(found.is_empty(), "copy Cargo.lock to fuzz/Cargo.lock and build there: {found:?}");
}

/// Names of tests in the table of samples of tests/README.md that no file has.
fn missing_tests<'a>(readme: &'a str, files: &[SourceFile]) -> Vec<&'a str> {
    let table = readme.split("## Samples").nth(1).unwrap_or_default();
    let rows = table.lines().filter(|line| line.starts_with("| G."));
    let names = rows.flat_map(|row| row.split('`').skip(1).step_by(2));
    let exists = |name: &str| {
        let opening = format!("fn {name}()");
        files.iter().any(|file| file.path.ends_with(".rs") && file.text.contains(&opening))
    };
    names.filter(|name| !exists(name)).collect()
}

#[test]
fn the_samples_name_tests_that_exist() {
    let file = SourceFile { path: "a.rs".to_owned(), text: "fn one() {}".to_owned() };
    let readme = "## Samples\n\n| G.1 | `one` | `two`, `one` |\n";
    assert_eq!(missing_tests(readme, &[file]), ["two"]);

    let readme = read("tests/README.md");
    assert!(readme.matches("\n| G.").count() > 10, "the table has lost its way");
    let missing = missing_tests(&readme, &project_files());
    assert!(missing.is_empty(), "tests/README.md names tests that are not there: {missing:?}");
}
