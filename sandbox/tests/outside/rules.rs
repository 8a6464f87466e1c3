//! Every rule of `sandbox/rules/*.json`, played out over HTTP.
//!
//! A rule is data: a sentence, where it comes from, what the platform answers to whoever breaks it,
//! and calls that break it or keep it. Nothing here knows any rule; a reader who doubts one finds
//! its calls in the file. Each file is one sandbox, whose clock only ever goes forward.

mod ask;
mod book;
mod page;
mod play;
mod scene;
mod words;
pub(crate) mod xml;

use self::book::{Book, Source};
use self::play::Count;

/// The files, one test each so that they run side by side.
const FILES: [&str; 15] = [
    "headers",
    "authorization",
    "paths",
    "json",
    "native",
    "native-again",
    "partner",
    "query-close",
    "refund",
    "refund-again",
    "bill",
    "keys",
    "request-id",
    "v2",
    "v2-money",
];

async fn plays(name: &str) {
    let book = Book::read(name);
    let count = play::all(&book).await;
    // A file that has lost its examples must not pass in silence.
    assert!(count.broken > 0 && count.kept > 0, "{name}: {count:?}");
    println!("{name}: {count}");
}

#[tokio::test]
async fn the_rules_of_headers() {
    plays("headers").await;
}

#[tokio::test]
async fn the_rules_of_authorization() {
    plays("authorization").await;
}

#[tokio::test]
async fn the_rules_of_paths() {
    plays("paths").await;
}

#[tokio::test]
async fn the_rules_of_json() {
    plays("json").await;
}

#[tokio::test]
async fn the_rules_of_native_orders() {
    plays("native").await;
}

#[tokio::test]
async fn the_rules_of_ordering_again() {
    plays("native-again").await;
}

#[tokio::test]
async fn the_rules_of_partners() {
    plays("partner").await;
}

#[tokio::test]
async fn the_rules_of_queries_and_closes() {
    plays("query-close").await;
}

#[tokio::test]
async fn the_rules_of_refunds() {
    plays("refund").await;
}

#[tokio::test]
async fn the_rules_of_refunds_after_refunds() {
    plays("refund-again").await;
}

#[tokio::test]
async fn the_rules_of_bills() {
    plays("bill").await;
}

#[tokio::test]
async fn the_rules_of_keys() {
    plays("keys").await;
}

#[tokio::test]
async fn the_rules_of_request_ids() {
    plays("request-id").await;
}

#[tokio::test]
async fn the_rules_of_v2() {
    plays("v2").await;
}

#[tokio::test]
async fn the_rules_of_refunds_and_bills_over_v2() {
    plays("v2-money").await;
}

#[test]
fn every_file_of_rules_is_played() {
    assert_eq!(book::files(), FILES.map(str::to_owned).into());
}

#[test]
fn every_rule_has_a_name_of_its_own_and_the_examples_that_it_needs() {
    let books = FILES.map(Book::read);
    book::check(&books);
    let total = |source| books.iter().map(|book| book.count(source)).sum::<usize>();
    for source in Source::ALL {
        println!("{}: {}", source.name(), total(source));
    }
}

#[test]
fn the_page_of_rules_says_what_the_files_say() {
    page::compare_or_write(&FILES.map(Book::read));
}

#[test]
fn counts_add_up() {
    let count = Count { broken: 1, kept: 2 };
    assert_eq!(count.to_string(), "1 calls refused, 2 taken");
}
