//! The page of a checkout.

use super::*;

#[track_caller]
fn assert_has(page: &str, snippet: &str) {
    assert!(page.contains(snippet), "{snippet}\nis not in\n{page}");
}

#[track_caller]
fn assert_lacks(page: &str, snippet: &str) {
    assert!(!page.contains(snippet), "{snippet}\nis in\n{page}");
}

#[test]
fn every_state_is_drawn_in_every_language() {
    for language in Language::ALL {
        for (name, view) in states() {
            let page = drawn(&view, &format!("lang={}", language.tag()));
            assert_has(
                &page,
                &format!("<!doctype html>\n<html lang=\"{}\" dir=\"", language.tag()),
            );
            assert_has(&page, &format!("data-status=\"{name}\""));
            assert_has(&page, "1,234.50");
            assert_has(&page, "<p class=\"purpose\" dir=\"auto\">Oolong 250 g</p>");
            assert_eq!(page.contains("class=\"code\""), matches!(name, "waiting" | "checking"));
            assert_lacks(&page, "{");
            assert_lacks(&page, "style=");
            assert_lacks(&page, "weixin:");
            assert_eq!(page.matches("aria-current=\"true\"").count(), 1);
        }
    }
}

#[test]
fn the_widget_finds_its_session_around_what_it_takes_the_place_of() {
    let page = drawn(&waiting(), "lang=ja");
    assert_has(
        &page,
        &format!("<saoma-checkout session=\"{TOKEN}\" locale=\"ja\">\n<div class=\"sight\""),
    );
    assert_has(&page, "<script type=\"module\" src=\"/saoma.js\"></script>");
}

#[test]
fn amount_order_and_end_are_written_as_people_read_them() {
    let page = drawn(&waiting(), "lang=en");
    assert_has(&page, "<title>Pay with WeChat · CN¥1,234.50 · Oolong 250 g</title>");
    assert_has(&page, "<p class=\"amount\"><bdi>CN¥1,234.50</bdi></p>");
    assert_has(&page, "aria-label=\"WeChat Pay code: CN¥1,234.50 for Oolong 250 g\"");
    assert_has(&page, "<bdi>chk_abcdefghijklmnopqrst</bdi>");
    // 2025-01-01T10:53:20+08:00 and two hours.
    assert_has(&page, "Valid until \u{2066}2025-01-01 12:53\u{2069} (Beijing time, UTC+8)");
    assert_has(&page, "Minutes left for this code: 120");
}

#[test]
fn a_code_lives_no_longer_than_its_order() {
    let view = SessionView { expires_in_ms: 241_000, ..waiting() };
    let page = drawn(&view, "lang=en");
    assert_has(&page, "Minutes left for this code: 4");
    assert_has(&page, "Less than five minutes left.");
    assert_has(&page, "2025-01-01 10:57");
    assert_lacks(&page, "/renew");
    let page = drawn(&SessionView { expires_in_ms: 59_999, ..waiting() }, "lang=en");
    assert_has(&page, "Less than a minute left.");
    assert_lacks(&page, "Minutes left");
}

#[test]
fn forms_lead_where_the_desk_is_asked_and_only_where_that_helps() {
    let page = drawn(&waiting(), "lang=en&refresh=off");
    for (verb, words) in [("check", "I have paid"), ("renew", "Get a new code")] {
        let class = if verb == "check" { "primary" } else { "second" };
        assert_has(
            &page,
            &format!(
                "<form method=\"post\" action=\"/pay/{TOKEN}/{verb}?lang=en&amp;refresh=off\"><button class=\"{class}\">{words}</button></form>"
            ),
        );
    }
    for (name, view) in states() {
        let forms = match name {
            "waiting" | "checking" => 2,
            "refused" => 1,
            _ => 0,
        };
        assert_eq!(drawn(&view, "").matches("<form").count(), forms, "{name}");
    }
}

