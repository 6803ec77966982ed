//! Reading, renewing, listing and ending sessions.

use std::sync::Arc;
use std::time::Duration;

use crate::audit;
use crate::engine::{Engine, SessionEndHook, to_the_end};
use crate::ids::{SessionToken, UserId};
use crate::session::{EndedSession, Ending, Session, SignedIn};
use crate::store::{Cutoff, StoreError};

/// Whether reading a session may push its end back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// A session that is due is renewed.
    IfDue,
    /// It is only read, and deleted if it is over.
    Withheld,
    /// Nothing at all is written; what is due is for a later request.
    Deferred,
}

/// A session that has not ended.
#[derive(Clone, Debug)]
pub struct LiveSession {
    /// The session, as it now is, and its account.
    pub signed_in: SignedIn,
    /// Whether this read has renewed it; its cookie then has to be sent again.
    pub renewed: bool,
    /// Whether it is due and has not been renewed.
    pub due: bool,
}

/// Why a session could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// It ended between being read and being renewed.
    #[error("the session ended while it was being renewed")]
    EndedMeanwhile,
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// Verifiers' leeway on `exp`, and the time that a request may take between reading a session and
    /// signing its token: for so long after a token could have expired its session stays refused. Where
    /// a copy of the session may be what was read, for as long as copies last besides.
    const REVOCATION_MARGIN: Duration = Duration::from_secs(120);

    /// Ended sessions are remembered at least this long, so that tokens issued before the operator
    /// shortened their life are covered as well, unless they lived for more than a day.
    const REVOCATION_FLOOR: Duration = Duration::from_secs(24 * 60 * 60);

    /// The session that the token opens; `None` when there is none. An expired one is
    /// deleted, unless that is deferred.
    pub async fn session(
        &self,
        token: &SessionToken,
        renewal: Renewal,
    ) -> Result<Option<LiveSession>, SessionError> {
        let Some(mut signed_in) = self.store.find_session(token).await? else {
            return Ok(None);
        };
        let session = &mut signed_in.session;
        let now = self.now();
        if session.expires_at <= now {
            if renewal != Renewal::Deferred {
                self.end(Ending::One(token.clone()), "session_expired").await?;
            }
            return Ok(None);
        }

        let settings = &self.settings.sessions;
        let due = session.expires_at - settings.expires_in + settings.update_age <= now;
        let renewed = due && renewal == Renewal::IfDue;
        if renewed {
            session.expires_at = now + settings.expires_in;
            session.updated_at = now;
            if !self.store.renew_session(token, session.expires_at, now).await? {
                return Err(SessionError::EndedMeanwhile);
            }
        }
        Ok(Some(LiveSession { signed_in, renewed, due: due && !renewed }))
    }

    /// Whether the person signed in recently enough for what needs a fresh session.
    pub fn is_fresh(&self, session: &Session) -> bool {
        let fresh_age = self.settings.sessions.fresh_age;
        fresh_age.is_zero() || self.now() < session.created_at + fresh_age
    }

    /// The latest 100 live sessions of a person, the oldest first.
    pub async fn sessions_of(&self, user: &UserId) -> Result<Vec<Session>, StoreError> {
        self.store.sessions_of(user, self.now()).await
    }

    /// Signs out: ends the session that the token opens, if there is one.
    pub async fn sign_out(&self, token: &SessionToken) -> Result<(), StoreError> {
        self.end(Ending::One(token.clone()), "sign_out").await
    }

    /// Ends one session of a person. Somebody else's token, or an unknown one, changes nothing.
    pub async fn revoke_session(
        &self,
        owner: &UserId,
        token: &SessionToken,
    ) -> Result<(), StoreError> {
        self.end(Ending::OneOf(owner.clone(), token.clone()), "revoke_session").await
    }

    /// Ends all sessions of a person but the one that `kept` opens.
    pub async fn revoke_other_sessions(
        &self,
        owner: &UserId,
        kept: &SessionToken,
    ) -> Result<(), StoreError> {
        let ending = Ending::OthersOf(owner.clone(), kept.clone());
        self.end(ending, "revoke_other_sessions").await
    }

    /// Ends all sessions of a person.
    pub async fn revoke_sessions(&self, owner: &UserId) -> Result<(), StoreError> {
        self.end(Ending::AllOf(owner.clone()), "revoke_sessions").await
    }

    /// What the store has to remember of sessions that end now.
    pub(crate) fn cutoff(&self) -> Cutoff {
        let now = self.now();
        let lifetime = self.settings.tokens.expires_in.max(Self::REVOCATION_FLOOR);
        let margin = Self::REVOCATION_MARGIN + self.settings.sessions.copies_last;
        Cutoff { ended_at: now, until: now + lifetime + margin }
    }

    /// Deletes sessions and has their tokens refused, in this order: a token is refused once its
    /// session is gone for certain, and before the caller is answered.
    async fn end(&self, ending: Ending, reason: &'static str) -> Result<(), StoreError> {
        let cutoff = self.cutoff();
        let (store, on_end) = (Arc::clone(&self.store), Arc::clone(&self.on_session_end));
        to_the_end(async move {
            sessions_ended(&on_end, &store.end_sessions(ending, cutoff).await?, reason);
            Ok(())
        })
        .await
    }
}

/// Has the tokens of sessions refused that have ended, and says why they have.
pub(crate) fn sessions_ended(
    on_end: &SessionEndHook,
    ended: &[EndedSession],
    reason: &'static str,
) {
    for session in ended {
        on_end(session);
        audit::session_ended(session, reason);
    }
}
