//! Which tokens a resource server accepts.

use std::sync::Arc;

use tessera_token::{Algorithm, DEFAULT_MAX_TOKEN_BYTES, KeyError, KeySet, VerifyingKey};

use crate::claims::{Claims, Text};
use crate::keys::KeySource;
use crate::refusal::{Excerpt, Reason, Refusal};
use crate::revocations::Revocations;
use crate::user_id::UserId;

/// Seconds by which clocks may differ where nothing else is said. Servers keep their clocks within
/// a second of each other; many libraries allow a minute, which keeps expired tokens alive.
pub const DEFAULT_LEEWAY: u64 = 5;

/// The most seconds by which clocks may be said to differ.
pub const MAX_LEEWAY: u64 = 300;

/// The policy of a resource server. It cannot be made without issuer, audience and keys.
///
/// Every accepted token has `sub`, `iss`, `aud`, `iat` and `exp`, each of its one type.
#[derive(Debug)]
pub struct Verifier {
    issuer: Arc<str>,
    audiences: Vec<Arc<str>>,
    keys: KeySource,
    leeway: u64,
    max_token_bytes: usize,
    required: Vec<String>,
    revocations: Option<Revocations>,
}

impl Verifier {
    /// Starts a policy.
    pub fn builder() -> VerifierBuilder {
        VerifierBuilder::default()
    }

    /// Accepts or refuses a compact token at `now`, in Unix seconds.
    ///
    /// The checks, in order: form, algorithm, key and signature; JSON and types of the claims;
    /// `sub`, required claims, `iss`, `aud`, `user_id`, `sid`; `exp`, `nbf` and `iat`; whether the
    /// session has ended. So whoever is told that a token has expired had a token that was good.
    ///
    /// # Errors
    ///
    /// [`Refusal`], which also says whether the token is bad or nothing can be said.
    pub fn verify(&self, token: &str, now: u64) -> Result<Claims, Refusal> {
        let keys = self.keys.current();
        let verified = tessera_token::verify(token, &keys, self.max_token_bytes)
            .map_err(|error| Refusal::new(error, None))?;
        let payload = String::from_utf8(verified.payload)
            .map_err(|_| Refusal::new(Reason::MalformedClaims, None))?;

        // A bit for each required claim that has not been seen; build() allows at most 64.
        let mut unseen = (0..self.required.len()).fold(0_u64, |bits, i| bits | 1 << i);
        let claims = tessera_token::Claims::parse(payload.as_bytes(), |name| {
            if let Some(i) = self.required.iter().position(|required| required == name) {
                unseen &= !(1 << i);
            }
        })
        .map_err(|error| Refusal::new(error, None))?;

        let subject = claims.subject.as_deref().ok_or_else(|| missing("sub", None))?;
        let user_id: UserId = subject
            .parse()
            .map_err(|_| Refusal::new(Reason::InvalidClaim { claim: "sub" }, None))?;
        let refuse = |reason: Reason| Refusal::new(reason, Some(&user_id));

        let issued_at = claims.issued_at.ok_or_else(|| missing("iat", Some(&user_id)))?;
        if unseen != 0 {
            let first = self.required.get(unseen.trailing_zeros() as usize);
            return Err(missing(first.map_or("", String::as_str), Some(&user_id)));
        }
        self.check_issuer(claims.issuer.as_deref()).map_err(refuse)?;
        let audience = self.check_audience(claims.audience.as_ref()).map_err(refuse)?;
        if claims.user_id.as_deref().is_some_and(|id| id != subject) {
            return Err(refuse(Reason::InvalidClaim { claim: "user_id" }));
        }
        if claims.session_id.as_deref().is_some_and(str::is_empty) {
            return Err(refuse(Reason::InvalidClaim { claim: "sid" }));
        }
        claims.check_times(now, self.leeway).map_err(|error| refuse(error.into()))?;
        if let Some(revocations) = &self.revocations {
            revocations.purge_if_due(now);
            if claims.session_id.as_deref().is_some_and(|sid| revocations.is_ended(sid)) {
                return Err(refuse(Reason::Revoked));
            }
        }

        let text = |text| Text::new(text, payload.as_bytes());
        Ok(Claims {
            email: claims.email.map(text),
            session_id: claims.session_id.map(text),
            issuer: Arc::clone(&self.issuer),
            audience: Arc::clone(audience),
            issued_at,
            expires_at: claims.expires_at,
            user_id,
            payload,
        })
    }

    fn check_issuer(&self, received: Option<&str>) -> Result<(), Reason> {
        match received {
            Some(issuer) if *issuer == *self.issuer => Ok(()),
            Some(issuer) => Err(Reason::WrongIssuer {
                expected: Excerpt::of(&self.issuer),
                received: Excerpt::of(issuer),
            }),
            None => Err(Reason::MissingClaim { claim: "iss".to_owned() }),
        }
    }

    fn check_audience(
        &self,
        received: Option<&tessera_token::Audience<'_>>,
    ) -> Result<&Arc<str>, Reason> {
        let Some(received) = received.map(tessera_token::Audience::as_slice) else {
            return Err(Reason::MissingClaim { claim: "aud".to_owned() });
        };
        let names = |ours: &&Arc<str>| received.iter().any(|theirs| **theirs == ***ours);
        self.audiences.iter().find(names).ok_or_else(|| Reason::WrongAudience {
            expected: Excerpt::of(self.audiences.first().map_or("", |first| first)),
            received: Excerpt::of(received.first().map_or("", |first| first)),
        })
    }
}

