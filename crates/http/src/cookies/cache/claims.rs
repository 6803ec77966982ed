//! A copy of a session as the claims of a token, for the forms that are one.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tessera_engine::{SignedIn, Time};

use super::Opened;
use super::content::{Content, Written};

/// How long a token answers that the browser forgets when it closes.
const UNREMEMBERED: Duration = Duration::from_secs(5 * 60);

#[derive(Serialize)]
struct Claims<'a> {
    #[serde(flatten)]
    content: Written<'a>,
    iat: u64,
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
}

/// When a token is over, in seconds.
#[derive(Deserialize)]
struct Expiry {
    exp: i64,
}

/// The payload of a token, with a `jti` if need be.
pub(super) fn write(
    signed_in: &SignedIn,
    now: Time,
    kept: Option<Duration>,
    jti: Option<String>,
) -> Result<Vec<u8>, serde_json::Error> {
    let iat = now.as_unix_seconds();
    let exp = iat + kept.unwrap_or(UNREMEMBERED).as_secs();
    serde_json::to_vec(&Claims { content: Written::new(signed_in, now), iat, exp, jti })
}

/// What the payload of a token of ours says.
pub(super) fn read(payload: &[u8]) -> Option<Opened> {
    let Expiry { exp } = serde_json::from_slice(payload).ok()?;
    let expires_at = Time::from_millis(exp.saturating_mul(1000));
    Some(Opened { content: Content::parse(payload)?, expires_at })
}
