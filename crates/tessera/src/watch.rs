//! Several servers on one PostgreSQL: each hears of the sessions that the others end.

use std::time::{Duration, SystemTime};

use tessera_engine::store::StoreError;
use tessera_engine::with_causes;
use tessera_store::{EndedLately, PostgresStore};
use tessera_verify::Revocations;
use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::compose::end;

/// How long a token may outlive a session that another server has ended, at the most, while the
/// database answers within a second: twice this.
const INTERVAL: Duration = Duration::from_secs(1);

/// Looks for ended sessions.
pub(crate) struct Watch {
    store: PostgresStore,
    revocations: Revocations,
    last_asked: SystemTime,
    /// Whether the table has been seen. The task API on its own does not make it, and may be there
    /// before an auth server is, or without one.
    has_table: bool,
}

/// A [`Watch`] that goes on until this is dropped.
#[derive(Debug)]
pub(crate) struct Watching(AbortHandle);

impl Watch {
    /// Learns of every session whose tokens could still be alive.
    pub(crate) async fn begin(
        store: PostgresStore,
        revocations: Revocations,
    ) -> Result<Self, StoreError> {
        let mut watch =
            Self { store, revocations, last_asked: SystemTime::UNIX_EPOCH, has_table: false };
        watch.look().await?;
        Ok(watch)
    }

    /// Learns of the sessions that have ended since the last look.
    async fn look(&mut self) -> Result<(), StoreError> {
        self.has_table = self.has_table || self.store.keeps_ended_sessions().await?;
        if !self.has_table {
            return Ok(());
        }
        let EndedLately { sessions, asked_at } = self.store.ended_since(self.last_asked).await?;
        for session in &sessions {
            end(&self.revocations, session);
        }
        self.last_asked = asked_at;
        Ok(())
    }

    /// Looks again and again. While the database is gone nobody can end a session in it; what was
    /// missed is learnt when it is back.
    pub(crate) fn go_on(mut self) -> Watching {
        let watching = tokio::spawn(again_and_again(async move || self.look().await));
        Watching(watching.abort_handle())
    }
}

async fn again_and_again(mut look: impl AsyncFnMut() -> Result<(), StoreError>) {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut answers = true;
    loop {
        ticks.tick().await;
        let answered = look().await;
        if let (Err(error), true) = (&answered, answers) {
            tracing::error!(error = with_causes(error), "ended sessions cannot be read");
        } else if answered.is_ok() && !answers {
            tracing::info!("ended sessions can be read again");
        }
        answers = answered.is_ok();
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, sleep, timeout};

    use super::*;

    /// What ends just after a look has begun is seen by the next, and learnt when that has its answer.
    #[tokio::test(start_paused = true)]
    async fn a5_a_session_that_ends_is_heard_of_within_two_seconds() {
        for answer_takes in [Duration::ZERO, Duration::from_millis(300), Duration::from_secs(1)] {
            let mut looks = vec![];
            let look = async || {
                let began = Instant::now();
                sleep(answer_takes).await;
                looks.push((began, Instant::now()));
                Ok(())
            };
            timeout(Duration::from_secs(60), again_and_again(look)).await.unwrap_err();
            assert!(looks.len() > 50, "{}", looks.len());
            for pair in looks.windows(2) {
                let [(began, _), (_, learnt)] = pair else { unreachable!() };
                assert!(*learnt - *began <= Duration::from_secs(2), "{pair:?}");
            }
        }
    }
}
