//! The token of a request.

use crate::answer::Answer;

/// Why a request brings no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoBearer {
    /// There is no `Authorization` header.
    #[error("there is no token")]
    Missing,
    /// There are several `Authorization` headers, or the one is not `Bearer <token>`.
    #[error("there is not exactly one bearer token")]
    Malformed,
}

impl NoBearer {
    /// A stable name, for logs and tests.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing_token",
            Self::Malformed => "malformed_authorization",
        }
    }

    /// What the client is told.
    pub const fn answer(self) -> Answer<'static> {
        match self {
            Self::Missing => Answer::MISSING_TOKEN,
            Self::Malformed => Answer::MALFORMED_AUTHORIZATION,
        }
    }
}

/// The token of `Authorization: Bearer <token>` (RFC 6750 section 2.1), from the values of all headers
/// of that name.
///
/// # Errors
///
/// [`NoBearer`].
pub fn bearer_token<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Result<&'a str, NoBearer> {
    let mut values = values.into_iter();
    let value = values.next().ok_or(NoBearer::Missing)?;
    let is_text = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~');
    if values.next().is_some() || !value.iter().all(is_text) {
        return Err(NoBearer::Malformed);
    }
    let value = str::from_utf8(value).map_err(|_| NoBearer::Malformed)?;
    let (scheme, token) = value.split_once(' ').ok_or(NoBearer::Malformed)?;
    let token = token.trim_start_matches(' ');
    if !scheme.eq_ignore_ascii_case("Bearer") || token.is_empty() {
        return Err(NoBearer::Malformed);
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_header_has_exactly_one_token() {
        let token = |values: &[&'static str]| bearer_token(values.iter().map(|v| v.as_bytes()));
        assert_eq!(token(&["Bearer a.b.c"]), Ok("a.b.c"));
        assert_eq!(token(&["bEARER   a.b.c"]), Ok("a.b.c"));
        assert_eq!(token(&[]), Err(NoBearer::Missing));
        for malformed in
            [&[""][..], &["Bearer"], &["Bearer "], &["Basic a"], &["Bearer\ta"], &["Bearer é"]]
        {
            assert_eq!(token(malformed), Err(NoBearer::Malformed), "{malformed:?}");
        }
        assert_eq!(token(&["Bearer a.b.c", "Bearer a.b.c"]), Err(NoBearer::Malformed));
        assert_eq!(bearer_token([&b"Bearer \xff"[..]]), Err(NoBearer::Malformed));
    }
}
