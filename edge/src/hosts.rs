//! WeChat Pay has two sites under two names, with the same orders and keys behind them (protocol
//! reference A.1). Which one is called next.
//!
//! A signature covers no host name, so the very same signed call is good at either. That makes a
//! repeat at the other site safe where the first could not be reached: should the call have arrived
//! after all, the second is a repeat of the same order with the same content. For the same reason a
//! no of the other site is no no to the first call.

use checkout::time::{Seconds, UnixSeconds};

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// The one that is called when all is well.
    Main,
    /// The other, where there is one.
    Backup,
}

/// What went wrong with a call to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// No connection, or one that broke. What is left of the deadline goes to the other host.
    Unconnected,
    /// No answer in time. There is no time for the other host; later calls begin with it.
    TimedOut,
    /// It answered that it is not available (502 and 503). Later calls begin with the other host.
    Unavailable,
}

/// Which hosts have failed lately. Kept per isolate: a hint, nothing hangs on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    main_failed_at: Option<UnixSeconds>,
    backup_failed_at: Option<UnixSeconds>,
}

/// How long a host that failed is called only after the other one. Long enough that a site that is
/// down does not cost every order a time-out, short enough that the main site is soon used again.
pub const AVOIDED: Seconds = Seconds(60);

impl Hosts {
    /// Whom to call first.
    pub fn first(&self, now: UnixSeconds) -> Host {
        let avoided = |failed_at: Option<UnixSeconds>| {
            // A failure in the future was noted by a clock that has since been set back.
            failed_at.is_some_and(|at| (0..AVOIDED.0).contains(&(now - at).0))
        };
        let both = avoided(self.backup_failed_at);
        if avoided(self.main_failed_at) && !both { Host::Backup } else { Host::Main }
    }

    /// Notes that a call to `host` failed.
    pub fn failed(&mut self, host: Host, now: UnixSeconds) {
        *self.note(host) = Some(now);
    }

    /// Notes that `host` answered.
    pub fn answered(&mut self, host: Host) {
        *self.note(host) = None;
    }

    fn note(&mut self, host: Host) -> &mut Option<UnixSeconds> {
        match host {
            Host::Main => &mut self.main_failed_at,
            Host::Backup => &mut self.backup_failed_at,
        }
    }
}

impl Host {
    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Main => Self::Backup,
            Self::Backup => Self::Main,
        }
    }
}

impl Mishap {
    /// Whether the same call goes to the other host at once, given what is left of its deadline.
    pub const fn repeats_at_once(self, left_ms: u32) -> bool {
        matches!(self, Self::Unconnected) && left_ms >= REPEAT_MS_MIN
    }
}

/// The least time in which a repeat can still be answered: connecting takes three round trips.
const REPEAT_MS_MIN: u32 = 500;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_735_700_000);

    #[test]
    fn the_main_host_is_called_first_when_all_is_well() {
        let mut hosts = Hosts::default();
        assert_eq!(hosts.first(NOW), Host::Main);
        hosts.failed(Host::Backup, NOW);
        assert_eq!(hosts.first(NOW), Host::Main);
    }

    #[test]
    fn a_host_that_failed_is_avoided_for_a_minute() {
        let mut hosts = Hosts::default();
        hosts.failed(Host::Main, NOW);
        for after in [0, 1, 59] {
            assert_eq!(hosts.first(NOW + Seconds(after)), Host::Backup, "{after}");
        }
        for after in [-1, 60, 3_600] {
            assert_eq!(hosts.first(NOW + Seconds(after)), Host::Main, "{after}");
        }
    }

    #[test]
    fn a_host_that_answers_is_forgiven() {
        let mut hosts = Hosts::default();
        hosts.failed(Host::Main, NOW);
        hosts.answered(Host::Main);
        assert_eq!(hosts.first(NOW), Host::Main);
    }

    #[test]
    fn where_both_failed_the_main_host_is_called_first() {
        let mut hosts = Hosts::default();
        hosts.failed(Host::Main, NOW);
        hosts.failed(Host::Backup, NOW + Seconds(30));
        assert_eq!(hosts.first(NOW + Seconds(31)), Host::Main);
        assert_eq!(hosts.first(NOW + Seconds(61)), Host::Main);
    }

    #[test]
    fn only_a_call_that_found_nobody_is_repeated_at_once() {
        assert!(Mishap::Unconnected.repeats_at_once(4_900));
        assert!(!Mishap::Unconnected.repeats_at_once(499));
        for mishap in [Mishap::TimedOut, Mishap::Unavailable] {
            assert!(!mishap.repeats_at_once(4_900), "{mishap:?}");
        }
    }
}
