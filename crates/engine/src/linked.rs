//! The accounts that a person signs in with: the password, and those at identity providers.

use std::sync::Arc;

use serde::Serialize;

use crate::audit;
use crate::engine::{Engine, to_the_end};
use crate::ids::UserId;
use crate::store::StoreError;
use crate::time::Time;

/// The provider of the account that holds a password, in Better Auth's rows.
pub const PASSWORD_PROVIDER: &str = "credential";

/// A row of `account` without its secrets, serialised with Better Auth's member names in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkedAccount {
    /// Who the person is to the provider; the user's own id where the provider is the password.
    pub account_id: String,
    /// `credential` for the password.
    pub provider_id: String,
    /// Whose it is.
    pub user_id: UserId,
    /// When it was linked.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Names the row.
    pub id: String,
    /// What the provider allows.
    pub scopes: Vec<String>,
}

impl LinkedAccount {
    /// Whether it is the password.
    pub(crate) fn is_password(&self) -> bool {
        self.provider_id == PASSWORD_PROVIDER
    }

    /// The scopes of a stored, comma-separated list.
    pub fn scopes_from_stored(list: &str) -> Vec<String> {
        let scopes = list.split(',').map(str::trim).filter(|scope| !scope.is_empty());
        scopes.map(str::to_owned).collect()
    }
}

/// Why an account stays linked.
#[derive(Debug, thiserror::Error)]
pub enum UnlinkError {
    /// It is the only one: its owner could not sign in any more.
    #[error("the last account cannot be unlinked")]
    LastAccount,
    /// The person has no such account.
    #[error("there is no such account")]
    NotFound,
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// The accounts that a person signs in with, the oldest first.
    pub async fn linked_accounts(&self, user: &UserId) -> Result<Vec<LinkedAccount>, StoreError> {
        self.store.linked_accounts(user).await
    }

    /// Unlinks one of a person's accounts, but never the last: of two unlinked at the same time, one
    /// stays.
    pub async fn unlink_account(&self, user: &UserId, id: &str) -> Result<(), UnlinkError> {
        let (store, user, id) = (Arc::clone(&self.store), user.clone(), id.to_owned());
        to_the_end(async move {
            store.unlink_account(&user, &id).await?;
            audit::account_unlinked(&user, &id);
            Ok(())
        })
        .await
    }
}
