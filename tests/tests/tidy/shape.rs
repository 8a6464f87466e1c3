//! Shape: how long a file or a function may be, how a file begins, what it may be called.

use crate::tree::SourceFile;
use crate::{breaches_of, holds_everywhere};

/// Lines of a file, inline tests not counted; beyond this one idea has become two.
const FILE_LINES_MAX: usize = 400;

/// Lines of a function, its first and last included: what fits on a screen.
const FUNCTION_LINES_MAX: usize = 70;

const CODE: &[&str] = &["rs", "mjs", "js", "ts", "css", "sql"];

fn file_is_short(file: &SourceFile) -> Vec<String> {
    let lines = file.code().count();
    if lines <= FILE_LINES_MAX || !file.has_extension(CODE) {
        return Vec::new();
    }
    vec![format!("{lines} lines; {FILE_LINES_MAX} are allowed")]
}

/// Reads the formatter's own layout: a function ends at the brace below its first letter.
fn functions_are_short(file: &SourceFile) -> Vec<String> {
    if !file.has_extension(&["rs", "mjs", "js", "ts"]) {
        return Vec::new();
    }
    let lines: Vec<&str> = file.text.lines().collect();
    let mut breaches = Vec::new();
    for (first, line) in lines.iter().enumerate().filter(|(_, line)| begins_function(line)) {
        if is_declaration(&lines[first..]) {
            continue;
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        let end = format!("{indent}}}");
        let length =
            lines[first..].iter().position(|line| line.trim_end() == end).map_or(1, |n| n + 1);
        if length > FUNCTION_LINES_MAX {
            breaches.push(format!("line {}: a function of {length} lines", first + 1));
        }
    }
    breaches
}

fn begins_function(line: &str) -> bool {
    const BEFORE: &[&str] = &["pub", "async", "const", "unsafe", "export", "default", "extern"];
    let is_before = |word: &&str| BEFORE.contains(word) || word.starts_with("pub(");
    let word = line.split_whitespace().find(|word| !is_before(word));
    !line.ends_with(';') && matches!(word, Some("fn" | "function"))
}

/// A method that a trait only names has no brace to end at, even over several lines.
fn is_declaration(lines: &[&str]) -> bool {
    lines.iter().find(|line| line.ends_with(['{', ';'])).is_some_and(|line| line.ends_with(';'))
}

fn opens_with_a_reason(file: &SourceFile) -> Vec<String> {
    let opening: &[&str] = match file.path.rsplit_once('.') {
        Some((_, "rs")) => &["//!"],
        Some((_, "mjs")) => &["/**", "//", "#!"],
        _ => return Vec::new(),
    };
    if opening.iter().any(|start| file.text.starts_with(start)) {
        return Vec::new();
    }
    vec![format!("does not open with {}, saying why it exists", opening[0])]
}

/// Names that say nothing of what is inside, and so attract everything.
const JUNK_DRAWERS: &[&str] = &[
    "util",
    "utils",
    "helper",
    "helpers",
    "common",
    "types",
    "models",
    "consts",
    "constants",
    "manager",
    "service",
    "handler",
    "misc",
    "shared",
];

fn name_says_something(file: &SourceFile) -> Vec<String> {
    let parts = file.path.split('/');
    let stems = parts.map(|part| part.split_once('.').map_or(part, |(stem, _)| stem));
    let junk = stems.filter(|stem| JUNK_DRAWERS.contains(&stem.to_lowercase().as_str()));
    junk.map(|stem| format!("a file or folder named {stem} says nothing")).collect()
}

#[test]
fn no_file_is_longer_than_the_ceiling() {
    let long = "x\n".repeat(FILE_LINES_MAX + 1);
    let tested = format!("{}#[cfg(test)]\n{long}", "x\n".repeat(FILE_LINES_MAX));
    assert_eq!(breaches_of(file_is_short, "a.rs", &long).len(), 1);
    assert!(breaches_of(file_is_short, "a.rs", &tested).is_empty());
    holds_everywhere(file_is_short);
}

#[test]
fn no_function_is_longer_than_a_screen() {
    let body = "    x;\n".repeat(FUNCTION_LINES_MAX - 1);
    for opening in ["fn a() {", "pub(crate) async fn a() {", "export async function a() {"] {
        let long = format!("fn short() {{\n}}\n\n{opening}\n{body}}}\n");
        assert_eq!(
            breaches_of(functions_are_short, "a.rs", &long),
            ["line 4: a function of 71 lines"]
        );
    }
    let inner = format!("impl A {{\n    fn a() {{\n{}    }}\n}}\n", "        x;\n".repeat(70));
    assert_eq!(breaches_of(functions_are_short, "a.rs", &inner).len(), 1);
    let named = format!("    fn a(\n        b: B,\n    ) -> C;\n{}    }}\n", "\n".repeat(70));
    assert!(breaches_of(functions_are_short, "a.rs", &named).is_empty());
    holds_everywhere(functions_are_short);
}

#[test]
fn every_source_file_opens_by_saying_why_it_exists() {
    assert_eq!(breaches_of(opens_with_a_reason, "a/src/b.rs", "use std::fs;\n").len(), 1);
    assert_eq!(breaches_of(opens_with_a_reason, "a.mjs", "import x from 'y';\n").len(), 1);
    assert!(breaches_of(opens_with_a_reason, "a/src/b.rs", "//! Why.\n").is_empty());
    holds_everywhere(opens_with_a_reason);
}

#[test]
fn no_file_is_a_junk_drawer() {
    for path in ["a/src/utils.rs", "a/helpers/b.rs", "www/common.js", "a/src/Types.ts"] {
        assert_eq!(breaches_of(name_says_something, path, "").len(), 1, "{path}");
    }
    holds_everywhere(name_says_something);
}
