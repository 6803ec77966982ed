#![doc = include_str!("../README.md")]

mod accounts;
mod failure;
mod keys;
mod rows;
mod schema;
mod sessions;

use async_trait::async_trait;
use tessera_db::Sqlite;
use tessera_engine::store::{
    CreateAccountError, Credential, Cutoff, NewAccount, Store, StoreError,
};
use tessera_engine::{
    Email, EndedSession, Ending, Session, SessionToken, SignedIn, StoredKey, Time, UserId,
};

use crate::failure::{create_account_error, store_error};
pub use crate::schema::MIGRATIONS;

/// The engine's rows in an SQLite database on which [`MIGRATIONS`] have run.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    db: Sqlite,
}

impl SqliteStore {
    /// A store on this database.
    pub fn new(db: Sqlite) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn create_account(&self, account: NewAccount) -> Result<(), CreateAccountError> {
        let written = self.db.write(move |db| accounts::create(db, &account)).await;
        written.map_err(create_account_error)
    }

    async fn find_credential(&self, email: &Email) -> Result<Option<Credential>, StoreError> {
        self.db.read(|db| accounts::find_credential(db, email)).map_err(store_error)
    }

    async fn create_session(&self, session: Session) -> Result<(), StoreError> {
        self.db.write(move |db| sessions::create(db, &session)).await.map_err(store_error)
    }

    async fn find_session(&self, token: &SessionToken) -> Result<Option<SignedIn>, StoreError> {
        self.db.read(|db| sessions::find(db, token)).map_err(store_error)
    }

    async fn sessions_of(&self, user: &UserId, now: Time) -> Result<Vec<Session>, StoreError> {
        self.db.read(|db| sessions::of_user(db, user, now)).map_err(store_error)
    }

    async fn renew_session(
        &self,
        token: &SessionToken,
        expires_at: Time,
        updated_at: Time,
    ) -> Result<bool, StoreError> {
        let token = token.clone();
        let renew = move |db: &_| sessions::renew(db, &token, expires_at, updated_at);
        self.db.write(renew).await.map_err(store_error)
    }

    async fn end_sessions(
        &self,
        ending: Ending,
        cutoff: Cutoff,
    ) -> Result<Vec<EndedSession>, StoreError> {
        self.db.write(move |db| sessions::end(db, &ending, cutoff)).await.map_err(store_error)
    }

    async fn ended_sessions(&self, now: Time) -> Result<Vec<EndedSession>, StoreError> {
        self.db.read(|db| sessions::ended(db, now)).map_err(store_error)
    }

    async fn signing_keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        self.db.read(keys::all).map_err(store_error)
    }

    async fn add_signing_key(&self, key: StoredKey) -> Result<(), StoreError> {
        self.db.write(move |db| keys::add(db, &key)).await.map_err(store_error)
    }
}
