//! Which tokens a resource server accepts.

use std::borrow::Cow;

use tessera_token::{Audience, KeyHint, KeySet, Times, Verified, VerifyError};

use crate::builder::VerifierBuilder;
use crate::cache::TokenCache;
use crate::claims::{Claims, Text};
use crate::keys::KeySource;
use crate::refusal::{Excerpt, Reason, Refusal};
use crate::remote::FetchError;
use crate::revocations::Revocations;
use crate::user_id::UserId;

/// The policy of a resource server. It cannot be made without issuer, audience and keys.
///
/// Every accepted token has `sub`, `iss`, `aud`, `iat` and `exp`, each of its one type.
#[derive(Debug)]
pub struct Verifier {
    pub(crate) issuer: String,
    pub(crate) audiences: Vec<String>,
    pub(crate) keys: KeySource,
    pub(crate) leeway: u64,
    pub(crate) max_token_bytes: usize,
    pub(crate) required: Vec<String>,
    pub(crate) revocations: Option<Revocations>,
    pub(crate) cache: Option<TokenCache>,
}

impl Verifier {
    /// Starts a policy.
    pub fn builder() -> VerifierBuilder {
        VerifierBuilder::default()
    }

    /// Accepts or refuses a compact token at `now`, in Unix seconds (RFC 7519 section 7.2, with the
    /// advice of RFC 8725).
    ///
    /// The checks, in order: form, algorithm, key and signature; JSON and types of the claims;
    /// `sub`, required claims, `iss`, `aud`, `user_id`, `sid`; `exp`, `nbf` and `iat`; whether the
    /// session has ended. So whoever is told that a token has expired had a token that was good.
    ///
    /// # Errors
    ///
    /// [`Refusal`], which also says whether the token is bad or nothing can be said.
    pub fn verify(&self, token: &str, now: u64) -> Result<Claims, Refusal> {
        let keys = self.keys.at(now);
        // A token that is too long is not worth its digest.
        let cache = self.cache.as_ref().filter(|_| token.len() <= self.max_token_bytes);
        let Some(cache) = cache else {
            return self.claims(self.verified(token, &keys, now)?.payload, now);
        };
        let digest = TokenCache::digest(token);
        if let Some(claims) = cache.get(&digest, &keys) {
            self.check_now(claims.times, claims.session_id(), claims.user_id(), now)
                .inspect_err(|_| cache.remove(&digest))?;
            return Ok(claims);
        }
        let verified = self.verified(token, &keys, now)?;
        let is_symmetric = verified.key.algorithm().is_symmetric();
        let claims = self.claims(verified.payload, now)?;
        // A shared secret verifies as quickly as the cache answers.
        if !is_symmetric {
            cache.insert(digest, claims.clone(), &keys);
        }
        Ok(claims)
    }

    /// Fetches the keys now, in this thread, if they come from [`RemoteKeys`](crate::RemoteKeys).
    ///
    /// # Errors
    ///
    /// [`FetchError`], which names the URL.
    pub fn probe(&self, now: u64) -> Result<(), FetchError> {
        match &self.keys {
            KeySource::Remote(keys) => keys.probe(now).map(|_| ()),
            KeySource::Static(_) | KeySource::Live(_) => Ok(()),
        }
    }

    /// Waits until no keys are being fetched, if they come from [`RemoteKeys`](crate::RemoteKeys);
    /// at once otherwise. Whoever was refused for [`Reason::KeysUnavailable`] may ask again then.
    pub async fn refreshed(&self) {
        if let KeySource::Remote(keys) = &self.keys {
            keys.refreshed().await;
        }
    }

