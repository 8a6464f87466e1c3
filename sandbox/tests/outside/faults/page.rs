//! The tables in `sandbox/docs/faults.md` are the code's own.

use std::path::Path;

use sandbox::fault::{Kind, Route, Row, TABLE};
use sandbox::scenario::{self, Scenario};

/// Where each table begins and ends.
const FAULTS: [&str; 2] = [
    "<!-- faults: written by a test from sandbox/src/fault/kind.rs -->\n",
    "<!-- end of faults -->\n",
];
const SCENARIOS: [&str; 2] = [
    "<!-- scenarios: written by a test from sandbox/src/scenario.rs -->\n",
    "<!-- end of scenarios -->\n",
];

/// Compares the page with the code, or with `SAOMA_UPDATE=1` writes the tables into it.
#[test]
fn the_page_says_what_the_code_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let wanted = with(&with(&page, FAULTS, &faults()), SCENARIOS, &scenarios());
    if std::env::var_os("SAOMA_UPDATE").is_some() {
        std::fs::write(&path, wanted).unwrap();
    } else {
        assert!(
            page == wanted,
            "faults or scenarios have changed: \
             SAOMA_UPDATE=1 cargo test -p saoma-sandbox the_page_says"
        );
    }
}

fn with(page: &str, [begins, ends]: [&str; 2], table: &str) -> String {
    let (head, rest) = page.split_once(begins).expect("where the table begins");
    let (_, tail) = rest.split_once(ends).expect("where the table ends");
    format!("{head}{begins}\n{table}\n{ends}{tail}")
}

/// A table for each set of routes, in the order in which kinds bring them up.
fn faults() -> String {
    let mut sets: Vec<&[Route]> = Vec::new();
    for row in TABLE {
        if !sets.contains(&row.routes) {
            sets.push(row.routes);
        }
    }
    let mut text = String::from("| route | kind | what happens |\n|---|---|---|\n");
    for routes in sets {
        let mut place = names(routes);
        for Row { kind, words, .. } in TABLE.iter().filter(|row| row.routes == routes) {
            text += &format!("| {place} | {} | {words} |\n", coded(*kind));
            place.clear();
        }
    }
    text
}

/// The routes by name, or in words where they are most of all.
fn names(routes: &[Route]) -> String {
    let missing: Vec<_> = Route::ALL
        .iter()
        .filter(|route| !routes.contains(route))
        .map(|route| route.name())
        .collect();
    if missing.is_empty() {
        return "every one".to_owned();
    }
    if missing.len() < 3 {
        return format!("all but `{}`", missing.join("`, `"));
    }
    let names: Vec<_> = routes.iter().map(|route| route.name()).collect();
    format!("`{}`", names.join("`, `"))
}

fn coded(kind: Kind) -> String {
    format!("`{}`", kind.name())
}

fn scenarios() -> String {
    let mut text = String::from("| scenario | what happens | takes |\n|---|---|---|\n");
    for scenario in scenario::TABLE {
        let Scenario { name, words, .. } = scenario;
        let takes = scenario.takes().iter().map(|parameter| {
            let needed = if scenario.needs().contains(parameter) { " (needed)" } else { "" };
            format!("`{parameter}`{needed}")
        });
        text += &format!("| `{name}` | {words} | {} |\n", takes.collect::<Vec<_>>().join(", "));
    }
    text
}
