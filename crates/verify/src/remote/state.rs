//! When to fetch, and what to say meanwhile. No I/O, no clock: times are Unix seconds.

use std::collections::HashMap;

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
    /// Nobody has looked since it was asked for, and it is too early to look.
    TooEarly,
}

/// The keys, and what has been tried.
#[derive(Debug)]
pub(super) struct State {
    schedule: Schedule,
    current: Option<Current>,
    /// When the last fetch began.
    attempted_at: Option<u64>,
    /// How many fetches have begun.
    begun: u64,
    under_way: u32,
    /// Whether the last fetch that ended failed.
    failed: bool,
    /// The `kid`s that fetches were made for and did not bring, and those that were withdrawn.
    absent: HashMap<String, Absence>,
}

#[derive(Debug)]
struct Current {
    jwks: Jwks,
    keys: KeySet,
    skipped: Vec<SkippedKey>,
    /// Which fetch brought it.
    number: u64,
    fetched_at: u64,
    fresh_for: u64,
}

/// A key that was looked for in vain.
#[derive(Clone, Copy, Debug)]
struct Absence {
    looked_at: u64,
    /// Seconds until it is worth looking again.
    wait: u64,
}

/// A fetch under way.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    number: u64,
    began_at: u64,
    /// The `kid` it is made for.
    sought: Option<String>,
}

/// What the operator should read about a fetch that has ended. It is logged once the state is free
/// again, since no verification waits for a log.
#[derive(Debug, Default)]
pub(super) struct News {
    skipped: Vec<SkippedKey>,
    failure: Option<(FetchError, usize)>,
}

impl News {
    pub(super) fn log(self) {
        log_skipped(&self.skipped);
        if let Some((error, known)) = self.failure {
            tracing::warn!(known, "{error}");
        }
    }
}

impl State {
    /// The most `kid`s that are remembered as absent; strangers choose them.
    const MAX_ABSENT: usize = 1024;

    /// The most seconds until a `kid` is looked for again: an issuer's copies may not all have a new
    /// key at once.
    const MAX_WAIT: u64 = 60;

    pub(super) fn new(schedule: Schedule) -> Self {
        Self {
            schedule,
            current: None,
            attempted_at: None,
            begun: 0,
            under_way: 0,
            failed: false,
            absent: HashMap::new(),
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
        self.under_way > 0
    }

    /// Whether it is time for a regular refresh.
    pub(super) fn is_due(&self, now: u64) -> bool {
        let is_fresh = |current: &Current| age(current.fetched_at, now) < current.fresh_for;
        self.may_start(now) && !self.current.as_ref().is_some_and(is_fresh)
    }

    fn may_start(&self, now: u64) -> bool {
        let is_recent = |attempt| age(attempt, now) < self.schedule.min_interval;
        !self.is_under_way() && !self.attempted_at.is_some_and(is_recent)
    }

    /// What is known of a `kid` that is not in the set.
    pub(super) fn search(&self, kid: &str, now: u64) -> Search {
        let is_known = self.current.as_ref().is_some_and(|current| has(&current.keys, kid));
        let absence = self.absent.get(kid);
        let is_settled = absence.is_some_and(|absence| age(absence.looked_at, now) < absence.wait);
        if is_known || is_settled {
            Search::Absent
        } else if self.is_under_way() {
            Search::UnderWay
        } else if self.may_start(now) {
            Search::Due
        } else if absence.is_some() && !self.failed {
            Search::Absent
        } else {
            Search::TooEarly
        }
    }

    /// Begins a fetch if it is time for one, perhaps for the sake of a `kid`. Of several that ask
    /// for it at once, one is told to do it.
    pub(super) fn start_if_due(&mut self, now: u64, kid: Option<&str>) -> Option<Attempt> {
        let may_start = self.may_start(now);
        may_start.then(|| Attempt { sought: kid.map(str::to_owned), ..self.start(now) })
    }

    /// Begins a fetch, whether it is time or not.
    pub(super) const fn start(&mut self, now: u64) -> Attempt {
        self.begun += 1;
        self.under_way += 1;
        self.attempted_at = Some(now);
        Attempt { number: self.begun, began_at: now, sought: None }
    }

    /// Ends a fetch. What fails changes nothing but that it failed.
    #[must_use]
    pub(super) fn finish(
        &mut self,
        attempt: Attempt,
        fetched: Result<Fetched, FetchError>,
    ) -> News {
        self.under_way -= 1;
        match fetched {
            Ok(fetched) => {
                self.failed = false;
                // Of two fetches at once, the one that began later has the newer answer.
                if self.current.as_ref().is_some_and(|current| current.number > attempt.number) {
                    return News::default();
                }
                News { skipped: self.replace(attempt, fetched), failure: None }
            }
            Err(error) => {
                let known = self.current.as_ref().map_or(0, |current| current.keys.keys().len());
                let is_news = !self.failed;
                self.failed = true;
                News { skipped: Vec::new(), failure: is_news.then_some((error, known)) }
            }
        }
    }

    /// Answers with the unusable keys, unless they are those of the last time.
    fn replace(&mut self, attempt: Attempt, fetched: Fetched) -> Vec<SkippedKey> {
        let Fetched { jwks, keys, skipped, max_age } = fetched;
        let Attempt { number, began_at, sought } = attempt;
        let previous = self.current.take();
        let withdrawn = previous.iter().flat_map(|previous| previous.keys.keys());
        let missed = withdrawn.filter_map(|key| key.kid().map(str::to_owned)).chain(sought);
        for kid in missed.filter(|kid| !has(&keys, kid)).collect::<Vec<_>>() {
            self.note_absence(kid, began_at);
        }
        let is_news = previous.as_ref().is_none_or(|previous| previous.skipped != skipped);
        let news = if is_news { skipped.clone() } else { Vec::new() };
        // The same keys stay the same set, so that what was verified with them stays verified.
        let keys = match previous {
            Some(previous) if previous.jwks == jwks => previous.keys,
            _ => keys,
        };
        let Schedule { refresh_every, min_interval, max_age: serve_for } = self.schedule;
        let fresh_for = max_age
            .unwrap_or(refresh_every)
            .clamp(min_interval.min(refresh_every), refresh_every)
            // Early enough that the old keys still serve while the new ones are fetched.
            .min(serve_for / 2);
        self.current =
            Some(Current { jwks, keys, skipped, number, fetched_at: began_at, fresh_for });
        news
    }

    /// Remembers that a `kid` is not published; the longer, the oftener it was looked for.
    fn note_absence(&mut self, kid: String, looked_at: u64) {
        if self.absent.len() >= Self::MAX_ABSENT {
            self.absent.clear();
        }
        let shortest = self.schedule.min_interval;
        let longer = |absence: &Absence| (absence.wait * 2).min(Self::MAX_WAIT.max(shortest));
        let wait = self.absent.get(&kid).map_or(shortest, longer);
        self.absent.insert(kid, Absence { looked_at, wait });
    }
}

fn has(keys: &KeySet, kid: &str) -> bool {
    keys.keys().iter().any(|key| key.kid() == Some(kid))
}

/// Seconds between two times, whichever comes first: a clock that is set back makes nothing young
/// for ever.
const fn age(then: u64, now: u64) -> u64 {
    now.abs_diff(then)
}
