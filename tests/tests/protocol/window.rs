//! Five minutes, both ways, and no arithmetic before that.

use checkout::time::{Seconds, UnixSeconds};
use wechatpay::rustcrypto::RustCrypto;
use wechatpay::v3::verify::Distrust;

use super::tamper::{headers, signed_at, with};
use super::vector::{self, Named};
use super::{platform, ready};

#[test]
fn a_message_is_believed_for_less_than_five_minutes_both_ways() {
    for Named { name, vector } in vector::all::<vector::Answer>("answer") {
        let map = &vector.headers;
        let keys = platform(&map["Wechatpay-Serial"], &vector.public_key_pem);
        let at = |age: i64| {
            let now = signed_at(map) + Seconds(age);
            let body = vector.body.as_bytes();
            ready(keys.verify(&RustCrypto, &headers(map), body, now)).map(|_| ())
        };
        for age in [-299, -298, -1, 0, 1, 298, 299] {
            assert_eq!(at(age), Ok(()), "{name}: {age}");
        }
        for age in [-86_400, -301, -300, 300, 301, 86_400] {
            assert_eq!(at(age), Err(Distrust::Stale { age: Seconds(age) }), "{name}: {age}");
        }
    }
}

#[test]
fn a_time_that_is_not_one_is_refused_and_never_zero() {
    let vector = vector::all::<vector::Answer>("answer").remove(0).vector;
    let map = &vector.headers;
    let keys = platform(&map["Wechatpay-Serial"], &vector.public_key_pem);
    let found = |time: &str, now: i64| {
        let headers = with(map, "Wechatpay-Timestamp", time);
        let body = vector.body.as_bytes();
        ready(keys.verify(&RustCrypto, &headers, body, UnixSeconds(now))).unwrap_err()
    };
    for time in [
        "",
        " ",
        "-1",
        "+1",
        "1.0",
        "1e3",
        "0x1",
        "abc",
        "1735700000 ",
        "９",
        "99999999999999999999",
    ] {
        assert_eq!(found(time, 0), Distrust::BadTimestamp, "{time:?}");
    }
    // The ends of what a number can hold do not wrap around into the window.
    let far = i64::MAX.to_string();
    let age = Seconds(i64::MIN);
    assert_eq!(found(&far, i64::MIN), Distrust::Stale { age });
    let age = Seconds(i64::MAX);
    assert_eq!(found("0", i64::MAX), Distrust::Stale { age });
}
