//! A signed-in device.

use serde::Serialize;

use crate::ids::{SessionId, SessionToken, UserId};
use crate::time::Time;
use crate::user::User;

/// A row of `session`, serialised with Better Auth's member names in its order.
///
/// The serialised form holds the token, so it goes to the session's owner and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// From then on the session is over.
    pub expires_at: Time,
    /// Opens the session.
    pub token: SessionToken,
    /// When the person signed in; freshness counts from here.
    pub created_at: Time,
    /// When the session was last renewed.
    pub updated_at: Time,
    /// Client address at sign-in, empty when unknown.
    pub ip_address: String,
    /// Client software at sign-in, empty when unknown.
    pub user_agent: String,
    /// Whose session it is.
    pub user_id: UserId,
    /// Names the session without opening it; `sid` in its tokens.
    pub id: SessionId,
}

/// A session together with the account it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub user: User,
}

/// A session that is over, while a token of it could still be alive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedSession {
    /// `sid` of the tokens to refuse.
    pub id: SessionId,
    /// Whose it was.
    pub user_id: UserId,
    /// From then on none of its tokens can be alive.
    pub until: Time,
}

/// Which sessions are to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The one that the token opens.
    One(SessionToken),
    /// The one that the token opens, if it belongs to this person.
    OneOf(UserId, SessionToken),
    /// All of a person's.
    AllOf(UserId),
    /// All of a person's but the one that the token opens.
    OthersOf(UserId, SessionToken),
}