    /// Form, algorithm, key and signature.
    fn verified<'k>(
        &self,
        token: &str,
        keys: &'k KeySet,
        now: u64,
    ) -> Result<Verified<'k>, Refusal> {
        let refused = match tessera_token::verify(token, keys, self.max_token_bytes) {
            Ok(verified) => return Ok(verified),
            Err(error) => error,
        };
        // Such a token may have been signed with a key that is newer than those known here. One whose
        // `kid` nobody has was tried with the keys that have no name.
        let is_newer = matches!(
            refused,
            VerifyError::UnknownKey
                | VerifyError::AlgorithmNotAccepted { .. }
                | VerifyError::AmbiguousKey
                | VerifyError::BadSignature
        ) && KeyHint::of(token, self.max_token_bytes)
            .is_ok_and(|hint| self.keys.may_yet_bring(&hint, now));
        Err(if is_newer {
            Refusal::new(Reason::KeysUnavailable, None)
        } else {
            Refusal::new(refused, None)
        })
    }

    /// Everything that is asked of a payload whose signature is good.
    fn claims(&self, payload: Vec<u8>, now: u64) -> Result<Claims, Refusal> {
        let payload =
            String::from_utf8(payload).map_err(|_| Refusal::new(Reason::MalformedClaims, None))?;

        // A bit for each required claim that has not been seen; build() allows at most 64.
        let mut unseen = (0..self.required.len()).fold(0_u64, |bits, i| bits | 1 << i);
        let mut claims = tessera_token::Claims::parse(&payload, |name| {
            if let Some(i) = self.required.iter().position(|required| required == name) {
                unseen &= !(1 << i);
            }
        })
        .map_err(|error| Refusal::new(error, None))?;

        let subject =
            claims.subject.as_deref().ok_or_else(|| Refusal::new(Reason::missing("sub"), None))?;
        let user_id: UserId = subject
            .parse()
            .map_err(|_| Refusal::new(Reason::InvalidClaim { claim: "sub" }, None))?;
        let refuse = |reason: Reason| Refusal::new(reason, Some(&user_id));

        let issued_at = claims.issued_at.ok_or_else(|| refuse(Reason::missing("iat")))?;
        if unseen != 0 {
            let first = self.required.get(unseen.trailing_zeros() as usize);
            return Err(refuse(Reason::missing(first.map_or("", String::as_str))));
        }
        let issuer = self.check_issuer(claims.issuer.take()).map_err(refuse)?;
        let audience = self.check_audience(claims.audience.take()).map_err(refuse)?;
        if claims.user_id.as_deref().is_some_and(|id| id != subject) {
            return Err(refuse(Reason::InvalidClaim { claim: "user_id" }));
        }
        if claims.session_id.as_deref().is_some_and(str::is_empty) {
            return Err(refuse(Reason::InvalidClaim { claim: "sid" }));
        }
        let times = claims.times();
        self.check_now(times, claims.session_id.as_deref(), &user_id, now)?;

        let text = |text| Text::new(text, &payload);
        Ok(Claims {
            email: claims.email.map(text),
            session_id: claims.session_id.map(text),
            issuer: text(issuer),
            audience: text(audience),
            issued_at,
            times,
            user_id,
            payload,
        })
    }

    /// What can change from one request to the next: the time, and whether the session has ended.
    fn check_now(
        &self,
        times: Times,
        session_id: Option<&str>,
        user_id: &UserId,
        now: u64,
    ) -> Result<(), Refusal> {
        let refuse = |reason| Refusal::new(reason, Some(user_id));
        times.check(now, self.leeway).map_err(|error| refuse(Reason::from(error)))?;
        if let Some(revocations) = &self.revocations {
            revocations.purge_if_due(now);
            if session_id.is_some_and(|sid| revocations.is_ended(sid)) {
                return Err(refuse(Reason::Revoked));
            }
        }
        Ok(())
    }

    /// Hands back `iss` if it is the expected one.
    fn check_issuer<'a>(&self, received: Option<Cow<'a, str>>) -> Result<Cow<'a, str>, Reason> {
        let received = received.ok_or_else(|| Reason::missing("iss"))?;
        if received != self.issuer {
            let (expected, received) = (Excerpt::of(&self.issuer), Excerpt::of(&received));
            return Err(Reason::WrongIssuer { expected, received });
        }
        Ok(received)
    }

    /// Hands back the first of `aud` that is an expected one.
    fn check_audience<'a>(&self, received: Option<Audience<'a>>) -> Result<Cow<'a, str>, Reason> {
        let received = received.ok_or_else(|| Reason::missing("aud"))?;
        let is_ours = |theirs: &&Cow<'_, str>| self.audiences.iter().any(|ours| ours == *theirs);
        match received.as_slice().iter().find(is_ours) {
            Some(audience) => Ok(audience.clone()),
            None => {
                // Two that differ by a slash at the end are the likeliest mistake.
                let bare = |text: &str| text.trim_end_matches('/').to_owned();
                let pairs = self.audiences.iter().flat_map(|ours| {
                    received.as_slice().iter().map(move |theirs| (ours.as_str(), &**theirs))
                });
                let (expected, received) = pairs
                    .clone()
                    .find(|(ours, theirs)| bare(ours) == bare(theirs))
                    .or_else(|| pairs.clone().next())
                    .unwrap_or_else(|| (self.audiences.first().map_or("", |ours| ours), ""));
                let (expected, received) = (Excerpt::of(expected), Excerpt::of(received));
                Err(Reason::WrongAudience { expected, received })
            }
        }
    }
}
