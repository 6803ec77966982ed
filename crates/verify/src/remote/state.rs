//! When to fetch, and what to say meanwhile. No I/O, no clock: times are Unix seconds.

use std::collections::HashSet;

use tessera_token::{Jwks, KeySet, SkippedKey};

use super::fetch::{FetchError, Fetched};
use crate::keys::log_skipped;

/// How often keys are fetched, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    pub(super) refresh_every: u64,
    pub(super) min_interval: u64,
    pub(super) max_age: u64,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { refresh_every: 300, min_interval: 10, max_age: 24 * 60 * 60 }
    }
}

/// What is known of a key that is not in the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    /// The issuer does not publish it.
    Absent,
    /// A fetch that may bring it is due.
    Due,
    /// A fetch that may bring it is under way.
    UnderWay,
    /// The issuer did not answer just now.
    Unanswered,
}

/// The keys, and what has been tried.
#[derive(Debug)]
pub(super) struct State {
    schedule: Schedule,
    current: Option<Current>,
    /// When the last fetch began.
    attempted_at: Option<u64>,
    under_way: bool,
    /// Whether the last fetch that ended failed.
    failed: bool,
    /// The `kid` that the fetch under way is made for.
    sought: Option<String>,
    /// The `kid`s that a fetch was made for and did not bring.
    absent: HashSet<String>,
}

#[derive(Debug)]
struct Current {
    jwks: Jwks,
    keys: KeySet,
    skipped: Vec<SkippedKey>,
    fetched_at: u64,
    fresh_for: u64,
}

impl State {
    /// The most `kid`s that are remembered as absent; strangers choose them.
    const MAX_ABSENT: usize = 1024;

    pub(super) fn new(schedule: Schedule) -> Self {
        Self {
            schedule,
            current: None,
            attempted_at: None,
            under_way: false,
            failed: false,
            sought: None,
            absent: HashSet::new(),
        }
    }

    /// The keys, as long as they are young enough.
    pub(super) fn keys(&self, now: u64) -> KeySet {
        let is_young = |current: &&Current| age(current.fetched_at, now) < self.schedule.max_age;
        self.current
            .as_ref()
            .filter(is_young)
            .map_or_else(KeySet::default, |current| current.keys.clone())
    }

    pub(super) const fn is_under_way(&self) -> bool {
        self.under_way
    }

    /// Whether it is time for a regular refresh.
    pub(super) fn is_due(&self, now: u64) -> bool {
        let is_fresh = |current: &Current| age(current.fetched_at, now) < current.fresh_for;
        self.may_start(now) && !self.current.as_ref().is_some_and(is_fresh)
    }

    fn may_start(&self, now: u64) -> bool {
        let is_recent = |attempt| age(attempt, now) < self.schedule.min_interval;
        !self.under_way && !self.attempted_at.is_some_and(is_recent)
    }

    /// What is known of a `kid` that is not in the set.
    pub(super) fn search(&self, kid: &str, now: u64) -> Search {
        let current = self.current.as_ref().map(|current| &current.keys);
        let is_known =
            current.is_some_and(|keys| keys.keys().iter().any(|key| key.kid() == Some(kid)));
        if is_known || self.absent.contains(kid) {
            Search::Absent
        } else if self.under_way {
            Search::UnderWay
        } else if self.may_start(now) {
            Search::Due
        } else if self.failed {
            Search::Unanswered
        } else {
            Search::Absent
        }
    }

    /// Begins a fetch if it is time for one, perhaps for the sake of a `kid`. Of several that ask
    /// for it at once, one is told to do it.
    pub(super) fn start_if_due(&mut self, now: u64, kid: Option<&str>) -> bool {
        let may_start = self.may_start(now);
        if may_start {
            self.start(now);
            self.sought = kid.map(str::to_owned);
        }
        may_start
    }

    /// Begins a fetch, whether it is time or not.
    pub(super) const fn start(&mut self, now: u64) {
        self.under_way = true;
        self.attempted_at = Some(now);
    }

    /// Ends a fetch that began at `now`. What fails changes nothing but that it failed.
    pub(super) fn finish(&mut self, fetched: Result<Fetched, FetchError>, now: u64) {
        self.under_way = false;
        match fetched {
            Ok(fetched) => {
                self.failed = false;
                self.replace(fetched, now);
            }
            Err(error) => {
                self.sought = None;
                if !self.failed {
                    let known =
                        self.current.as_ref().map_or(0, |current| current.keys.keys().len());
                    tracing::warn!(known, "{error}");
                }
                self.failed = true;
            }
        }
    }

    fn replace(&mut self, fetched: Fetched, now: u64) {
        let Fetched { jwks, keys, skipped, max_age } = fetched;
        let previous = self.current.take();
        if previous.as_ref().is_none_or(|previous| previous.skipped != skipped) {
            log_skipped(&skipped);
        }
        // Regular refreshes forget what was looked for in vain.
        if self.sought.is_none() || self.absent.len() >= Self::MAX_ABSENT {
            self.absent.clear();
        }
        self.absent.extend(self.sought.take());
        // The same keys stay the same set, so that what was verified with them stays verified.
        let keys = match previous {
            Some(previous) if previous.jwks == jwks => previous.keys,
            _ => keys,
        };
        let Schedule { refresh_every, min_interval, .. } = self.schedule;
        let fresh_for =
            max_age.unwrap_or(refresh_every).clamp(min_interval.min(refresh_every), refresh_every);
        self.current = Some(Current { jwks, keys, skipped, fetched_at: now, fresh_for });
    }
}

/// Seconds between two times, whichever comes first: a clock that is set back makes nothing young
/// for ever.
const fn age(then: u64, now: u64) -> u64 {
    now.abs_diff(then)
}
