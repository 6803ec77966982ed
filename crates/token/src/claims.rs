//! The claims of a JSON Web Token (RFC 7519 section 4), each in exactly one JSON type.

use std::borrow::Cow;

use crate::json::{Json, JsonError, read_object, texts};

/// The claims that this product gives a meaning (RFC 7519 section 4.1), borrowed from the payload
/// where they have no escapes. Other members are checked for strict JSON and then left alone.
///
/// ```
/// use tessera_token::{Claims, ClaimsError};
///
/// let claims = Claims::parse(r#"{"sub":"ada","exp":1800000900}"#, |_| ())?;
/// assert_eq!(claims.subject.as_deref(), Some("ada"));
/// assert!(claims.times().check(1_800_000_899, 0).is_ok());
/// let late = claims.times().check(1_800_000_900, 0);
/// assert!(matches!(late, Err(ClaimsError::Expired { expires_at: 1_800_000_900, .. })));
///
/// let text = Claims::parse(r#"{"exp":"1800000900"}"#, |_| ());
/// assert!(matches!(text, Err(ClaimsError::WrongType { claim: "exp", .. })));
/// # Ok::<(), ClaimsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims<'a> {
    /// `iss` (RFC 7519 section 4.1.1): who issued the token.
    pub issuer: Option<Cow<'a, str>>,
    /// `sub` (RFC 7519 section 4.1.2): whom it is about.
    pub subject: Option<Cow<'a, str>>,
    /// `aud` (RFC 7519 section 4.1.3): for whom it is meant. A string counts as a list of one.
    pub audience: Option<Audience<'a>>,
    /// `exp` (RFC 7519 section 4.1.4): Unix seconds from which on the token is refused.
    pub expires_at: u64,
    /// `nbf` (RFC 7519 section 4.1.5): Unix seconds before which the token is refused.
    pub not_before: Option<u64>,
    /// `iat` (RFC 7519 section 4.1.6): Unix seconds of its making.
    pub issued_at: Option<u64>,
    /// `sid`: the session that the token belongs to (OpenID Connect Front-Channel Logout 1.0).
    pub session_id: Option<Cow<'a, str>>,
    /// `email` (OpenID Connect Core 1.0 section 5.1).
    pub email: Option<Cow<'a, str>>,
    /// `user_id`: Tessera's second spelling of `sub`.
    pub user_id: Option<Cow<'a, str>>,
}

