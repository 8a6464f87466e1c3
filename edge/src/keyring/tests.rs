//! What is kept, and how seldom the platform is asked.

use super::*;

const NOW: UnixSeconds = UnixSeconds(1_735_700_000);

fn held(serial: &str, expires_in: i64) -> Held {
    Held {
        serial: serial.to_owned(),
        spki_der: serial.as_bytes().to_vec(),
        effective_at: NOW,
        expires_at: NOW + Seconds(expires_in),
    }
}

fn after(seconds: i64) -> UnixSeconds {
    NOW + Seconds(seconds)
}

fn serials(ring: &Keyring, wall: UnixSeconds) -> Vec<&str> {
    ring.valid(wall).map(|held| held.serial.as_str()).collect()
}

/// A keyring that asked at `NOW` and was answered.
fn answered(fresh: Vec<Held>) -> Keyring {
    let mut ring = Keyring::default();
    ring.wish(NOW);
    ring.begin(NOW, NOW);
    if fresh.is_empty() {
        ring.told_none()
    } else {
        ring.learn(fresh, NOW)
    }
    ring.rest(NOW, 0);
    ring
}

#[test]
fn certificates_are_kept_through_a_rotation_until_they_expire() {
    let mut ring = answered(vec![held("A", 100), held("B", 1_000)]);
    assert_eq!(serials(&ring, NOW), ["A", "B"]);
    // The platform lists the older one no more; messages that it signed may still be under way.
    ring.learn(vec![held("B", 1_000), held("C", 2_000)], after(50));
    assert_eq!(serials(&ring, after(50)), ["A", "B", "C"]);
    assert_eq!(serials(&ring, after(100)), ["B", "C"]);
    ring.learn(vec![held("C", 2_000)], after(1_000));
    assert_eq!(ring.held.len(), 1);
    ring.learn(vec![held("D", 500)], after(600));
    assert_eq!(serials(&ring, after(600)), ["C"], "it came when it had already ended");
}

#[test]
fn a_certificate_is_renewed_under_its_serial() {
    let mut ring = answered(vec![held("A", 100)]);
    ring.learn(vec![held("A", 200)], NOW);
    assert_eq!((ring.held.len(), serials(&ring, after(150))), (1, vec!["A"]));
}

#[test]
fn certificates_are_asked_for_again_within_ten_hours() {
    for (chance, pause) in [(0, 36_000), (255, 28_800)] {
        let mut ring = answered(vec![held("A", 100)]);
        ring.rest(NOW, chance);
        assert_eq!(ring.ask_at, Some(after(pause)));
    }
}

#[test]
fn a_merchant_without_certificates_is_asked_about_once_a_day() {
    let mut ring = answered(Vec::new());
    assert_eq!(ring.ask_at, Some(after(86_400)));
    ring.wish(after(10));
    assert_eq!(ring.ask_at, Some(after(86_400)), "strangers change nothing");
    assert!(!ring.may_ask_first(after(86_399), after(86_399)));
    assert!(ring.may_ask_first(after(86_400), after(86_400)));
    // Should that question fail, the merchant is still known to have none.
    ring.begin(after(86_400), after(86_400));
    ring.rest(after(86_400), 255);
    assert_eq!(ring.ask_at, Some(after(86_400 + 86_400 + 7_200)));
}

#[test]
fn the_first_wish_is_granted_at_once_and_others_every_few_minutes() {
    let mut ring = Keyring::default();
    ring.wish(NOW);
    assert_eq!(ring.ask_at, Some(NOW));
    let mut ring = answered(vec![held("A", 100_000)]);
    for moment in [1, 2, 299] {
        ring.wish(after(moment));
        assert_eq!(ring.ask_at, Some(after(300)), "{moment}");
    }
    let mut ring = answered(vec![held("A", 100_000)]);
    ring.wish(after(301));
    assert_eq!(ring.ask_at, Some(after(301)));
}

#[test]
fn only_a_serial_that_is_not_here_is_worth_a_question() {
    let mut ring = answered(vec![held("A", 1_000)]);
    let at = ring.ask_at;
    ring.met("A", after(400), after(400));
    assert_eq!(ring.ask_at, at, "another isolate was late");
    ring.met("B", after(400), after(400));
    assert_eq!(ring.ask_at, Some(after(400)));
    let mut ring = answered(vec![held("A", 100)]);
    ring.met("A", after(400), after(400));
    assert_eq!(ring.ask_at, Some(after(400)), "it has expired");
}

