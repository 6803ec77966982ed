//! People in and out: everybody's rows, carried from one database to another.

use std::fmt;

use async_trait::async_trait;

use crate::email::Email;
use crate::ids::UserId;
use crate::linked::PASSWORD_PROVIDER;
use crate::password::PasswordHash;
use crate::store::StoreError;
use crate::time::Time;
use crate::user::User;

/// Everybody, for whoever operates the server: nothing that answers requests has one.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The first `limit` people after this one, ordered by the bytes of their ids. Each is whole,
    /// and all are of one moment.
    async fn people(&self, after: Option<&UserId>, limit: u32) -> Result<Vec<Person>, StoreError>;

    /// Adds each person who can be added, all in one transaction, and answers for each in order.
    /// Who is there already stays as they are. [`Admit::Try`] changes nothing.
    async fn admit(&self, people: Vec<Person>, admit: Admit) -> Result<Vec<Admission>, StoreError>;
}

/// Somebody, with every way to sign in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Who it is.
    pub user: User,
    /// The rows of `account` that belong to them, ordered by the bytes of their ids.
    pub accounts: Vec<AccountRow>,
}

/// A whole row of `account`, a password or an account at a provider, with its secrets.
#[derive(Clone)]
pub struct AccountRow {
    /// Its own id.
    pub id: String,
    /// [`PASSWORD_PROVIDER`] for a password, else the name of the provider.
    pub provider_id: String,
    /// Who it is there; the user's id where it is a password.
    pub account_id: String,
    /// The password, for [`PASSWORD_PROVIDER`].
    pub password: Option<PasswordHash>,
    /// The provider's access token.
    pub access_token: Option<String>,
    /// The provider's refresh token.
    pub refresh_token: Option<String>,
    /// The provider's ID token.
    pub id_token: Option<String>,
    /// When the access token expires.
    pub access_token_expires_at: Option<Time>,
    /// When the refresh token expires.
    pub refresh_token_expires_at: Option<Time>,
    /// What the provider was asked for.
    pub scope: Option<String>,
    /// When it was linked.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

impl AccountRow {
    /// Provider and account there, which belong to one person; nothing for a password.
    pub fn link(&self) -> Option<(&str, &str)> {
        (self.provider_id != PASSWORD_PROVIDER).then_some((&self.provider_id, &self.account_id))
    }
}

/// Whether people are added, or only looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admit {
    /// They are added.
    Add,
    /// Nothing changes.
    Try,
}

/// What became of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Added, or would be.
    Added,
    /// There already, with this id and this address.
    Present,
    /// Somebody else has the address.
    EmailTaken {
        /// Who has it.
        by: UserId,
    },
    /// Somebody with another address has the id.
    IdTaken {
        /// That address.
        by: Email,
    },
    /// Somebody else has the id of one of the accounts.
    AccountTaken {
        /// The account's id.
        id: String,
    },
    /// Somebody else is linked with one of the accounts at providers: a sign-in there could be
    /// either's.
    LinkTaken {
        /// The provider.
        provider: String,
        /// Who is linked with it.
        by: UserId,
    },
}

/// Hashes and tokens are never shown.
impl fmt::Debug for AccountRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountRow")
            .field("id", &self.id)
            .field("provider_id", &self.provider_id)
            .field("account_id", &self.account_id)
            .finish_non_exhaustive()
    }
}
