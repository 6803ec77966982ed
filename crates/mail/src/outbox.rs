//! Letters on their way: nobody waits for them, and none is lost to a server that is down for a
//! while.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tessera_engine::Time;
use tessera_engine::limits::{Limit, RateLimiter};
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use crate::letter::Letter;
use crate::smtp::{SendError, Smtp};

/// Letters that may be on their way at once; beyond that a letter is lost, and the log says so.
const CAPACITY: u32 = 1000;

/// Connections to the mail server at once.
const CONNECTIONS: usize = 4;

/// Letters to one address. Whoever asks for more, and by whatever route, wants to fill a mailbox.
const TO_ONE: Limit = Limit { window: Duration::from_secs(60), max: 3 };

/// How long a letter that could not be sent waits for each further attempt. A link that works for
/// an hour is not worth sending after that.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(30 * 60),
];

type Sending = Pin<Box<dyn Future<Output = Result<(), SendError>> + Send>>;

/// Sends letters in the background, again and again if need be.
#[derive(Clone)]
pub struct Outbox {
    shared: Arc<Shared>,
}

struct Shared {
    send: Box<dyn Fn(Arc<Letter>) -> Sending + Send + Sync>,
    places: Arc<Semaphore>,
    connections: Semaphore,
    closing: watch::Sender<bool>,
    /// Letters, by the address they go to.
    counted: RateLimiter,
    since: Instant,
}

impl Outbox {
    /// An outbox that hands its letters to this server.
    pub fn new(smtp: Smtp) -> Self {
        let smtp = Arc::new(smtp);
        Self::sending(move |letter| {
            let smtp = Arc::clone(&smtp);
            Box::pin(async move { smtp.send(&letter).await })
        })
    }

    fn sending(send: impl Fn(Arc<Letter>) -> Sending + Send + Sync + 'static) -> Self {
        let places = Arc::new(Semaphore::new(CAPACITY as usize));
        let connections = Semaphore::new(CONNECTIONS);
        let (closing, _) = watch::channel(false);
        let (counted, since) = (RateLimiter::default(), Instant::now());
        let send = Box::new(send);
        Self { shared: Arc::new(Shared { send, places, connections, closing, counted, since }) }
    }

    /// Takes a letter to its way and returns at once. Within a Tokio runtime only.
    ///
    /// A letter to an address that has just had three is not sent. Whoever caused it is not told, or
    /// they would know that there is such an account.
    pub fn post(&self, letter: Letter) {
        let Ok(place) = Arc::clone(&self.shared.places).try_acquire_owned() else {
            let domain = letter.domain();
            tracing::error!(domain, waiting = CAPACITY, "a mail is lost: too many wait already");
            return;
        };
        let shared = Arc::clone(&self.shared);
        if shared.counted.admit(letter.to.as_str(), TO_ONE, shared.now()).is_err() {
            tracing::warn!(
                domain = letter.domain(),
                "a mail is not sent: its address has just had three"
            );
            return;
        }
        tokio::spawn(async move {
            shared.deliver(letter).await;
            drop(place);
        });
    }

    /// Tries every letter that waits once more, at once, and returns when none is left or the time
    /// is up.
    pub async fn close(&self, within: Duration) {
        let Shared { places, closing, .. } = &*self.shared;
        closing.send_replace(true);
        if tokio::time::timeout(within, places.acquire_many(CAPACITY)).await.is_err() {
            let lost = CAPACITY as usize - places.available_permits();
            tracing::error!(lost, "mails are lost: the server has ended");
        }
    }
}

impl Shared {
    /// Since the outbox was made: what it counts does not depend on the time of day.
    fn now(&self) -> Time {
        Time::from_millis(i64::try_from(self.since.elapsed().as_millis()).unwrap_or(i64::MAX))
    }

    async fn deliver(&self, letter: Letter) {
        let letter = Arc::new(letter);
        let mut closing = self.closing.subscribe();
        let mut pauses = PAUSES.iter();
        loop {
            let was_closing = *closing.borrow();
            let Err(error) = self.attempt(&letter).await else { return };
            let domain = letter.domain();
            let pause = pauses.next().filter(|_| !error.is_final() && !was_closing);
            let Some(pause) = pause else {
                tracing::error!(domain, %error, "a mail is given up");
                return;
            };
            tracing::warn!(domain, %error, again_in = ?pause, "a mail could not be sent yet");
            tokio::select! {
                () = tokio::time::sleep(*pause) => {}
                _ = closing.wait_for(|closing| *closing) => {}
            }
        }
    }

