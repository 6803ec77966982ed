//! JSON Web Tokens for resource servers (RFC 7519).

use std::sync::Arc;

use quick_cache::sync::Cache;
use serde::Serialize;
use tessera_token::{SignError, SigningKey};

use crate::engine::Engine;
use crate::ids::{SessionId, UserId};
use crate::session::SignedIn;
use crate::settings::TokenSettings;
use crate::time::Time;
use crate::user::User;

/// The claims, in Better Auth's order, then those that only Tessera adds.
#[derive(Serialize)]
struct Claims<'a> {
    iat: u64,
    #[serde(flatten)]
    user: &'a User,
    sub: &'a UserId,
    exp: u64,
    iss: &'a str,
    aud: &'a str,
    user_id: &'a UserId,
    sid: &'a SessionId,
}

/// No token could be made; the session is as good as before.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The claims have no JSON form.
    #[error("the claims could not be written")]
    Claims(#[from] serde_json::Error),
    /// The key did not sign.
    #[error("the token could not be signed")]
    Sign(#[from] SignError),
}

/// Tokens signed with a private key that are still worth handing out.
///
/// Clients ask for their session far more often than they need another token, and such a signature
/// costs more than everything else in the request. So the token is handed out again while more than
/// half of its life is left, its owner's account is unchanged and the same key signs. An HMAC costs
/// next to nothing and is made anew each time.
pub(crate) struct MintedTokens(Cache<SessionId, Minted>);

#[derive(Clone)]
struct Minted {
    token: Arc<str>,
    kid: Option<String>,
    expires_at: u64,
    user_updated_at: Time,
}

impl MintedTokens {
    /// About 10 MB when full.
    const CAPACITY: usize = 10_000;

    pub(crate) fn new() -> Self {
        Self(Cache::new(Self::CAPACITY))
    }
}

impl Engine {
    /// A token for the session's owner, bound to the session by `sid`. It does not outlive it.
    pub fn token(&self, signed_in: &SignedIn) -> Result<Arc<str>, TokenError> {
        let SignedIn { session, user } = signed_in;
        let settings = &self.settings.tokens;
        let iat = self.now().as_unix_seconds();
        let lifetime = settings.expires_in.as_secs();
        let expires_at = (iat + lifetime).min(session.expires_at.as_unix_seconds());

        let keys = self.keys();
        let key = keys.signing();
        let mint = || mint(key, settings, signed_in, iat, expires_at);
        if key.algorithm().is_symmetric() {
            return Ok(mint()?.into());
        }
        if let Some(minted) = self.minted.0.get(&session.id)
            && minted.kid.as_deref() == key.kid()
            && minted.user_updated_at == user.updated_at
            && minted.expires_at > iat + lifetime / 2
        {
            return Ok(minted.token);
        }
        let token: Arc<str> = mint()?.into();
        let minted = Minted {
            token: Arc::clone(&token),
            kid: key.kid().map(str::to_owned),
            expires_at,
            user_updated_at: user.updated_at,
        };
        self.minted.0.insert(session.id.clone(), minted);
        Ok(token)
    }
}

fn mint(
    key: &SigningKey,
    settings: &TokenSettings,
    SignedIn { session, user }: &SignedIn,
    iat: u64,
    exp: u64,
) -> Result<String, TokenError> {
    let claims = Claims {
        iat,
        user,
        sub: &user.id,
        exp,
        iss: &settings.issuer,
        aud: &settings.audience,
        user_id: &user.id,
        sid: &session.id,
    };
    Ok(key.sign(&serde_json::to_vec(&claims)?)?)
}
