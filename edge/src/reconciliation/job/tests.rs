//! A job, step by step.

use super::*;

const NOW: UnixSeconds = UnixSeconds(1_735_700_000);

fn job() -> Job {
    Job::new(BillDate::parse("2024-12-31").unwrap(), None, NOW)
}

fn bill() -> Bill {
    let sha1 = Some("49caa826a512b96edefc093577d4724039d5bc99".to_owned());
    Bill { sha1, rows: 12, foreign: 9 }
}

fn busy() -> Problem {
    Problem::new(Code::Unavailable, "WeChat Pay is busy")
}

fn after(job: Job, events: impl IntoIterator<Item = Event>) -> Job {
    events.into_iter().fold(job, |job, event| step(&job, event, NOW, 0))
}

fn compared(agree: u64, more: bool) -> Event {
    Event::Compared { tally: Tally { compared: agree, agree, foreign: 0, purged: 0 }, more }
}

fn looked_up(cursor: Option<&str>) -> Event {
    Event::LookedUp { cursor: cursor.map(str::to_owned) }
}

#[test]
fn a_day_goes_through_all_its_steps() {
    let begun = after(job(), [Event::Begun]);
    assert_eq!((job().status(NOW), begun.status(NOW)), (Status::Pending, Status::Running));
    let staged = after(begun, [Event::Staged(bill())]);
    assert_eq!((&staged.step, &staged.bill), (&Step::Compare, &Some(bill())));
    let half = after(staged, [compared(2, true)]);
    assert_eq!((&half.step, half.tally.agree), (&Step::Compare, 2));
    let rows_done = after(half, [compared(1, false)]);
    assert_eq!(rows_done.tally, Tally { compared: 3, agree: 3, foreign: 0, purged: 0 });
    let paged = after(rows_done, [looked_up(Some("c"))]);
    let cursor = Some("c".to_owned());
    assert_eq!(paged.step, Step::Candidates { of: Candidates::Payments, cursor });
    let done = after(paged, [looked_up(None), looked_up(None)]);
    assert_eq!((done.status(NOW), done.next_at, done.ended_at), (Status::Done, None, Some(NOW)));
}

#[test]
fn a_day_without_payments_still_looks_for_ours() {
    let none = Event::Stopped(Problem::new(Code::NoBill, "nothing happened on that day"));
    let job = after(job(), [Event::Begun, none]);
    assert_eq!(job.step, Step::Candidates { of: Candidates::Payments, cursor: None });
    assert_eq!((job.bill, job.trouble, job.tries), (None, None, 0));
}

#[test]
fn a_bill_that_is_not_ready_is_asked_for_each_half_hour() {
    let not_yet = Problem::new(Code::BillNotReady, "not yet").retry_after(1_800);
    let job = after(job(), [Event::Begun, Event::Stopped(not_yet.clone())]);
    assert_eq!(job.next_at, Some(NOW + Seconds(1_800)));
    assert_eq!(
        (job.status(NOW), job.status(NOW + Seconds(1_800))),
        (Status::Waiting, Status::Running)
    );
    assert_eq!(job.trouble, Some(not_yet));
}

#[test]
fn a_failing_platform_is_asked_less_and_less_often() {
    let mut job = after(job(), [Event::Begun]);
    let mut waits = Vec::new();
    for _ in 0..8 {
        job = after(job, [Event::Stopped(busy())]);
        waits.push((job.next_at.unwrap() - NOW).0);
    }
    assert_eq!(waits, [60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
    let late = step(&self::job(), Event::Stopped(busy()), NOW, 255);
    assert_eq!(late.next_at, Some(NOW + Seconds(74)));
    let told = step(&self::job(), Event::Stopped(busy().retry_after(300)), NOW, 0);
    assert_eq!(told.next_at, Some(NOW + Seconds(300)));
}

#[test]
fn whoever_gets_on_is_patient_again() {
    let tried = after(job(), [Event::Stopped(busy()), Event::Stopped(busy())]);
    let staged = after(tried, [Event::Staged(bill())]);
    assert_eq!((staged.tries, staged.trouble, staged.next_at), (0, None, Some(NOW)));
}

#[test]
fn it_is_given_up_after_a_day_and_can_be_asked_for_again() {
    let failing = core::iter::repeat_n(Event::Stopped(busy()), usize::from(TRIES_MAX));
    let failed = after(job(), failing);
    assert_eq!((failed.status(NOW), failed.next_at), (Status::Failed, None));
    assert_eq!(failed.trouble, Some(busy()));
    let waits: i64 = (1..TRIES_MAX).map(|tries| wait(&busy(), tries, 0).0).sum();
    assert!((20 * 3_600..28 * 3_600).contains(&waits), "{waits}");
    let anew = after(failed, [Event::Asked]);
    assert_eq!((anew.run, &anew.step, anew.trouble), (2, &Step::Stage, None));
}

#[test]
fn asking_again_begins_anew_only_what_has_ended() {
    let staged = after(job(), [Event::Begun, Event::Staged(bill()), compared(2, true)]);
    assert_eq!(after(staged.clone(), [Event::Asked]), staged);
    let waiting = after(staged.clone(), [Event::Stopped(busy())]);
    let hurried = after(waiting, [Event::Asked]);
    assert_eq!((hurried.next_at, hurried.tally, hurried.run), (Some(NOW), staged.tally, 1));
}

#[test]
fn what_is_told_of_another_step_changes_nothing() {
    let fresh = job();
    for event in [compared(1, false), looked_up(None)] {
        assert_eq!(after(fresh.clone(), [event]), fresh);
    }
    let staged = after(fresh, [Event::Staged(bill())]);
    assert_eq!(after(staged.clone(), [Event::Staged(bill()), looked_up(None)]), staged);
    let done = after(staged, [compared(0, false), looked_up(None), looked_up(None)]);
    assert_eq!(after(done.clone(), [Event::Stopped(busy())]), done);
}

#[test]
fn a_step_that_never_ends_is_put_off_like_one_that_fails_and_given_up_at_last() {
    let mut job = after(job(), [Event::Staged(bill())]);
    let mut waits = Vec::new();
    // Whoever takes the step is gone before it is known how it ended.
    for _ in 0..6 {
        job = step(&job, Event::Begun, NOW, 0);
        waits.push((job.next_at.unwrap() - NOW).0);
    }
    assert_eq!(waits, [0, 0, 0, 60, 120, 240]);
    let alive = after(job.clone(), [compared(1, true)]);
    assert_eq!((alive.cut_short, alive.next_at), (0, Some(NOW)));
    let failing = after(job.clone(), [Event::Stopped(busy())]);
    assert_eq!((failing.cut_short, failing.tries), (0, 1));
    let given_up = after(job, core::iter::repeat_n(Event::Begun, 32));
    assert_eq!((given_up.status(NOW), given_up.next_at), (Status::Failed, None));
    assert_eq!(given_up.trouble.unwrap().detail, "the work is cut short, time and again");
}
