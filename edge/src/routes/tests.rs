//! Every path, by hand.

use super::*;

const ID: &str = "chk_abcdefghijklmnopqrst";
const NUMBER: &str = "abcdefghijklmnopqrstr01abcdefgh";

#[test]
fn every_route_is_found_by_its_one_method() {
    let id = || ID.to_owned();
    let table = [
        ("GET", "/v1/products".to_owned(), Route::Products),
        (
            "GET",
            "/v1/products/oolong-250/code".to_owned(),
            Route::ProductLink("oolong-250".to_owned()),
        ),
        ("GET", format!("/v1/products/{ID}/code.svg"), Route::ProductPicture(id())),
        ("GET", "/v1/dead-letters".to_owned(), Route::DeadLetters),
        ("GET", format!("/v1/checkouts/{ID}"), Route::ReadCheckout(id())),
        ("POST", format!("/v1/checkouts/{ID}/cancel"), Route::CancelCheckout(id())),
        ("POST", format!("/v1/checkouts/{ID}/resolve"), Route::ResolveCheckout(id())),
        ("GET", format!("/v1/checkouts/{ID}/history"), Route::ReadHistory(id())),
        ("GET", format!("/v1/refunds/{NUMBER}"), Route::ReadRefund(NUMBER.to_owned())),
        (
            "POST",
            format!("/v1/refunds/{NUMBER}/abnormal"),
            Route::RedirectRefund(NUMBER.to_owned()),
        ),
        ("GET", format!("/v1/checkouts/{ID}/events"), Route::ListEvents(id())),
        (
            "POST",
            format!("/v1/checkouts/{ID}/events/msg_1/resend"),
            Route::ResendEvent { checkout: id(), event: "msg_1".to_owned() },
        ),
        ("POST", format!("/v1/checkouts/{ID}/redrive"), Route::Redrive(id())),
        ("POST", format!("/v1/refunds/{NUMBER}/resolve"), Route::ResolveRefund(NUMBER.to_owned())),
        ("GET", "/v1/orphans".to_owned(), Route::Orphans),
        ("POST", "/v1/doctor".to_owned(), Route::Doctor),
        ("POST", "/v1/wechatpay".to_owned(), Route::RawCall),
        ("GET", "/v1/reconciliations".to_owned(), Route::Reconciliations),
        ("GET", "/v1/bills/trade".to_owned(), Route::TradeBill),
        ("GET", "/v1/bills/fund-flow".to_owned(), Route::FundFlowBill),
        ("POST", "/v1/sessions".to_owned(), Route::OpenSession),
        ("GET", "/v1/session".to_owned(), Route::ReadSession),
        ("POST", "/v1/session/check".to_owned(), Route::CheckSession),
        ("POST", "/v1/session/renew".to_owned(), Route::RenewSession),
        ("GET", "/v1/session/events".to_owned(), Route::SessionEvents),
        ("GET", "/pay/chk_a.1.b".to_owned(), Route::PayPage("chk_a.1.b".to_owned())),
        ("GET", "/pay/x/qr.svg".to_owned(), Route::PayPicture("x".to_owned())),
        ("POST", "/pay/x/check".to_owned(), Route::PayCheck("x".to_owned())),
        ("POST", "/pay/x/renew".to_owned(), Route::PayRenew("x".to_owned())),
    ];
    for (method, path, route) in table {
        found_by(method, &path, &route);
    }
}

#[test]
fn wechat_pay_has_an_address_for_each_merchant_and_each_of_its_languages() {
    let acme = || ProfileName::parse("acme").unwrap();
    for (path, route) in [
        ("/wechatpay/v3/notify/transactions", Route::Notification(ProfileName::default())),
        ("/wechatpay/v3/notify/refunds", Route::Notification(ProfileName::default())),
        ("/wechatpay/acme/v3/notify/transactions", Route::Notification(acme())),
        ("/wechatpay/acme/v3/notify/refunds", Route::Notification(acme())),
        ("/wechatpay/v2/notify/transactions", Route::PaymentNotice(ProfileName::default())),
        ("/wechatpay/v2/notify/refunds", Route::RefundNotice(ProfileName::default())),
        ("/wechatpay/v2/native", Route::NativeCallback(ProfileName::default())),
        ("/wechatpay/acme/v2/notify/transactions", Route::PaymentNotice(acme())),
        ("/wechatpay/acme/v2/notify/refunds", Route::RefundNotice(acme())),
        ("/wechatpay/acme/v2/native", Route::NativeCallback(acme())),
        // A merchant may be called as a language is.
        ("/wechatpay/v2/v2/native", Route::NativeCallback(ProfileName::parse("v2").unwrap())),
    ] {
        found_by("POST", path, &route);
        let is_v3 = matches!(route, Route::Notification(_));
        assert_eq!(speaks_v2(path), !is_v3, "{path}");
    }
    assert!(!speaks_v2("/v1/products") && !speaks_v2("/wechatpay/v2/nowhere"));
}

