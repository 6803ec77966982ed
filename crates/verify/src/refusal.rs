//! Why a token is not accepted.

use std::fmt;

use tessera_token::{Algorithm, ClaimsError, Malformed, VerifyError};

use crate::user_id::UserId;

/// A token that was not accepted.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    reason: Reason,
    subject: Option<UserId>,
}

impl Refusal {
    pub(crate) fn new(reason: impl Into<Reason>, subject: Option<&UserId>) -> Self {
        Self { reason: reason.into(), subject: subject.cloned() }
    }

    /// Why.
    pub const fn reason(&self) -> &Reason {
        &self.reason
    }

    /// Whose token it was, where the signature was good and the claims could be read.
    pub const fn subject(&self) -> Option<&UserId> {
        self.subject.as_ref()
    }

    /// The reason's stable name, for logs and tests.
    pub const fn code(&self) -> &'static str {
        self.reason.code()
    }
}

/// Why a token was not accepted. All but [`KeysUnavailable`](Self::KeysUnavailable) say that the
/// token is bad; that one says that nothing can be said now.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// Not a token that any key could verify.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// No key is for the algorithm that the header names.
    #[error("no key is for the token's algorithm, {algorithm}")]
    AlgorithmNotAccepted {
        /// The algorithm in the header.
        algorithm: Algorithm,
    },
    /// No key has the token's `kid`, or more than four public keys could be meant.
    #[error("the token's kid names no key, or leaves more than four")]
    UnknownKey,
    /// The signature is not that of the key.
    #[error("the signature does not verify")]
    BadSignature,
    /// The payload is not strict JSON.
    #[error("the claims are not strict JSON")]
    MalformedClaims,
    /// A claim is not of the type that it has to be.
    #[error("`{claim}` is not {expected}")]
    WrongClaimType {
        /// The claim's name.
        claim: &'static str,
        /// The type it has to be, in words.
        expected: &'static str,
    },
    /// A required claim is not there.
    #[error("`{claim}` is missing")]
    MissingClaim {
        /// The claim's name.
        claim: String,
    },
    /// `sub` is not a user id, or `user_id` is not `sub`, or `sid` is empty.
    #[error("`{claim}` is not acceptable")]
    InvalidClaim {
        /// The claim's name.
        claim: &'static str,
    },
    /// `iss` is not the expected issuer.
    #[error("`iss` should be {expected}, but is {received}{}", slash_hint(.expected, .received))]
    WrongIssuer {
        /// The expected issuer.
        expected: Excerpt,
        /// The token's.
        received: Excerpt,
    },
    /// `aud` names no expected audience.
    #[error("`aud` should be {expected}, but is {received}{}", slash_hint(.expected, .received))]
    WrongAudience {
        /// The expected audience; of several, the first.
        expected: Excerpt,
        /// The token's; of several, the first.
        received: Excerpt,
    },
    /// `exp` has passed.
    #[error("the token expired at {expires_at}; it is now {now} (Unix seconds)")]
    Expired {
        /// `exp`.
        expires_at: u64,
        /// The time of the check.
        now: u64,
    },
    /// `nbf` or `iat` lies ahead.
    #[error("`{claim}` is {at}; it is now {now} (Unix seconds)")]
    NotYetValid {
        /// `nbf` or `iat`.
        claim: &'static str,
        /// Its value.
        at: u64,
        /// The time of the check.
        now: u64,
    },
    /// The token's session has ended.
    #[error("the token's session has ended")]
    Revoked,
    /// There are no keys yet, or no longer.
    #[error("there are no keys to verify with")]
    KeysUnavailable,
}

impl Reason {
    pub(crate) fn missing(claim: &str) -> Self {
        Self::MissingClaim { claim: claim.to_owned() }
    }

    /// A stable name, for logs and tests.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::AlgorithmNotAccepted { .. } => "algorithm_not_accepted",
            Self::UnknownKey => "unknown_key",
            Self::BadSignature => "bad_signature",
            Self::MalformedClaims => "malformed_claims",
            Self::WrongClaimType { .. } => "wrong_claim_type",
            Self::MissingClaim { .. } => "missing_claim",
            Self::InvalidClaim { .. } => "invalid_claim",
            Self::WrongIssuer { .. } => "wrong_issuer",
            Self::WrongAudience { .. } => "wrong_audience",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::Revoked => "revoked",
            Self::KeysUnavailable => "keys_unavailable",
        }
    }
}

impl From<VerifyError> for Reason {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Malformed(malformed) => Self::Malformed(malformed),
            VerifyError::NoKeys => Self::KeysUnavailable,
            VerifyError::AlgorithmNotAccepted { algorithm } => {
                Self::AlgorithmNotAccepted { algorithm }
            }
            VerifyError::UnknownKey | VerifyError::AmbiguousKey => Self::UnknownKey,
            // Whatever else goes wrong in verifying, the signature has not been shown to be good.
            _ => Self::BadSignature,
        }
    }
}

impl From<ClaimsError> for Reason {
    fn from(error: ClaimsError) -> Self {
        match error {
            ClaimsError::WrongType { claim, expected } => Self::WrongClaimType { claim, expected },
            ClaimsError::Missing { claim } => Self::MissingClaim { claim: claim.to_owned() },
            ClaimsError::Expired { expires_at, now } => Self::Expired { expires_at, now },
            ClaimsError::NotYetValid { claim, at, now } => Self::NotYetValid { claim, at, now },
            _ => Self::MalformedClaims,
        }
    }
}

/// At most 100 characters of a text; shown in quotes, with control characters escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt(String);

impl Excerpt {
    const MAX_CHARS: usize = 100;

    pub(crate) fn of(text: &str) -> Self {
        let mut excerpt: String = text.chars().take(Self::MAX_CHARS).collect();
        if excerpt.len() < text.len() {
            excerpt.push('…');
        }
        Self(excerpt)
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_debug())
    }
}

/// The commonest mistake in configuring issuers and audiences, said outright.
fn slash_hint(expected: &Excerpt, received: &Excerpt) -> &'static str {
    let bare = |excerpt: &Excerpt| excerpt.0.trim_end_matches('/').to_owned();
    if expected != received && bare(expected) == bare(received) {
        " (they differ in a trailing slash)"
    } else {
        ""
    }
}
