//! Sessions that have ended before their tokens have.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;

use crate::builder::MAX_LEEWAY;

/// The ended sessions whose tokens could still be alive, by `sid`.
///
/// A view in memory: whoever ends sessions tells it, and a [`Verifier`](crate::Verifier) asks it
/// after signature and claims have proved good. Clones are handles to the same view. Entries are
/// dropped once no token of theirs can be accepted any more, so it holds at most the sessions that
/// ended within a token's lifetime.
#[derive(Clone, Debug, Default)]
pub struct Revocations(Arc<View>);

#[derive(Debug, Default)]
struct View {
    /// `sid`, and the Unix second from which on no token of it is alive. Each request looks here, and
    /// nobody but the issuer chooses what is in it: the quicker hash is the better one.
    ended: RwLock<HashMap<Box<str>, u64, foldhash::fast::RandomState>>,
    /// When entries are next looked through for old ones, in Unix seconds.
    next_purge: AtomicU64,
}

impl Revocations {
    /// Seconds between two looks for entries that are past use.
    const PURGE_INTERVAL: u64 = 60;

    /// So many seconds from the expected time are a leap of the clock, or a long silence.
    const LEAP: u64 = 3600;

    /// An empty view.
    pub fn new() -> Self {
        Self::default()
    }

    /// Refuses the tokens of session `sid` from now on. `until` is the `exp` of its last token, in
    /// Unix seconds; told twice, the later one counts.
    pub fn end(&self, sid: &str, until: u64) {
        let mut ended = self.0.ended.write();
        match ended.get_mut(sid) {
            Some(known) => *known = until.max(*known),
            None => {
                ended.insert(sid.into(), until);
            }
        }
    }

    /// Whether session `sid` has ended.
    pub fn is_ended(&self, sid: &str) -> bool {
        self.0.ended.read().contains_key(sid)
    }

    /// Drops what is past use at `now` (Unix seconds): sessions whose `until` lies more than the
    /// largest leeway back. Verification does this by itself about once a minute.
    pub fn purge(&self, now: u64) {
        self.0.ended.write().retain(|_, until| now <= until.saturating_add(MAX_LEEWAY));
    }

    /// How many sessions it holds.
    pub fn len(&self) -> usize {
        self.0.ended.read().len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn purge_if_due(&self, now: u64) {
        let due = self.0.next_purge.load(Ordering::Relaxed);
        // A clock that leaps may leap back. The first look after a leap drops nothing.
        let has_leapt = now.abs_diff(due) > Self::LEAP;
        if now < due && !has_leapt {
            return;
        }
        let next = now.saturating_add(Self::PURGE_INTERVAL);
        let next_purge = &self.0.next_purge;
        let is_ours =
            next_purge.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        // Of several requests that find it due, one does it.
        if is_ours && !has_leapt {
            self.purge(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_end_counts_whichever_comes_first() {
        let revocations = Revocations::new();
        revocations.end("s", 1_000);
        revocations.end("s", 2_000);
        revocations.end("s", 1_500);
        revocations.purge(2_000 + MAX_LEEWAY);
        assert!(revocations.is_ended("s"));
        revocations.purge(2_001 + MAX_LEEWAY);
        assert!(!revocations.is_ended("s"));
        assert!(revocations.is_empty());
    }

    #[test]
    fn clones_share_one_view() {
        let told = Revocations::new();
        let asked = told.clone();
        told.end("s", 1);
        assert!(asked.is_ended("s"));
        assert!(!asked.is_ended("S"));
        assert_eq!(asked.len(), 1);
        assert!(!asked.is_empty());
    }

    #[test]
    fn old_entries_go_by_themselves_about_once_a_minute() {
        let revocations = Revocations::new();
        let t = 1_000_000;
        revocations.purge_if_due(t);
        revocations.end("old", 5);
        revocations.purge_if_due(t + 59);
        assert_eq!(revocations.len(), 1);
        revocations.purge_if_due(t + 60);
        assert_eq!(revocations.len(), 0);
        // After an hour without a request, too: only what is longer is taken for a leap.
        revocations.end("old", 5);
        revocations.purge_if_due(t + 120 + Revocations::LEAP);
        assert_eq!(revocations.len(), 0);
    }

    #[test]
    fn a_clock_that_leaps_and_leaps_back_forgets_no_session() {
        let revocations = Revocations::new();
        revocations.end("s", 1_000);
        for now in [900, 960, 100_000, 970, 1_030, 1_090] {
            revocations.purge_if_due(now);
            assert!(revocations.is_ended("s"), "{now}");
        }
        revocations.purge_if_due(1_001 + MAX_LEEWAY);
        assert!(!revocations.is_ended("s"));
    }
}