/// Asserts that `path` is `route` by that one method, and what all others come to.
#[track_caller]
fn found_by(method: &str, path: &str, route: &Route) {
    assert_eq!(find(method, path), Way::To(route.clone()), "{method} {path}");
    let (other, allow) = if method == "GET" { ("POST", READS) } else { ("GET", WRITES) };
    let visitor = route.visitor();
    assert_eq!(find(other, path), Way::WrongMethod { allow, visitor }, "{path}");
    assert_eq!(find("DELETE", path), Way::WrongMethod { allow, visitor }, "{path}");
    assert_eq!(find("OPTIONS", path), Way::Options { allow, visitor }, "{path}");
}

#[test]
fn the_refunds_of_a_checkout_are_listed_and_opened_at_one_path() {
    let path = format!("/v1/checkouts/{ID}/refunds");
    let id = || ID.to_owned();
    assert_eq!(find("GET", &path), Way::To(Route::ListRefunds(id())));
    assert_eq!(find("HEAD", &path), Way::To(Route::ListRefunds(id())));
    assert_eq!(find("POST", &path), Way::To(Route::OpenRefund(id())));
    let (allow, visitor) = (BOTH, Visitor::Shop);
    assert_eq!(find("PUT", &path), Way::WrongMethod { allow, visitor });
    assert_eq!(find("OPTIONS", &path), Way::Options { allow, visitor });
}

#[test]
fn checkouts_are_listed_and_opened_at_one_path() {
    assert_eq!(find("GET", "/v1/checkouts"), Way::To(Route::ListCheckouts));
    assert_eq!(find("HEAD", "/v1/checkouts"), Way::To(Route::ListCheckouts));
    assert_eq!(find("POST", "/v1/checkouts"), Way::To(Route::OpenCheckout));
    let (allow, visitor) = (BOTH, Visitor::Shop);
    assert_eq!(find("DELETE", "/v1/checkouts"), Way::WrongMethod { allow, visitor });
}

#[test]
fn a_day_and_a_rebuild_are_read_and_asked_for_at_one_path() {
    let day = || "2025-01-01".to_owned();
    for (path, read, written, visitor) in [
        (
            "/v1/reconciliations/2025-01-01",
            Route::ReadReconciliation(day()),
            Route::Reconcile(day()),
            Visitor::Shop,
        ),
        ("/v1/index/rebuild", Route::ReadRebuild, Route::Rebuild, Visitor::Operator),
    ] {
        assert_eq!(find("GET", path), Way::To(read));
        assert_eq!(find("POST", path), Way::To(written));
        assert_eq!(find("PUT", path), Way::WrongMethod { allow: BOTH, visitor });
    }
}

#[test]
fn head_goes_where_get_goes() {
    assert_eq!(find("HEAD", "/v1/products"), find("GET", "/v1/products"));
}

#[test]
fn other_spellings_lead_nowhere() {
    for path in [
        "",
        "/",
        "/v1",
        "/v1/",
        "/v1/products/",
        "//v1/products",
        "/V1/products",
        "/v1/%70roducts",
        "/v1/session/events/x",
        "/v1/checkouts/",
        "/v1/checkouts/a/b/cancel",
        "/v1/checkouts/a/refunds/",
        "/v1/checkouts/a/events/",
        "/v1/checkouts/a/events/b",
        "/v1/checkouts/a/events/b/resend/",
        "/v1/refunds",
        "/v1/refunds/",
        "/v1/reconciliations/",
        "/v1/reconciliations/2025-01-01/",
        "/v1/refunds/a/abnormal/b",
        "/wechatpay/v2/notify/others",
        "/wechatpay/v2/native/",
        "/wechatpay/default/v2/native",
        "/wechatpay/acme/v2/others",
        "/wechatpay/acme/v2/notify",
        "/wechatpay/v1/notify/transactions",
        "/v1/products//code",
        "/v1/products/oolong-250",
        "/v1/products/oolong-250/code.png",
        "/v1/products/oolong-250/code.svg/",
        "/wechatpay/default/v3/notify/transactions",
        "/wechatpay/Acme/v3/notify/transactions",
        "/wechatpay/acme/v3/notify/others",
        "/pay",
        "/pay/",
        "/pay/x/",
        "/pay/x/qr",
        "/pay/x/qr.svg/",
        "/pay/x/check/y",
        "/Pay/x",
    ] {
        assert_eq!(find("GET", path), Way::Nowhere, "{path}");
        assert_eq!(find("POST", path), Way::Nowhere, "{path}");
    }
}

#[test]
fn the_clock_exists_in_development_builds_only() {
    let expected = if cfg!(feature = "dev-clock") { Way::To(Route::Clock) } else { Way::Nowhere };
    assert_eq!(find("POST", "/dev/clock"), expected);
}
