//! Which tokens a resource server accepts.

use std::borrow::Cow;

use tessera_token::{Algorithm, Audience, DEFAULT_MAX_TOKEN_BYTES, KeyError, KeySet, VerifyingKey};

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
    issuer: String,
    audiences: Vec<String>,
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
        let live;
        let keys = match &self.keys {
            KeySource::Static(keys) => keys,
            KeySource::Live(keys) => {
                live = keys.current();
                &live
            }
        };
        let verified = tessera_token::verify(token, keys, self.max_token_bytes)
            .map_err(|error| Refusal::new(error, None))?;
        let payload = String::from_utf8(verified.payload)
            .map_err(|_| Refusal::new(Reason::MalformedClaims, None))?;

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
        claims.check_times(now, self.leeway).map_err(|error| refuse(error.into()))?;
        if let Some(revocations) = &self.revocations {
            revocations.purge_if_due(now);
            if claims.session_id.as_deref().is_some_and(|sid| revocations.is_ended(sid)) {
                return Err(refuse(Reason::Revoked));
            }
        }

        let text = |text| Text::new(text, &payload);
        Ok(Claims {
            email: claims.email.map(text),
            session_id: claims.session_id.map(text),
            issuer: text(issuer),
            audience: text(audience),
            issued_at,
            expires_at: claims.expires_at,
            user_id,
            payload,
        })
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
                let first = received.as_slice().first().map_or("", |first| first);
                let expected = Excerpt::of(self.audiences.first().map_or("", |first| first));
                Err(Reason::WrongAudience { expected, received: Excerpt::of(first) })
            }
        }
    }
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
            issuer: self.issuer,
            audiences: self.audiences,
            keys,
            leeway,
            max_token_bytes: self.max_token_bytes.unwrap_or(DEFAULT_MAX_TOKEN_BYTES),
            required: self.required,
            revocations: self.revocations,
        })
    }
}
