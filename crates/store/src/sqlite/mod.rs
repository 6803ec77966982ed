//! The store on SQLite.

mod accounts;
mod directory;
mod failure;
mod keys;
mod rows;
mod schema;
mod sessions;
mod users;
mod verifications;

use async_trait::async_trait;
use rusqlite::Connection;
use tessera_db::Sqlite;
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

use self::failure::Failure;

/// The engine's rows in an SQLite database on which [`MIGRATIONS`](crate::MIGRATIONS) have run.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    db: Sqlite,
}

impl SqliteStore {
    /// A store on this database.
    pub fn new(db: Sqlite) -> Self {
        Self { db }
    }

    fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let read = self.db.read(|db| Ok(query(db).map_err(Failure::from)));
        Ok(read.map_err(Failure::from).flatten()?)
    }

    async fn write<T: Send + 'static, E: From<Failure>>(
        &self,
        statement: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, E> {
        let written = self.db.write(|db| statement(db).map_err(Failure::from)).await;
        written.map_err(E::from)
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn create_account(&self, account: NewAccount) -> Result<(), CreateAccountError> {
        self.write(move |db| accounts::create(db, &account)).await
    }

    async fn find_credential(&self, email: &Email) -> Result<Option<Credential>, StoreError> {
        self.read(|db| accounts::find_credential(db, email))
    }

    async fn start_session(&self, start: SessionStart) -> Result<bool, StoreError> {
        self.write(move |db| accounts::start_session(db, &start)).await
    }

    async fn find_session(&self, token: &SessionToken) -> Result<Option<SignedIn>, StoreError> {
        self.read(|db| sessions::find(db, token))
    }

    async fn sessions_of(&self, user: &UserId, now: Time) -> Result<Vec<Session>, StoreError> {
        self.read(|db| sessions::of_user(db, user, now))
    }

    async fn renew_session(
        &self,
        token: &SessionToken,
        expires_at: Time,
        updated_at: Time,
    ) -> Result<bool, StoreError> {
        let token = token.clone();
        let renew = move |db: &_| sessions::renew(db, &token, expires_at, updated_at);
        self.write(renew).await
    }

    async fn end_sessions(
        &self,
        ending: Ending,
        cutoff: Cutoff,
    ) -> Result<Vec<EndedSession>, StoreError> {
        self.write(move |db| sessions::end(db, &ending, cutoff)).await
    }

    async fn ended_sessions(&self, now: Time) -> Result<Vec<EndedSession>, StoreError> {
        self.read(|db| sessions::ended(db, now))
    }

    async fn find_password(&self, user: &UserId) -> Result<Option<PasswordHash>, StoreError> {
        self.read(|db| accounts::find_password(db, user))
    }

    async fn change_password(
        &self,
        change: PasswordChange,
        cutoff: Cutoff,
    ) -> Result<Option<Vec<EndedSession>>, StoreError> {
        self.write(move |db| accounts::change_password(db, &change, cutoff)).await
    }

    async fn update_user(
        &self,
        user: &UserId,
        change: UserChange,
        now: Time,
    ) -> Result<Option<User>, StoreError> {
        let user = user.clone();
        self.write(move |db| users::update(db, &user, &change, now)).await
    }

    async fn delete_user(
        &self,
        user: &UserId,
        redeem: Option<VerificationId>,
        cutoff: Cutoff,
    ) -> Result<Option<Vec<EndedSession>>, StoreError> {
        let user = user.clone();
        self.write(move |db| users::delete(db, &user, redeem.as_ref(), cutoff)).await
    }

    async fn linked_accounts(&self, user: &UserId) -> Result<Vec<LinkedAccount>, StoreError> {
        self.read(|db| accounts::of_user(db, user))
    }

    async fn unlink_account(&self, user: &UserId, id: &str) -> Result<(), UnlinkError> {
        let (user, id) = (user.clone(), id.to_owned());
        let unlink = move |db: &_| accounts::unlink(db, &user, &id);
        self.write::<_, StoreError>(unlink).await?
    }

    async fn find_user(&self, user: &UserId) -> Result<Option<User>, StoreError> {
        self.read(|db| users::find(db, user))
    }

    async fn create_verification(&self, verification: Verification) -> Result<(), StoreError> {
        self.write(move |db| verifications::create(db, &verification)).await
    }

    async fn find_verification(
        &self,
        identifier: &VerificationId,
        now: Time,
    ) -> Result<Option<UserId>, StoreError> {
        self.read(|db| verifications::find(db, identifier, now))
    }

    async fn reset_password(&self, reset: PasswordReset) -> Result<Option<Reset>, StoreError> {
        self.write(move |db| verifications::reset_password(db, &reset)).await
    }

    async fn verify_email(
        &self,
        user: &UserId,
        email: &Email,
        session: Option<Session>,
        now: Time,
    ) -> Result<EmailProven, StoreError> {
        let (user, email) = (user.clone(), email.clone());
        let verify = move |db: &_| users::verify_email(db, &user, &email, session.as_ref(), now);
        self.write(verify).await
    }

    async fn change_email(
        &self,
        user: &UserId,
        from: &Email,
        to: &Email,
        now: Time,
    ) -> Result<Option<User>, ChangeEmailError> {
        let (user, from, to) = (user.clone(), from.clone(), to.clone());
        self.write(move |db| users::change_email(db, &user, &from, &to, now)).await
    }

    async fn signing_keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        self.read(keys::all)
    }

    async fn add_signing_key(
        &self,
        key: StoredKey,
        newest: Option<String>,
    ) -> Result<bool, StoreError> {
        self.write(move |db| keys::add(db, &key, newest.as_deref())).await
    }

    async fn activate_signing_key(&self, succession: Succession) -> Result<bool, StoreError> {
        self.write(move |db| keys::activate(db, &succession)).await
    }

    async fn discard_pending_key(&self, kid: &str) -> Result<bool, StoreError> {
        let kid = kid.to_owned();
        self.write(move |db| keys::discard(db, &kid)).await
    }

    async fn rewrap_signing_keys(&self, rewraps: Vec<Rewrap>) -> Result<Vec<String>, StoreError> {
        self.write(move |db| keys::rewrap(db, &rewraps)).await
    }
}
