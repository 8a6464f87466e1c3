//! Which checkout is a payer's.

use super::*;

fn scanned(counter: &mut Counter, wish: &Wish, at: UnixSeconds, chance: u8) -> Pointer {
    counter.scan(wish, at, [chance; 8]).unwrap()
}

#[test]
fn whoever_scans_again_is_pointed_to_the_same_checkout() {
    let mut counter = Counter::default();
    let first = scanned(&mut counter, &wish(terms(8_800), None), NOW, 1);
    assert_eq!(first.reference.as_str(), "counter:oolong-250:0101010101010101");
    assert_eq!((first.fresh, &first.superseded), (true, &None));
    for chance in 2..20 {
        let again = scanned(&mut counter, &wish(terms(8_800), None), NOW, chance);
        assert_eq!(again, Pointer { fresh: false, ..first.clone() });
    }
}

#[test]
fn a_checkout_that_is_over_makes_way_for_one_new_one() {
    let mut counter = Counter::default();
    let first = scanned(&mut counter, &wish(terms(8_800), None), NOW, 1);
    // Two scans have found out at once. The second to say so names one that is current no more.
    let over = wish(terms(8_800), Some(&first));
    let second = scanned(&mut counter, &over, NOW, 2);
    assert_ne!(second.reference, first.reference);
    assert_eq!((second.fresh, &second.superseded), (true, &None), "nothing to withdraw");
    let third = scanned(&mut counter, &over, NOW, 3);
    assert_eq!(third, Pointer { fresh: false, ..second });
}

#[test]
fn a_new_price_is_a_new_checkout_and_the_old_one_is_withdrawn() {
    let mut counter = Counter::default();
    let dear = scanned(&mut counter, &wish(terms(8_800), None), NOW, 1);
    let cheap = scanned(&mut counter, &wish(terms(6_600), None), NOW, 2);
    assert!(cheap.fresh);
    assert_eq!(cheap.superseded, Some(dear.reference));
    for (changed, chance) in [
        (Terms { description: Description::parse("Oolong").unwrap(), ..terms(6_600) }, 3),
        (Terms { sub_mchid: Some("1600000001".to_owned()), ..terms(6_600) }, 4),
    ] {
        assert!(scanned(&mut counter, &wish(changed, None), NOW, chance).fresh);
    }
}

#[test]
fn it_is_forgotten_a_day_after_its_deadline() {
    let mut counter = Counter::default();
    assert_eq!(counter.forget_at(), None);
    scanned(&mut counter, &wish(terms(8_800), None), NOW, 1);
    let end = NOW + Seconds::days(2);
    assert_eq!(counter.forget_at(), Some(end));
    counter.forget(UnixSeconds(end.0 - 1));
    assert_eq!(counter.forget_at(), Some(end));
    let mut rung = counter.clone();
    rung.forget(end);
    assert_eq!(rung, Counter::default());
    // The same where the timer is late.
    let next = scanned(&mut counter, &wish(terms(8_800), None), end, 3);
    assert_eq!((next.fresh, next.superseded), (true, None));
}

#[test]
fn it_is_not_forgotten_before_a_checkout_that_the_last_scan_may_have_opened() {
    let mut counter = Counter::default();
    let first = scanned(&mut counter, &wish(terms(8_800), None), NOW, 1);
    let mut before = counter.clone();
    scanned(&mut before, &wish(terms(8_800), None), NOW + Seconds::hours(11), 2);
    assert_eq!(before, counter, "soon after there is nothing to write");
    // A refused order is tried again day after day, and each try moves the checkout's deadline.
    for hours in [30, 70, 110] {
        let at = NOW + Seconds::hours(hours);
        let again = scanned(&mut counter, &wish(terms(8_800), None), at, 2);
        assert_eq!(again, Pointer { fresh: false, ..first.clone() }, "{hours}");
        assert!(counter.forget_at().unwrap() > at + Seconds::days(1), "{hours}");
    }
}

#[test]
fn a_refused_order_is_tried_once_more_every_half_minute() {
    let mut counter = Counter::default();
    let Pointer { reference, .. } = scanned(&mut counter, &wish(terms(8_800), None), NOW, 1);
    let at = |seconds| UnixSeconds(NOW.0 + seconds);
    assert!(!counter.retry(&reference, at(29)));
    assert!(counter.retry(&reference, at(30)));
    assert!(!counter.retry(&reference, at(59)), "it was tried just now");
    assert!(counter.retry(&reference, at(60)));
    let other = Reference::parse("counter:oolong-250:0").unwrap();
    assert!(!counter.retry(&other, at(600)), "nobody's");
}

#[test]
fn a_counter_is_stored_as_it_is() {
    let mut counter = Counter::default();
    scanned(&mut counter, &wish(terms(8_800), None), NOW, 1);
    let json = serde_json::to_string(&counter).unwrap();
    assert_eq!(serde_json::from_str::<Counter>(&json).unwrap(), counter);
    assert_eq!(serde_json::from_str::<Counter>("{}").unwrap(), Counter::default());
}

#[test]
fn every_merchant_product_and_payer_has_a_counter_of_its_own() {
    let acme = ProfileName::parse("acme").unwrap();
    let names = [
        name(&ProfileName::default(), "a", "b"),
        name(&acme, "a", "b"),
        name(&ProfileName::default(), "ab", ""),
        name(&ProfileName::default(), "", "ab"),
        name(&ProfileName::default(), "a", "c"),
    ];
    let distinct: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), names.len());
    // printf 'default\0a\0b' | sha256sum
    assert_eq!(names[0], "ctr_0badea7b848fbfe1079af497a673d1a7bcdea2eb67d20a82a58ffdd8908551c5");
}
