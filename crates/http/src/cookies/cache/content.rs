//! What a copy of a session says, whatever its form.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use tessera_engine::{Email, Session, SessionId, SessionToken, SignedIn, Time, User, UserId};

/// Better Auth's version of sessions, which an application there may set to discard all copies.
const VERSION: &str = "1";

/// What a copy is written with, members in Better Auth's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Written<'a> {
    session: &'a Session,
    user: &'a User,
    updated_at: i64,
    version: &'static str,
}

impl<'a> Written<'a> {
    pub(super) fn new(SignedIn { session, user }: &'a SignedIn, now: Time) -> Self {
        Self { session, user, updated_at: now.as_millis(), version: VERSION }
    }
}

/// What a copy says.
pub(super) struct Content {
    pub(super) signed_in: SignedIn,
    pub(super) written_at: Time,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    session: CachedSession,
    user: CachedUser,
    updated_at: i64,
    version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CachedSession {
    #[serde(deserialize_with = "time")]
    expires_at: Time,
    token: String,
    #[serde(deserialize_with = "time")]
    created_at: Time,
    #[serde(deserialize_with = "time")]
    updated_at: Time,
    ip_address: Option<String>,
    user_agent: Option<String>,
    user_id: String,
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CachedUser {
    name: String,
    email: String,
    email_verified: bool,
    image: Option<String>,
    #[serde(deserialize_with = "time")]
    created_at: Time,
    #[serde(deserialize_with = "time")]
    updated_at: Time,
    id: String,
}

impl Content {
    /// Reads JSON that one of our secrets vouches for. `None` for a session of another version, and
    /// for what is no session.
    pub(super) fn parse(json: &[u8]) -> Option<Self> {
        let members: Members = serde_json::from_slice(json).ok()?;
        // JavaScript takes an empty version for none.
        if members.version.is_some_and(|version| !["", VERSION].contains(&version.as_str())) {
            return None;
        }
        let (session, user) = (members.session, members.user);
        let session = Session {
            expires_at: session.expires_at,
            token: SessionToken::presented(session.token),
            created_at: session.created_at,
            updated_at: session.updated_at,
            ip_address: session.ip_address.unwrap_or_default(),
            user_agent: session.user_agent.unwrap_or_default(),
            user_id: UserId::from_stored(session.user_id),
            id: SessionId::from_stored(session.id),
        };
        let user = User {
            name: user.name,
            email: Email::from_stored(user.email),
            email_verified: user.email_verified,
            image: user.image,
            created_at: user.created_at,
            updated_at: user.updated_at,
            id: UserId::from_stored(user.id),
        };
        if session.user_id != user.id {
            return None;
        }
        let written_at = Time::from_millis(members.updated_at);
        Some(Self { signed_in: SignedIn { session, user }, written_at })
    }
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    Time::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}
