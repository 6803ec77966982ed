//! A person's account.

use serde::Serialize;

use crate::email::Email;
use crate::ids::UserId;
use crate::time::Time;

/// A row of `user`, serialised with Better Auth's member names in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// What the person is called; may be empty.
    pub name: String,
    /// Unique among all accounts.
    pub email: Email,
    /// Whether the person has shown that the address is theirs.
    pub email_verified: bool,
    /// Address of a picture.
    pub image: Option<String>,
    /// When the account was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Never changes.
    pub id: UserId,
}
