//! What a shopper reads where there is no page.

use super::*;
use crate::problem::{Code, Problem};

fn told(code: Code, token: &str, query: &str) -> String {
    let problem = Problem::new(code, "a detail for the operator").retry_after(10);
    refusal(&problem, token, &guest(query))
}

#[test]
fn every_problem_is_told_in_every_language_and_none_of_its_own_words() {
    for language in Language::ALL {
        for &code in Code::ALL {
            let page = told(code, TOKEN, &format!("lang={}", language.tag()));
            assert!(page.contains("data-status=\"error\""), "{code:?}");
            assert!(!page.contains("operator") && !page.contains('{'), "{code:?}");
            assert!(!page.contains("<script"), "{code:?}");
        }
    }
}

#[test]
fn a_token_that_was_made_up_reads_like_one_that_is_over_or_whose_checkout_is_gone() {
    let made_up = told(Code::InvalidToken, TOKEN, "");
    for code in [Code::ExpiredToken, Code::CheckoutNotFound, Code::NotFound] {
        assert_eq!(told(code, TOKEN, ""), made_up, "{code:?}");
    }
    assert!(!made_up.contains("http-equiv=\"refresh\""), "it never gets better");
    assert!(!made_up.contains("class=\"primary\""), "and no way leads back");
}

#[test]
fn who_is_too_fast_comes_again_by_themselves_unless_they_do_not_want_to() {
    let page = told(Code::TooManyRequests, TOKEN, "lang=en");
    let tag = format!("<meta http-equiv=\"refresh\" content=\"10; url=/pay/{TOKEN}?lang=en\">");
    assert!(page.contains(&tag), "{page}");
    assert!(page.contains("This page tries again in 10 seconds."));
    assert!(page.contains(&format!("href=\"/pay/{TOKEN}?lang=en\">To the payment page</a>")));
    // Who has come every minute for an hour is not made to come every few seconds again.
    let page = told(Code::TooManyRequests, TOKEN, "lang=en&since=1735600000");
    let address = format!("10; url=/pay/{TOKEN}?lang=en&amp;since=1735600000\">");
    assert!(page.contains(&address), "{page}");
    let page = told(Code::TooManyRequests, TOKEN, "lang=en&refresh=off");
    assert!(!page.contains("http-equiv=\"refresh\"") && !page.contains("tries again"));
}

#[test]
fn what_does_not_look_like_a_token_stands_in_no_link() {
    for token in ["", "%22%3E", "a/b", "\"><script>", &"x".repeat(129)] {
        let page = told(Code::Unavailable, token, "");
        assert!(!page.contains("/pay/"), "{token}: {page}");
    }
}
