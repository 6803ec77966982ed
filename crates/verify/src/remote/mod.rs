//! Keys that an issuer publishes at a URL.
//!
//! The keys are fetched when a verification needs them and at no other time: a service that is not
//! asked anything does not ask anything. The fetch runs on a thread of its own, so no verification
//! ever waits for it; whoever can wait does so with [`RemoteKeys::refreshed`].

mod fetch;
mod state;
mod url;

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use event_listener::Event;
use parking_lot::RwLock;
use tessera_token::{KeyHint, KeySet};

pub use self::fetch::{FetchError, http_agent};
pub(crate) use self::state::Search;
pub use self::url::{InvalidKeysUrl, KeysUrl};

use self::fetch::{Fetched, Fetcher};
use self::state::{Attempt, Schedule, State};

/// The keys of a remote set (RFC 7517 section 5). Clones are handles to the same keys.
///
/// | what | how |
/// | --- | --- |
/// | from where | `https`, or loopback; no redirect is followed |
/// | refresh | every 5 minutes ([`refresh_every`](RemoteKeysBuilder::refresh_every)), earlier where `Cache-Control: max-age` says so |
/// | a `kid` that is not in the set | one fetch at once, but none within 10 seconds of the last ([`min_interval`](RemoteKeysBuilder::min_interval)); what that fetch does not bring is not looked for again for 10 seconds, then 20, up to 60 |
/// | the issuer does not answer | the known keys serve for 24 hours ([`max_age`](RemoteKeysBuilder::max_age)), then nothing can be said about a token |
/// | an answer | at most 256 KiB of JSON within 5 seconds; a key in it that cannot be used is logged and left out |
#[derive(Clone)]
pub struct RemoteKeys(Arc<Remote>);

struct Remote {
    fetcher: Fetcher,
    state: RwLock<State>,
    /// Told whenever a fetch ends.
    refreshed: Event,
}

impl RemoteKeys {
    /// The keys at this URL, with every setting as it is. Nothing is fetched yet.
    ///
    /// # Errors
    ///
    /// [`InvalidKeysUrl`] for what is neither `https` nor on this machine.
    pub fn new(url: &str) -> Result<Self, InvalidKeysUrl> {
        Ok(Self::builder(url.parse()?).build())
    }

    /// The keys at this URL, with settings of your own.
    pub fn builder(url: KeysUrl) -> RemoteKeysBuilder {
        RemoteKeysBuilder {
            url,
            schedule: Schedule::default(),
            timeout: Duration::from_secs(5),
            max_bytes: 256 * 1024,
        }
    }

    /// Where the keys are.
    pub fn url(&self) -> &KeysUrl {
        self.0.fetcher.url()
    }

    /// Fetches the keys in this thread, at `now` in Unix seconds, and says how many are usable. A
    /// service that does this as it starts shows a wrong URL to whoever starts it, not to the
    /// first who is refused.
    ///
    /// # Errors
    ///
    /// [`FetchError`], which names the URL.
    pub fn probe(&self, now: u64) -> Result<usize, FetchError> {
        let attempt = self.0.state.write().start(now);
        let fetched = self.0.fetcher.fetch();
        let report =
            fetched.as_ref().map(|fetched| fetched.keys.keys().len()).map_err(Clone::clone);
        self.0.finish(attempt, fetched);
        report
    }

    /// Waits until no fetch is under way; at once where none is. At most one time limit of a fetch
    /// passes.
    pub async fn refreshed(&self) {
        let refreshed = self.0.refreshed.listen();
        if self.0.state.read().is_under_way() {
            refreshed.await;
        }
    }

    /// The keys to verify with at `now`; none where there are none that are young enough.
    pub(crate) fn at(&self, now: u64) -> KeySet {
        let state = self.0.state.read();
        let keys = state.keys(now);
        let is_due = state.is_due(now);
        drop(state);
        if is_due {
            let attempt = self.0.state.write().start_if_due(now, None);
            self.fetch_in_background(attempt);
        }
        keys
    }

    /// Looks for the key that a token asks for and the set does not hold.
    pub(crate) fn look_for(&self, hint: &KeyHint, now: u64) -> Search {
        // No shared secret is ever published, and without a name there is nothing to look for.
        let (false, Some(kid)) = (hint.algorithm.is_symmetric(), &hint.kid) else {
            return Search::Absent;
        };
        let search = self.0.state.read().search(kid, now);
        if matches!(search, Search::Due) {
            let attempt = self.0.state.write().start_if_due(now, Some(kid));
            self.fetch_in_background(attempt);
        }
        search
    }

    fn fetch_in_background(&self, attempt: Option<Attempt>) {
        let Some(attempt) = attempt else { return };
        let (remote, begun) = (Arc::clone(&self.0), attempt.clone());
        let fetch = move || remote.finish(begun, remote.fetcher.fetch());
        let thread = thread::Builder::new().name("tessera-keys".to_owned()).spawn(fetch);
        if thread.is_err() {
            self.0.finish(attempt, Err(self.0.fetcher.no_thread()));
        }
    }
}

impl Remote {
    fn finish(&self, attempt: Attempt, fetched: Result<Fetched, FetchError>) {
        let news = self.state.write().finish(attempt, fetched);
        self.refreshed.notify(usize::MAX);
        news.log();
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeys").field("url", self.url()).finish_non_exhaustive()
    }
}

/// How [`RemoteKeys`] are fetched.
#[derive(Clone, Debug)]
pub struct RemoteKeysBuilder {
    url: KeysUrl,
    schedule: Schedule,
    timeout: Duration,
    max_bytes: u64,
}

impl RemoteKeysBuilder {
    /// Seconds after which the keys are fetched anew: 300 if not set, and never more than
    /// half of [`max_age`](Self::max_age).
    #[must_use]
    pub fn refresh_every(mut self, seconds: u64) -> Self {
        self.schedule.refresh_every = seconds;
        self
    }

    /// The fewest seconds between two fetches, whatever the reason for the second: 10 if not set,
    /// never under 1.
    #[must_use]
    pub fn min_interval(mut self, seconds: u64) -> Self {
        self.schedule.min_interval = seconds.max(1);
        self
    }

    /// Seconds for which keys serve while no fetch succeeds: 86,400 if not set, a week at most. So
    /// long may a key verify that the issuer has withdrawn.
    #[must_use]
    pub fn max_age(mut self, seconds: u64) -> Self {
        self.schedule.max_age = seconds.min(7 * 24 * 60 * 60);
        self
    }

    /// The longest a fetch may take: 5 seconds if not set, a minute at most.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(Duration::from_secs(60));
        self
    }

    /// The largest answer, in bytes: 256 KiB if not set, 16 MiB at most.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes.min(16 * 1024 * 1024);
        self
    }

    /// The keys. Nothing is fetched yet.
    pub fn build(self) -> RemoteKeys {
        RemoteKeys(Arc::new(Remote {
            fetcher: Fetcher::new(self.url, self.timeout, self.max_bytes),
            state: RwLock::new(State::new(self.schedule)),
            refreshed: Event::new(),
        }))
    }
}
