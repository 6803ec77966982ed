//! The one parser of compact tokens (RFC 7515 section 7.1). It runs before any cryptography.

use std::borrow::Cow;

use crate::algorithm::Algorithm;
use crate::base64url::{self, Buffer};
use crate::json::{Json, read_object};

/// Longest token, in bytes, that is looked at where no other limit is set. RFC 7519 sets none.
pub const DEFAULT_MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Longest decoded header, in bytes.
pub(crate) const MAX_HEADER_BYTES: usize = 1024;

/// Why a text is not a token that could be verified, whatever the key (RFC 7515 sections 4, 5.2 and
/// 7.1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// Longer than the limit.
    #[error("the token is longer than {limit} bytes")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Not exactly three parts. Five parts are an encrypted token (RFC 7516), which is refused.
    #[error("the token does not have exactly three parts")]
    NotThreeParts,
    /// A part is not canonical base64url without padding.
    #[error("the {part} of the token is not canonical base64url")]
    NotBase64Url {
        /// `header`, `payload` or `signature`.
        part: &'static str,
    },
    /// A part is empty.
    #[error("the {part} of the token is empty")]
    Empty {
        /// `header`, `payload` or `signature`.
        part: &'static str,
    },
    /// The decoded header is longer than 1,024 bytes.
    #[error("the header of the token is too long")]
    HeaderTooLong,
    /// The header is not a JSON object, names a member twice or nests too deeply.
    #[error("the header of the token is not strict JSON")]
    HeaderNotJson,
    /// A header member is missing or not of its type.
    #[error("`{member}` in the header of the token is missing or not of its type")]
    HeaderMember {
        /// The member's name.
        member: &'static str,
    },
    /// A header member that asks for processing which is not done: `crit`, `b64`, `zip`, `enc`, or
    /// a `cty` of `JWT` (a nested token).
    #[error("`{member}` in the header of the token is not supported")]
    HeaderUnsupported {
        /// The member's name.
        member: &'static str,
    },
    /// `alg` names no algorithm known here. `none` is one of these.
    #[error("the algorithm of the token is not supported")]
    UnknownAlgorithm,
}

/// What a header says about the key. Nothing else in it is ever used: not `jwk`, `jku`, `x5u`, `x5c`.
#[derive(Debug, PartialEq)]
pub(crate) struct Header<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: Option<Cow<'a, str>>,
}

/// A token taken apart, its header and payload not yet decoded.
#[derive(Debug)]
pub(crate) struct Compact<'a> {
    /// What is signed: header, dot, payload.
    pub(crate) signed: &'a str,
    pub(crate) header: &'a str,
    pub(crate) payload: &'a str,
    pub(crate) signature: &'a str,
}

impl<'a> Compact<'a> {
    pub(crate) fn split(token: &'a str, max_bytes: usize) -> Result<Self, Malformed> {
        if token.len() > max_bytes {
            return Err(Malformed::TooLong { limit: max_bytes });
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Malformed::NotThreeParts)?;
        let (header, payload) = signed.split_once('.').ok_or(Malformed::NotThreeParts)?;
        // Looking at all of it, without a way out, is several times quicker than a search.
        if payload.bytes().fold(false, |found, byte| found | (byte == b'.')) {
            return Err(Malformed::NotThreeParts);
        }
        for (part, text) in [("header", header), ("payload", payload), ("signature", signature)] {
            if text.is_empty() {
                return Err(Malformed::Empty { part });
            }
        }
        if !header_fits(header) {
            return Err(Malformed::HeaderTooLong);
        }
        Ok(Self { signed, header, payload, signature })
    }

    pub(crate) fn decode_payload(&self) -> Result<Vec<u8>, Malformed> {
        base64url::decode(self.payload).map_err(|_| Malformed::NotBase64Url { part: "payload" })
    }
}

impl<'b> Header<'b> {
    pub(crate) fn parse(
        segment: &str,
        buffer: &'b mut Buffer<MAX_HEADER_BYTES>,
    ) -> Result<Self, Malformed> {
        let json = base64url::decode_into(segment, buffer)
            .map_err(|_| Malformed::NotBase64Url { part: "header" })?;

        let mut alg = None;
        let mut kid = Ok(None);
        let mut refused = None;
        let json = str::from_utf8(json).map_err(|_| Malformed::HeaderNotJson)?;
        read_object(json, |name, value| match (name, value) {
            ("alg", Json::Text(text)) => alg = Some(text),
            ("kid", Json::Text(text)) => kid = Ok(Some(text)),
            ("kid", _) => kid = Err(Malformed::HeaderMember { member: "kid" }),
            ("crit", _) => refused = Some("crit"),
            ("b64", _) => refused = Some("b64"),
            ("zip", _) => refused = Some("zip"),
            ("enc", _) => refused = Some("enc"),
            ("cty", Json::Text(text)) if !is_nested(&text) => {}
            ("cty", _) => refused = Some("cty"),
            _ => {}
        })
        .map_err(|_| Malformed::HeaderNotJson)?;

        if let Some(member) = refused {
            return Err(Malformed::HeaderUnsupported { member });
        }
        let alg = alg.ok_or(Malformed::HeaderMember { member: "alg" })?;
        let algorithm = alg.parse().map_err(|_| Malformed::UnknownAlgorithm)?;
        Ok(Self { algorithm, kid: kid? })
    }
}

/// Whether an encoded header is one that is read. Keys do not sign with any other.
pub(crate) const fn header_fits(segment: &str) -> bool {
    // Four characters for three bytes.
    segment.len() * 3 / 4 <= MAX_HEADER_BYTES
}

/// Whether a content type says that the payload is itself a token (RFC 7519 section 5.2), whatever
/// parameters it has.
fn is_nested(cty: &str) -> bool {
    let cty = cty.split(';').next().unwrap_or_default().trim();
    cty.eq_ignore_ascii_case("JWT") || cty.eq_ignore_ascii_case("application/jwt")
}