fn missing(claim: &str, subject: Option<&UserId>) -> Refusal {
    Refusal::new(Reason::MissingClaim { claim: claim.to_owned() }, subject)
}

/// Why a policy cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// No issuer, or an empty one.
    #[error("a verifier needs an issuer: set `issuer`")]
    NoIssuer,
    /// No audience, or an empty one.
    #[error("a verifier needs an audience: set `audience`")]
    NoAudience,
    /// No key.
    #[error("a verifier needs keys: set `shared_secret` or `keys`")]
    NoKeys,
    /// A shared secret is no key.
    #[error("the shared secret cannot be used: {0}")]
    Secret(#[from] KeyError),
    /// Shared secrets beside keys that are replaced from outside.
    #[error("shared secrets cannot stand beside live keys: put them into the live key set")]
    SecretsBesideLiveKeys,
    /// The leeway is longer than [`MAX_LEEWAY`].
    #[error("the leeway is longer than 300 seconds")]
    LeewayTooLong,
    /// More than 64 claims are required.
    #[error("more than 64 claims are required")]
    TooManyRequired,
}

/// What a [`Verifier`] is made of.
#[derive(Debug, Default)]
pub struct VerifierBuilder {
    issuer: String,
    audiences: Vec<String>,
    secrets: Vec<Result<VerifyingKey, KeyError>>,
    keys: Option<KeySource>,
    leeway: Option<u64>,
    max_token_bytes: Option<usize>,
    required: Vec<String>,
    revocations: Option<Revocations>,
}

impl VerifierBuilder {
    /// `iss` of every accepted token, compared byte for byte.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// An audience that `aud` of an accepted token names. Called again, either will do.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// A secret of at least 32 bytes that signs with HS256. Called again, either will do: that is
    /// how a secret is changed without signing anybody out.
    #[must_use]
    pub fn shared_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.secrets.push(VerifyingKey::hmac(Algorithm::HS256, secret.as_ref()));
        self
    }

    /// The keys: a [`KeySet`], or [`LiveKeys`](crate::LiveKeys).
    #[must_use]
    pub fn keys(mut self, keys: impl Into<KeySource>) -> Self {
        self.keys = Some(keys.into());
        self
    }

    /// Seconds by which clocks may differ: [`DEFAULT_LEEWAY`] if not set, at most [`MAX_LEEWAY`].
    #[must_use]
    pub const fn leeway(mut self, seconds: u64) -> Self {
        self.leeway = Some(seconds);
        self
    }

    /// The longest token, in bytes: 16 KiB if not set.
    #[must_use]
    pub const fn max_token_bytes(mut self, bytes: usize) -> Self {
        self.max_token_bytes = Some(bytes);
        self
    }

    /// A claim that every accepted token has, beside those that it has anyway. A token without
    /// `sid` cannot be revoked, so with [`revocations`](Self::revocations) require `sid`.
    #[must_use]
    pub fn require(mut self, claim: impl Into<String>) -> Self {
        let claim = claim.into();
        if !self.required.contains(&claim) {
            self.required.push(claim);
        }
        self
    }

    /// The sessions whose tokens are refused although they have not expired.
    #[must_use]
    pub fn revocations(mut self, revocations: Revocations) -> Self {
        self.revocations = Some(revocations);
        self
    }

    /// Makes the verifier.
    ///
    /// # Errors
    ///
    /// [`PolicyError`], which names what is missing or wrong.
    pub fn build(self) -> Result<Verifier, PolicyError> {
        if self.issuer.is_empty() {
            return Err(PolicyError::NoIssuer);
        }
        if self.audiences.is_empty() || self.audiences.iter().any(String::is_empty) {
            return Err(PolicyError::NoAudience);
        }
        let leeway = self.leeway.unwrap_or(DEFAULT_LEEWAY);
        if leeway > MAX_LEEWAY {
            return Err(PolicyError::LeewayTooLong);
        }
        if self.required.len() > 64 {
            return Err(PolicyError::TooManyRequired);
        }
        let secrets = self.secrets.into_iter().collect::<Result<Vec<_>, _>>()?;
        let keys = match self.keys {
            Some(KeySource::Live(_)) if !secrets.is_empty() => {
                return Err(PolicyError::SecretsBesideLiveKeys);
            }
            Some(live @ KeySource::Live(_)) => live,
            Some(KeySource::Static(keys)) => {
                KeySet::new(keys.keys().iter().cloned().chain(secrets)).into()
            }
            None => KeySet::new(secrets).into(),
        };
        if matches!(&keys, KeySource::Static(keys) if keys.is_empty()) {
            return Err(PolicyError::NoKeys);
        }
        Ok(Verifier {
            issuer: self.issuer.into(),
            audiences: self.audiences.into_iter().map(Into::into).collect(),
            keys,
            leeway,
            max_token_bytes: self.max_token_bytes.unwrap_or(DEFAULT_MAX_TOKEN_BYTES),
            required: self.required,
            revocations: self.revocations,
        })
    }
}