/// `aud` (RFC 7519 section 4.1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience<'a> {
    /// A string.
    One(Cow<'a, str>),
    /// An array of strings.
    Many(Vec<Cow<'a, str>>),
}

impl<'a> Audience<'a> {
    /// The strings, in their order (RFC 7519 section 4.1.3).
    pub fn as_slice(&self) -> &[Cow<'a, str>] {
        match self {
            Self::One(audience) => std::slice::from_ref(audience),
            Self::Many(audiences) => audiences,
        }
    }
}

/// Why claims are refused (RFC 7519 sections 4.1 and 7.2).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimsError {
    /// The payload is not a JSON object, names a member twice or nests too deeply.
    #[error("the payload of the token is not strict JSON: {0}")]
    NotJson(#[source] JsonError),
    /// A claim is there, but not as the JSON type that it has to be.
    #[error("`{claim}` is not {expected}")]
    WrongType {
        /// The claim's name.
        claim: &'static str,
        /// The type it has to be, in words.
        expected: &'static str,
    },
    /// A claim is not there.
    #[error("`{claim}` is missing")]
    Missing {
        /// The claim's name.
        claim: &'static str,
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
}

impl<'a> Claims<'a> {
    /// Reads claims from the payload of a verified token (RFC 7519 section 7.2).
    ///
    /// Times are JSON integers from 0 on; RFC 7519 would allow fractions, which no issuer needs.
    /// `exp` is required.
    ///
    /// `seen` is told the name of every member, known or not. It is for whoever requires claims
    /// that are not read here, and spares a second reading; others pass `|_| ()`.
    ///
    /// # Errors
    ///
    /// [`ClaimsError::NotJson`], [`WrongType`](ClaimsError::WrongType) and
    /// [`Missing`](ClaimsError::Missing).
    pub fn parse(payload: &'a str, mut seen: impl FnMut(&str)) -> Result<Self, ClaimsError> {
        let mut claims = Self {
            issuer: None,
            subject: None,
            audience: None,
            expires_at: 0,
            not_before: None,
            issued_at: None,
            session_id: None,
            email: None,
            user_id: None,
        };
        let mut expires_at = None;
        let mut wrong = None;
        read_object(payload, |name, value| {
            seen(name);
            let read = match name {
                "iss" => text("iss", value, &mut claims.issuer),
                "sub" => text("sub", value, &mut claims.subject),
                "sid" => text("sid", value, &mut claims.session_id),
                "email" => text("email", value, &mut claims.email),
                "user_id" => text("user_id", value, &mut claims.user_id),
                "exp" => seconds("exp", &value, &mut expires_at),
                "nbf" => seconds("nbf", &value, &mut claims.not_before),
                "iat" => seconds("iat", &value, &mut claims.issued_at),
                "aud" => audience(value, &mut claims.audience),
                _ => Ok(()),
            };
            if let Err(error) = read {
                wrong.get_or_insert(error);
            }
        })
        .map_err(ClaimsError::NotJson)?;
        if let Some(error) = wrong {
            return Err(error);
        }
        claims.expires_at = expires_at.ok_or(ClaimsError::Missing { claim: "exp" })?;
        Ok(claims)
    }

    /// When the token is good (RFC 7519 sections 4.1.4 to 4.1.6).
    pub const fn times(&self) -> Times {
        let Self { expires_at, not_before, issued_at, .. } = *self;
        Times { expires_at, not_before, issued_at }
    }
}

/// `exp`, `nbf` and `iat` (RFC 7519 sections 4.1.4 to 4.1.6), in Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Times {
    /// `exp`: from then on the token is refused.
    pub expires_at: u64,
    /// `nbf`: before then it is refused.
    pub not_before: Option<u64>,
    /// `iat`: when it was made.
    pub issued_at: Option<u64>,
}

impl Times {
    /// Checks them at `now`, in Unix seconds. Clocks may differ by `leeway` seconds: a token is
    /// refused from `exp + leeway` on and before `nbf - leeway` or `iat - leeway`.
    ///
    /// # Errors
    ///
    /// [`ClaimsError::Expired`] and [`ClaimsError::NotYetValid`].
    pub fn check(&self, now: u64, leeway: u64) -> Result<(), ClaimsError> {
        if now >= self.expires_at.saturating_add(leeway) {
            return Err(ClaimsError::Expired { expires_at: self.expires_at, now });
        }
        for (claim, at) in [("nbf", self.not_before), ("iat", self.issued_at)] {
            if let Some(at) = at
                && now.saturating_add(leeway) < at
            {
                return Err(ClaimsError::NotYetValid { claim, at, now });
            }
        }
        Ok(())
    }
}

fn text<'a>(
    claim: &'static str,
    value: Json<'a>,
    into: &mut Option<Cow<'a, str>>,
) -> Result<(), ClaimsError> {
    let Json::Text(text) = value else {
        return Err(ClaimsError::WrongType { claim, expected: "a string" });
    };
    *into = Some(text);
    Ok(())
}

fn seconds(
    claim: &'static str,
    value: &Json<'_>,
    into: &mut Option<u64>,
) -> Result<(), ClaimsError> {
    let Json::Integer(seconds) = *value else {
        return Err(ClaimsError::WrongType { claim, expected: "a whole number of seconds" });
    };
    *into = Some(seconds);
    Ok(())
}

fn audience<'a>(value: Json<'a>, into: &mut Option<Audience<'a>>) -> Result<(), ClaimsError> {
    let audience = match value {
        Json::Text(one) => Some(Audience::One(one)),
        Json::Array(array) => texts(array).map(Audience::Many),
        Json::Integer(_) | Json::Object(_) | Json::Other => None,
    };
    let expected = "a string or an array of strings";
    *into = Some(audience.ok_or(ClaimsError::WrongType { claim: "aud", expected })?);
    Ok(())
}
