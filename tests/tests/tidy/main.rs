//! The house rules that a program can check, as tests that fail.
//!
//! Each rule is a pure function from a file, or from the manifests, to its breaches in words. Two
//! things are shown of each: that a planted breach is found, and that the project has none. What
//! cannot be checked (is it clear? is it needed?) is in CONTRIBUTING.md.

mod arrows;
mod shape;
mod tree;
mod words;

use tree::{SourceFile, project_files};

/// A rule about one file: every breach as one sentence, without the file's name.
type Rule = fn(&SourceFile) -> Vec<String>;

#[track_caller]
fn holds_everywhere(rule: Rule) {
    let files = project_files();
    assert!(files.len() > 50, "found {} files: the walk has lost its way", files.len());
    let breaches: Vec<String> = files
        .iter()
        .flat_map(|file| rule(file).into_iter().map(move |breach| (file, breach)))
        .map(|(file, breach)| format!("{}: {breach}", file.path))
        .collect();
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

/// The breaches that `rule` finds in a made-up file.
fn breaches_of(rule: Rule, path: &str, text: &str) -> Vec<String> {
    rule(&SourceFile { path: path.to_owned(), text: text.to_owned() })
}
