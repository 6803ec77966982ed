//! What a policy is made of, and what it cannot lack.

use std::fmt;
use std::path::Path;

use tessera_token::{
    Algorithm, DEFAULT_MAX_TOKEN_BYTES, Jwks, KeyError, KeySet, SkippedKey, VerifyingKey,
};

use crate::cache::TokenCache;
use crate::keys::{KeySource, log_skipped};
use crate::policy::Verifier;
use crate::revocations::Revocations;

/// Seconds by which clocks may differ where nothing else is said. Servers keep their clocks within
/// a second of each other; many libraries allow a minute, which keeps expired tokens alive.
pub const DEFAULT_LEEWAY: u64 = 5;

/// The most seconds by which clocks may be said to differ.
pub const MAX_LEEWAY: u64 = 300;

/// The longest token, in bytes, that may be looked at.
pub const MAX_TOKEN_BYTES: usize = 1024 * 1024;

/// Why a policy cannot be made.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// No issuer, or an empty one.
    #[error("a verifier needs an issuer: set `issuer`")]
    NoIssuer,
    /// No audience, or an empty one.
    #[error("a verifier needs an audience: set `audience`")]
    NoAudience,
    /// No key.
    #[error("a verifier needs keys: set `shared_secret`, `keys`, `jwks` or `jwks_file`")]
    NoKeys,
    /// A shared secret is no key.
    #[error("the shared secret cannot be used: {0}")]
    Secret(#[from] KeyError),
    /// A shared secret is text that ends in a line break, as what is read from a file does.
    #[error("the shared secret ends in a line break: trim what was read from a file")]
    SecretLineBreak,
    /// A published key set is none.
    #[error("the key set cannot be read: {0}")]
    Jwks(KeyError),
    /// A published key set has no key.
    #[error("the key set is empty")]
    EmptyKeySet,
    /// No key of a published set can be used; the first says why.
    #[error("no key of the key set can be used: {0}")]
    NoUsableKey(SkippedKey),
    /// The file of a key set cannot be read.
    #[error("the key set {path} cannot be read: {problem}")]
    JwksFile {
        /// The file.
        path: String,
        /// What the system says.
        problem: String,
    },
    /// Keys beside [`LiveKeys`](crate::LiveKeys) or [`RemoteKeys`](crate::RemoteKeys), which would
    /// never be asked.
    #[error("live and remote keys stand alone: no shared secret and no key set beside them")]
    KeysBesideLiveKeys,
    /// The leeway is longer than [`MAX_LEEWAY`].
    #[error("the leeway is longer than 300 seconds")]
    LeewayTooLong,
    /// The limit of a token's length is over [`MAX_TOKEN_BYTES`].
    #[error("the limit of a token's length is over 1 MiB")]
    TokenLimitTooLarge,
    /// More than 64 claims are required.
    #[error("more than 64 claims are required")]
    TooManyRequired,
}

/// As it is displayed: this is what a `main` that answers with the error prints.
impl fmt::Debug for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a [`Verifier`] is made of.
#[derive(Clone, Debug, Default)]
pub struct VerifierBuilder {
    issuer: String,
    audiences: Vec<String>,
    secrets: Vec<Result<VerifyingKey, PolicyError>>,
    jwks: Vec<Result<Jwks, PolicyError>>,
    keys: Option<KeySource>,
    leeway: Option<u64>,
    max_token_bytes: Option<usize>,
    required: Vec<String>,
    revocations: Option<Revocations>,
    cache: usize,
}

impl VerifierBuilder {
    /// `iss` of every accepted token (RFC 7519 section 4.1.1), compared byte for byte.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// An audience that `aud` of an accepted token names (RFC 7519 section 4.1.3). Called again, either will do.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// A secret of at least 32 bytes that signs with HS256 (RFC 7518 section 3.2): the very bytes, so
    /// the text of a secret is not decoded. Called again, either will do: that is how a secret is
    /// changed without signing anybody out.
    #[must_use]
    pub fn shared_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        let secret = secret.as_ref();
        let is_line = str::from_utf8(secret).is_ok_and(|text| text.ends_with(['\n', '\r']));
        let key = VerifyingKey::hmac(Algorithm::HS256, secret).map_err(PolicyError::Secret);
        self.secrets.push(key.and_then(|key| match is_line {
            true => Err(PolicyError::SecretLineBreak),
            false => Ok(key),
        }));
        self
    }

    /// The keys of a published set (RFC 7517 section 5), as JSON. A key that cannot be used is
    /// logged and left out.
    #[must_use]
    pub fn jwks(mut self, json: &str) -> Self {
        self.jwks.push(Jwks::parse(json.as_bytes()).map_err(PolicyError::Jwks));
        self
    }

    /// The keys of a published set in a file, which is read now and not again.
    #[must_use]
    pub fn jwks_file(mut self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let jwks = std::fs::read(path)
            .map_err(|error| PolicyError::JwksFile {
                path: path.display().to_string(),
                problem: error.to_string(),
            })
            .and_then(|json| Jwks::parse(&json).map_err(PolicyError::Jwks));
        self.jwks.push(jwks);
        self
    }

    /// The keys: a [`KeySet`], [`LiveKeys`](crate::LiveKeys) or [`RemoteKeys`](crate::RemoteKeys).
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

    /// The longest token, in bytes: 16 KiB if not set, at most [`MAX_TOKEN_BYTES`].
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

    /// Remembers so many verified tokens of key pairs, so that a token sent again costs a hash and
    /// not a signature: some twenty times less for RS256, more for the others. Not set, it
    /// remembers none. An entry is of one whole token, and expiry and revocation are asked each
    /// time. It takes as much memory as the token's payload, and some 300 bytes.
    #[must_use]
    pub const fn cache(mut self, entries: usize) -> Self {
        self.cache = entries;
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
        let max_token_bytes = self.max_token_bytes.unwrap_or(DEFAULT_MAX_TOKEN_BYTES);
        if max_token_bytes > MAX_TOKEN_BYTES {
            return Err(PolicyError::TokenLimitTooLarge);
        }
        if self.required.len() > 64 {
            return Err(PolicyError::TooManyRequired);
        }
        let mut keys = self.secrets.into_iter().collect::<Result<Vec<_>, _>>()?;
        for jwks in self.jwks {
            keys.extend(usable_keys(&jwks?)?);
        }
        let keys = match self.keys {
            None => KeySet::new(keys).into(),
            Some(KeySource::Static(given)) => {
                KeySet::new(given.keys().iter().cloned().chain(keys)).into()
            }
            Some(alone) if keys.is_empty() => alone,
            Some(_) => return Err(PolicyError::KeysBesideLiveKeys),
        };
        if matches!(&keys, KeySource::Static(keys) if keys.is_empty()) {
            return Err(PolicyError::NoKeys);
        }
        Ok(Verifier {
            issuer: self.issuer,
            audiences: self.audiences,
            keys,
            leeway,
            max_token_bytes,
            required: self.required,
            revocations: self.revocations,
            cache: (self.cache > 0).then(|| TokenCache::new(self.cache)),
        })
    }
}

fn usable_keys(jwks: &Jwks) -> Result<Vec<VerifyingKey>, PolicyError> {
    let (keys, skipped) = KeySet::from_jwks(jwks);
    log_skipped(&skipped);
    match skipped.into_iter().next() {
        Some(first) if keys.is_empty() => Err(PolicyError::NoUsableKey(first)),
        None if keys.is_empty() => Err(PolicyError::EmptyKeySet),
        _ => Ok(keys.keys().to_vec()),
    }
}
