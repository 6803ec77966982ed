//! The store on PostgreSQL.

mod accounts;
mod directory;
mod keys;
mod rows;
mod schema;
mod sessions;
mod users;
mod verifications;

use std::time::SystemTime;

use async_trait::async_trait;
use tessera_db::Postgres;
use tessera_engine::linked::{LinkedAccount, UnlinkError};
use tessera_engine::profile::UserChange;
use tessera_engine::store::{
    ChangeEmailError, CreateAccountError, Credential, Cutoff, EmailProven, NewAccount,
    PasswordChange, PasswordReset, Reset, Rewrap, SessionStart, Store, StoreError, Succession,
};
use tessera_engine::{
    Email, EndedSession, Ending, PasswordHash, Session, SessionToken, SignedIn, StoredKey, Time,
    User, UserId, Verification, VerificationId,
};

use crate::failure::failed;

/// The engine's rows in a PostgreSQL database on which [`MIGRATIONS`](crate::MIGRATIONS) have run.
///
/// Several servers may share one.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    db: Postgres,
}

/// The sessions that ended lately, whichever server ended them.
#[derive(Clone, Debug)]
pub struct EndedLately {
    /// Those sessions.
    pub sessions: Vec<EndedSession>,
    /// When the database was asked, by its own clock; for the next time.
    pub asked_at: SystemTime,
}

impl PostgresStore {
    /// A store on this database.
    pub fn new(db: Postgres) -> Self {
        Self { db }
    }

    /// Whether servers on this database say which sessions have ended: the first of them makes the table.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keeps_ended_sessions(&self) -> Result<bool, StoreError> {
        sessions::has_ended_sessions(&self.db).await
    }

    /// The sessions that ended since the database was last asked, and a minute before that: what a
    /// transaction writes is seen when it commits, which is later, but never by so much.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ended_since(&self, last_asked: SystemTime) -> Result<EndedLately, StoreError> {
        sessions::ended_since(&self.db, last_asked).await
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn create_account(&self, account: NewAccount) -> Result<(), CreateAccountError> {
        accounts::create(&self.db, &account).await
    }

    async fn find_credential(&self, email: &Email) -> Result<Option<Credential>, StoreError> {
        accounts::find_credential(&self.db, email).await
    }

    async fn start_session(&self, start: SessionStart) -> Result<bool, StoreError> {
        accounts::start_session(&self.db, &start).await
    }

    async fn find_session(&self, token: &SessionToken) -> Result<Option<SignedIn>, StoreError> {
        sessions::find(&self.db, token).await
    }

    async fn sessions_of(&self, user: &UserId, now: Time) -> Result<Vec<Session>, StoreError> {
        sessions::of_user(&self.db, user, now).await
    }

    async fn renew_session(
        &self,
        token: &SessionToken,
        expires_at: Time,
        updated_at: Time,
    ) -> Result<bool, StoreError> {
        sessions::renew(&self.db, token, expires_at, updated_at).await
    }

    async fn end_sessions(
        &self,
        ending: Ending,
        cutoff: Cutoff,
    ) -> Result<Vec<EndedSession>, StoreError> {
        let mut transaction = self.db.begin().await.map_err(failed)?;
        let ended = sessions::end(&mut transaction, &ending, cutoff).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(ended)
    }

    async fn ended_sessions(&self, now: Time) -> Result<Vec<EndedSession>, StoreError> {
        sessions::ended(&self.db, now).await
    }

    async fn signing_keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        keys::all(&self.db).await
    }

    async fn find_password(&self, user: &UserId) -> Result<Option<PasswordHash>, StoreError> {
        accounts::find_password(&self.db, user).await
    }

    async fn change_password(
        &self,
        change: PasswordChange,
        cutoff: Cutoff,
    ) -> Result<Option<Vec<EndedSession>>, StoreError> {
        accounts::change_password(&self.db, &change, cutoff).await
    }

    async fn update_user(
        &self,
        user: &UserId,
        change: UserChange,
        now: Time,
    ) -> Result<Option<User>, StoreError> {
        users::update(&self.db, user, &change, now).await
    }

    async fn delete_user(
        &self,
        user: &UserId,
        redeem: Option<VerificationId>,
        cutoff: Cutoff,
    ) -> Result<Option<Vec<EndedSession>>, StoreError> {
        users::delete(&self.db, user, redeem.as_ref(), cutoff).await
    }

    async fn linked_accounts(&self, user: &UserId) -> Result<Vec<LinkedAccount>, StoreError> {
        accounts::of_user(&self.db, user).await
    }

    async fn unlink_account(&self, user: &UserId, id: &str) -> Result<(), UnlinkError> {
        accounts::unlink(&self.db, user, id).await
    }

    async fn find_user(&self, user: &UserId) -> Result<Option<User>, StoreError> {
        users::find(&self.db, user).await
    }

    async fn create_verification(&self, verification: Verification) -> Result<(), StoreError> {
        verifications::create(&self.db, &verification).await.map_err(failed)
    }

    async fn find_verification(
        &self,
        identifier: &VerificationId,
        now: Time,
    ) -> Result<Option<UserId>, StoreError> {
        verifications::find(&self.db, identifier, now).await
    }

    async fn reset_password(&self, reset: PasswordReset) -> Result<Option<Reset>, StoreError> {
        verifications::reset_password(&self.db, &reset).await
    }

    async fn verify_email(
        &self,
        user: &UserId,
        email: &Email,
        session: Option<Session>,
        now: Time,
    ) -> Result<EmailProven, StoreError> {
        users::verify_email(&self.db, user, email, session.as_ref(), now).await
    }

    async fn change_email(
        &self,
        user: &UserId,
        from: &Email,
        to: &Email,
        now: Time,
    ) -> Result<Option<User>, ChangeEmailError> {
        users::change_email(&self.db, user, from, to, now).await
    }

    async fn add_signing_key(
        &self,
        key: StoredKey,
        newest: Option<String>,
    ) -> Result<bool, StoreError> {
        keys::add(&self.db, &key, newest.as_deref()).await.map_err(failed)
    }

    async fn activate_signing_key(&self, succession: Succession) -> Result<bool, StoreError> {
        keys::activate(&self.db, &succession).await.map_err(failed)
    }

    async fn discard_pending_key(&self, kid: &str) -> Result<bool, StoreError> {
        keys::discard(&self.db, kid).await.map_err(failed)
    }

    async fn rewrap_signing_keys(&self, rewraps: Vec<Rewrap>) -> Result<Vec<String>, StoreError> {
        keys::rewrap(&self.db, &rewraps).await.map_err(failed)
    }
}
