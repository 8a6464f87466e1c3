//! The table of rules in `sandbox/docs/rules.md`.

use std::path::Path;

use super::book::{Answer, Book, Rule, Source};

const BEGINS: &str = "<!-- table: written by a test from sandbox/rules -->\n";
const ENDS: &str = "<!-- end of table -->\n";

/// Compares the page with the rules, or with `SAOMA_UPDATE=1` writes the table into it.
pub(crate) fn compare_or_write(books: &[Book]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once(BEGINS).expect("where the table begins");
    let (_, tail) = rest.split_once(ENDS).expect("where the table ends");
    let wanted = format!("{head}{BEGINS}{}{ENDS}{tail}", table(books));
    if std::env::var_os("SAOMA_UPDATE").is_some() {
        std::fs::write(&path, wanted).unwrap();
    } else {
        assert!(
            page == wanted,
            "the rules have changed: SAOMA_UPDATE=1 cargo test -p saoma-sandbox page"
        );
    }
}

fn table(books: &[Book]) -> String {
    let mut text = totals(books);
    for book in books {
        text += &format!(
            "\n### {}\n\n| rule | from | section | whoever breaks it gets |\n",
            book.title
        );
        text += "|---|---|---|---|\n";
        for rule in &book.rules {
            text += &line(rule);
        }
    }
    text + "\n"
}

fn totals(books: &[Book]) -> String {
    let rules: usize = books.iter().map(|book| book.rules.len()).sum();
    let examples =
        |of: fn(&Rule) -> usize| books.iter().flat_map(|book| &book.rules).map(of).sum::<usize>();
    let mut text = format!(
        "\n{rules} rules; {} calls that break one and are refused, {} that keep one and are taken.\n\n",
        examples(|rule| rule.breaks.len()),
        examples(|rule| rule.keeps.len()),
    );
    text += "| from | rules |\n|---|---|\n";
    for source in Source::ALL {
        let count: usize = books.iter().map(|book| book.count(source)).sum();
        text += &format!("| {} | {count} |\n", source.name());
    }
    text
}

fn line(rule: &Rule) -> String {
    let Rule { id, rule: words, source, section, refused, .. } = rule;
    let refused = refused.as_ref().map_or_else(|| "taken".to_owned(), told);
    let words = words.replace('|', "\\|");
    format!("| {words} `{id}` | {} | {section} | {refused} |\n", source.name())
}

fn told(answer: &Answer) -> String {
    let Answer { status, code, field, empty, message, .. } = answer;
    let code = code.as_ref().map(|code| format!(" `{code}`")).unwrap_or_default();
    let field = field.as_ref().map(|field| format!(" at `{field}`")).unwrap_or_default();
    // What V2 says of a message that is nobody's has no code.
    let words = message.as_ref().filter(|_| code.is_empty() && answer.signed == Some(false));
    let words = words.map(|words| format!(" `FAIL` {words}")).unwrap_or_default();
    let empty = if *empty { ", empty" } else { "" };
    format!("{status}{code}{words}{field}{empty}")
}