#[test]
fn the_page_comes_again_by_itself_unless_it_is_over_or_was_told_not_to() {
    let refresh = |query: &str| {
        let page = drawn(&waiting(), query);
        let tag = page.split("<noscript><meta http-equiv=\"refresh\" content=\"").nth(1)?;
        tag.split("\"></noscript>").next().map(str::to_owned)
    };
    let began = NOW.0;
    assert_eq!(refresh(""), Some(format!("6; url=/pay/{TOKEN}?since={began}")));
    let earlier = began - 601;
    assert_eq!(
        refresh(&format!("lang=ko&asked=1&since={earlier}")),
        Some(format!("30; url=/pay/{TOKEN}?lang=ko&amp;since={earlier}"))
    );
    let made_up = began + 9_999;
    assert_eq!(
        refresh(&format!("since={made_up}")),
        Some(format!("6; url=/pay/{TOKEN}?since={began}"))
    );
    assert_eq!(refresh("refresh=off"), None);
    for (name, view) in states() {
        let comes = matches!(name, "waiting" | "checking" | "placing" | "closing");
        assert_eq!(drawn(&view, "").contains("http-equiv=\"refresh\""), comes, "{name}");
    }
}

#[test]
fn a_shopper_can_stop_the_page_from_coming_again_and_start_it() {
    let page = drawn(&waiting(), "lang=en");
    assert_has(
        &page,
        &format!(
            "<noscript><p class=\"again\">This page refreshes itself every 6 seconds. <a href=\"/pay/{TOKEN}?lang=en&amp;refresh=off\">Stop refreshing</a></p></noscript>"
        ),
    );
    let page = drawn(&waiting(), "lang=en&refresh=off");
    assert_has(&page, &format!("<a href=\"/pay/{TOKEN}?lang=en\">Let it refresh itself</a>"));
    assert_has(&page, &format!("<a href=\"/pay/{TOKEN}?lang=en&amp;refresh=off\">Refresh now</a>"));
}

#[test]
fn who_said_to_have_paid_is_told_that_nothing_was_seen_yet_as_long_as_that_is_so() {
    let words = "No payment seen yet.";
    assert_has(&drawn(&waiting(), "lang=en&asked=1"), words);
    assert_lacks(&drawn(&waiting(), "lang=en"), words);
    assert_lacks(&drawn(&without_code(Status::Paid, None, None), "lang=en&asked=1"), words);
}

#[test]
fn a_description_is_a_text_whatever_it_is_made_of() {
    let hostile = "</p></title><script>alert(1)</script><img src=x onerror='a(\"&\")'>{amount}";
    let page = drawn(&SessionView { description: hostile.to_owned(), ..waiting() }, "lang=en");
    let escaped = "&lt;/p&gt;&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&#39;a(&quot;&amp;&quot;)&#39;&gt;{amount}";
    assert_eq!(page.matches(escaped).count(), 3, "title, label and text");
    assert_lacks(&page, "<script>");
    assert_lacks(&page, "<img");
    let rtl = "\u{202e}abc\u{2066}☕".repeat(9);
    let page = drawn(&SessionView { description: rtl.clone(), ..waiting() }, "lang=en");
    assert_has(&page, &format!("<p class=\"purpose\" dir=\"auto\">{rtl}</p>"));
    assert_has(&page, &format!("CN¥1,234.50 · {rtl}</title>"));
}

#[test]
fn in_wechat_the_page_says_that_it_cannot_be_scanned_there() {
    let id = CheckoutId::parse("chk_abcdefghijklmnopqrst").unwrap();
    let view = waiting();
    let sight = Sight { view: &view, id: &id, token: TOKEN, now: NOW };
    let agent = "Mozilla/5.0 (iPhone) MicroMessenger/8.0.38";
    let page = sight.draw(&Guest::read("lang=en", None, Some(agent)));
    assert_has(&page, "<p class=\"hint\">You are in WeChat");
    assert_lacks(&page, "class=\"hint phone\"");
    assert_has(&drawn(&waiting(), "lang=en"), "<p class=\"hint phone\">On this phone?");
}

#[test]
fn the_code_is_a_picture_of_its_own_while_it_can_be_scanned() {
    for (name, view) in states() {
        let has_code = matches!(name, "waiting" | "checking");
        assert_eq!(picture(&view).is_some(), has_code, "{name}");
    }
    assert!(picture(&waiting()).unwrap().starts_with("<svg xmlns="));
    assert!(blank().starts_with("<svg xmlns="));
}

#[test]
fn the_page_is_found_below_the_workers_own_address() {
    let own = Origin::parse("https://pay.example:8443").unwrap();
    assert_eq!(pay_url(&own, TOKEN), format!("https://pay.example:8443/pay/{TOKEN}"));
}
