//! The files of the project that people wrote.

use std::fs;
use std::path::{Path, PathBuf};

/// A text file, its path relative to the project with `/` between the parts.
pub struct SourceFile {
    pub path: String,
    pub text: String,
}

impl SourceFile {
    pub fn has_extension(&self, extensions: &[&str]) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
    }

    /// The lines that are not an inline test module: a ceiling on code should not cost tests.
    pub fn code(&self) -> impl Iterator<Item = &str> {
        self.text.lines().take_while(|line| *line != "#[cfg(test)]")
    }
}

/// What cargo, npm and the scripts make, or what is not ours to judge.
const SKIPPED_FOLDERS: &[&str] =
    &["target", "node_modules", "pkg", "test-results", ".git", ".saoma"];

/// The same, by their paths: a released file stays as it was, and `build` is also a word for sources.
const SKIPPED_PATHS: &[&str] = &["build", "edge/build", "releases"];

const EXTENSIONS: &[&str] =
    &["rs", "mjs", "js", "ts", "css", "html", "sql", "toml", "md", "json", "sh", "yml", "yaml"];

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn project_files() -> Vec<SourceFile> {
    let mut files = Vec::new();
    collect("", &mut files);
    files
}

fn collect(folder: &str, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(root().join(folder)).expect("a folder that was just listed") {
        let entry = entry.expect("a readable folder");
        let name = entry.file_name().into_string().expect("names in UTF-8");
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let kind = entry.file_type().expect("a file type");
        let is_skipped =
            SKIPPED_FOLDERS.contains(&name.as_str()) || SKIPPED_PATHS.contains(&path.as_str());
        if kind.is_dir() && !is_skipped {
            collect(&path, files);
        } else if kind.is_file() {
            let file = SourceFile { path, text: String::new() };
            if file.has_extension(EXTENSIONS) {
                files.push(SourceFile { text: read(&file.path), ..file });
            }
        }
    }
}