    async fn attempt(&self, letter: &Arc<Letter>) -> Result<(), SendError> {
        // It is never closed, so there is always one to come.
        let _connection = self.connections.acquire().await;
        (self.send)(Arc::clone(letter)).await
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = CAPACITY as usize - self.shared.places.available_permits();
        f.debug_struct("Outbox").field("waiting", &waiting).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;
    use tessera_engine::Email;

    use super::*;

    /// When each attempt was made, since the start, and which letter it was for.
    type Attempts = Arc<Mutex<Vec<(Duration, String)>>>;

    /// To an address of its own.
    fn letter(subject: &str) -> Letter {
        letter_to(&format!("{subject}@example.com"), subject)
    }

    fn letter_to(address: &str, subject: &str) -> Letter {
        Letter {
            to: Email::parse(address).unwrap(),
            subject: subject.to_owned(),
            text: String::new(),
            html: String::new(),
        }
    }

    /// An outbox whose server answers the nth attempt, from one, as `answer` says, after a second.
    fn outbox(
        answer: impl Fn(usize) -> Result<(), SendError> + Send + Sync + 'static,
    ) -> (Outbox, Attempts) {
        let attempts = Attempts::default();
        let noted = Arc::clone(&attempts);
        let start = Instant::now();
        let outbox = Outbox::sending(move |letter| {
            let mut noted = noted.lock();
            noted.push((start.elapsed(), letter.subject.clone()));
            let answer = answer(noted.len());
            Box::pin(async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                answer
            })
        });
        (outbox, attempts)
    }

    fn seconds(attempts: &Attempts) -> Vec<u64> {
        attempts.lock().iter().map(|(at, _)| at.as_secs()).collect()
    }

    /// Until nothing is on its way, without hurrying anything.
    async fn until_empty(outbox: &Outbox) {
        drop(outbox.shared.places.acquire_many(CAPACITY).await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_down_is_tried_ever_more_rarely() {
        let (outbox, attempts) = outbox(|_| Err(SendError::Unreachable("down".to_owned())));
        outbox.post(letter("one"));
        until_empty(&outbox).await;
        // Each attempt takes a second.
        assert_eq!(seconds(&attempts), [0, 6, 37, 158, 759, 2560]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_letter_is_sent_once_the_server_takes_it() {
        let (outbox, attempts) =
            outbox(|attempt| if attempt < 3 { Err(SendError::Deferred(451)) } else { Ok(()) });
        outbox.post(letter("one"));
        until_empty(&outbox).await;
        assert_eq!(seconds(&attempts), [0, 6, 37]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_refused_for_good_is_not_tried_again() {
        let (outbox, attempts) = outbox(|_| Err(SendError::Refused(550)));
        outbox.post(letter("one"));
        until_empty(&outbox).await;
        assert_eq!(seconds(&attempts), [0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_letter_that_waits_holds_up_no_other() {
        let (outbox, attempts) =
            outbox(|attempt| if attempt == 1 { Err(SendError::Deferred(450)) } else { Ok(()) });
        outbox.post(letter("greylisted"));
        tokio::time::sleep(Duration::from_secs(3)).await;
        outbox.post(letter("next"));
        until_empty(&outbox).await;
        let attempts: Vec<_> =
            attempts.lock().iter().map(|(at, which)| (at.as_secs(), which.clone())).collect();
        let expected = [(0, "greylisted"), (3, "next"), (6, "greylisted")];
        assert_eq!(attempts, expected.map(|(at, which)| (at, which.to_owned())));
    }

    #[tokio::test(start_paused = true)]
    async fn there_are_so_many_connections_and_places_and_no_more() {
        let (outbox, attempts) = outbox(|_| Ok(()));
        for number in 0..CAPACITY + 7 {
            outbox.post(letter(&number.to_string()));
        }
        until_empty(&outbox).await;
        let seconds = seconds(&attempts);
        assert_eq!(seconds.len(), CAPACITY as usize);
        assert!((0..250).all(|second| seconds.iter().filter(|at| **at == second).count() == 4));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_gets_more_than_three_letters_a_minute() {
        let (outbox, attempts) = outbox(|_| Ok(()));
        let wait = |seconds| tokio::time::sleep(Duration::from_secs(seconds));
        let start = Instant::now();
        for (at, to) in [
            (0, "ada"),
            (20, "ada"),
            (20, "bob"),
            (40, "ada"),
            (41, "ada"),
            (99, "ada"),
            (99, "bob"),
            (100, "ada"),
        ] {
            wait(at - start.elapsed().as_secs()).await;
            outbox.post(letter_to(&format!("{to}@example.com"), &format!("{to} {at}")));
        }
        until_empty(&outbox).await;
        let sent: Vec<_> = attempts.lock().iter().map(|(_, which)| which.clone()).collect();
        assert_eq!(sent, ["ada 0", "ada 20", "bob 20", "ada 40", "bob 99", "ada 100"]);
    }

    #[tokio::test(start_paused = true)]
    async fn closing_tries_what_waits_at_once_and_only_once() {
        for (server_is_back, expected) in [(true, 2), (false, 2)] {
            let (outbox, attempts) = outbox(move |attempt| match attempt {
                1 => Err(SendError::Deferred(421)),
                _ if server_is_back => Ok(()),
                _ => Err(SendError::Deferred(421)),
            });
            outbox.post(letter("one"));
            tokio::time::sleep(Duration::from_secs(2)).await;
            let closed_at = Instant::now();
            outbox.close(Duration::from_secs(10)).await;
            assert_eq!(closed_at.elapsed(), Duration::from_secs(1));
            assert_eq!(attempts.lock().len(), expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn closing_waits_only_so_long() {
        let outbox = Outbox::sending(|_| Box::pin(std::future::pending()));
        outbox.post(letter("one"));
        let start = Instant::now();
        outbox.close(Duration::from_secs(5)).await;
        assert_eq!(start.elapsed(), Duration::from_secs(5));
    }
}