#[test]
fn no_certificate_has_the_name_of_a_public_key() {
    assert!(can_be_sent("5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC"));
    for serial in ["", "PUB_KEY_ID_0119000000012025010100000000000001", "5DEA 10", &"A".repeat(41)]
    {
        assert!(!can_be_sent(serial), "{serial}");
    }
}

#[test]
fn a_wish_never_postpones_a_question() {
    let mut ring = Keyring::default();
    ring.begin(NOW, NOW);
    ring.rest(NOW, 0);
    assert_eq!(ring.ask_at, Some(after(60)));
    ring.wish(after(1));
    assert_eq!(ring.ask_at, Some(after(60)));
}

#[test]
fn failures_in_a_row_wait_longer_up_to_an_hour() {
    let mut ring = Keyring::default();
    let mut pauses = Vec::new();
    for _ in 0..9 {
        ring.begin(NOW, NOW);
        ring.rest(NOW, 7);
        pauses.push((ring.ask_at.unwrap() - NOW).0);
    }
    assert_eq!(pauses, [60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]);
    ring.begin(NOW, NOW);
    ring.learn(vec![held("A", 100)], NOW);
    ring.begin(NOW, NOW);
    ring.rest(NOW, 7);
    assert_eq!(ring.ask_at, Some(after(60)), "a success ends the row");
}

#[test]
fn one_asks_at_a_time_and_a_dead_one_is_followed() {
    let mut ring = Keyring::default();
    assert!(ring.may_ask_first(NOW, NOW));
    ring.begin(NOW, NOW);
    assert!(ring.is_leased(NOW) && ring.is_leased(after(19)));
    assert!(!ring.may_ask_first(after(19), after(19)));
    assert_eq!(ring.ask_at, Some(NOW + LEASE), "the timer follows, should this one die");
    assert!(ring.may_ask_first(after(20), after(20)));
    assert!(!ring.is_leased(after(-1)), "a clock that was set back does not lock it");
}

#[test]
fn who_has_a_key_waits_for_the_timer() {
    let ring = answered(vec![held("A", 100)]);
    assert!(!ring.may_ask_first(after(50), after(50)));
    assert!(ring.may_ask_first(after(100), after(100)), "the last one has expired");
}

#[test]
fn who_has_none_asks_again_after_a_breath() {
    let mut ring = Keyring::default();
    ring.begin(NOW, NOW);
    ring.rest(NOW, 0);
    assert!(!ring.may_ask_first(after(4), after(4)));
    assert!(ring.may_ask_first(after(5), after(5)));
}

#[test]
fn a_keyring_survives_being_stored() {
    let ring = answered(vec![held("A", 100)]);
    let json = serde_json::to_string(&ring).unwrap();
    assert_eq!(serde_json::from_str::<Keyring>(&json).unwrap(), ring);
}

#[test]
fn the_public_key_goes_first_and_then_the_newest_certificate() {
    let key = |serial: &str, effective_at| PlatformKey {
        serial: serial.to_owned(),
        spki_der: serial.as_bytes().to_vec(),
        effective_at,
        expires_at: effective_at.map(|since| since + Seconds(1_000)),
    };
    let older = key("OLDER", Some(after(-100)));
    let sent = |since| Held { effective_at: after(since), ..held("SENT", 100) };
    let serial = |keys: &[PlatformKey], held: &[Held]| {
        let found = preferred(keys, held.iter(), NOW);
        found.map(|(serial, spki_der)| {
            assert_eq!(serial.as_bytes(), spki_der);
            serial.to_owned()
        })
    };
    assert_eq!(serial(&[], &[]), None);
    assert_eq!(serial(std::slice::from_ref(&older), &[]).as_deref(), Some("OLDER"));
    assert_eq!(serial(std::slice::from_ref(&older), &[sent(-50)]).as_deref(), Some("SENT"));
    assert_eq!(serial(std::slice::from_ref(&older), &[sent(-200)]).as_deref(), Some("OLDER"));
    let both = [older, key("PUB_KEY_ID_1", None)];
    assert_eq!(serial(&both, &[sent(50)]).as_deref(), Some("PUB_KEY_ID_1"));
    // Those that have ended are nobody's choice, however new they are.
    let ended = key("ENDED", Some(after(-1_000)));
    assert!(ended.has_ended(NOW) && !ended.has_ended(after(-1)));
    assert_eq!(serial(std::slice::from_ref(&ended), &[]), None);
    let gone = Held { expires_at: NOW, ..sent(-10) };
    assert_eq!(serial(&[], std::slice::from_ref(&gone)), None);
    assert_eq!(serial(&both[..1], &[gone]).as_deref(), Some("OLDER"));
    assert_eq!(serial(&[ended], &[sent(-2_000)]).as_deref(), Some("SENT"));
}
