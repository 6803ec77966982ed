//! What a client is told that has no acceptable token. Words and numbers, so that every framework
//! answers the same.

use serde_json::Value;

use crate::refusal::Reason;

/// An answer in the terms of RFC 6750 section 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The status of the response.
    pub status: u16,
    /// `code` of the body.
    pub code: &'a str,
    /// `message` of the body.
    pub message: &'a str,
    /// `error` of the challenge, made to fit as its description is. RFC 6750 gives 400 to `invalid_request`; clients here see one
    /// status for "you are not signed in", so it is 401.
    pub error: Option<&'a str>,
}

impl Answer<'static> {
    /// There is no `Authorization` header. The challenge names an error only where a token was sent
    /// (RFC 6750 section 3.1).
    pub const MISSING_TOKEN: Self = Self {
        status: 401,
        code: "MISSING_TOKEN",
        message: "Authentication required",
        error: None,
    };

    /// There are several `Authorization` headers, or the one is not `Bearer <token>`.
    pub const MALFORMED_AUTHORIZATION: Self = Self {
        status: 401,
        code: "MALFORMED_AUTHORIZATION",
        message: "Send exactly one Authorization header: Bearer <token>",
        error: Some("invalid_request"),
    };

    /// What is asked for is not there, or is another user's: the same for both.
    pub const NOT_FOUND: Self =
        Self { status: 404, code: "NOT_FOUND", message: "Not found", error: None };
}

impl Answer<'_> {
    /// `Retry-After` in seconds (RFC 9110 section 10.2.3), where nothing can be said now.
    pub const fn retry_after(&self) -> Option<u32> {
        if self.status == 503 { Some(5) } else { None }
    }

    /// `WWW-Authenticate`, where the status is 401. What stands in `description` is made to fit
    /// `error_description`.
    pub fn challenge(&self, description: &str) -> Option<String> {
        let bare = r#"Bearer realm="api""#;
        match self.error {
            _ if self.status != 401 => None,
            None => Some(bare.to_owned()),
            Some(error) => {
                let [error, description] = [error, description]
                    .map(|text| text.chars().map(in_description).collect::<String>());
                Some(format!(r#"{bare}, error="{error}", error_description="{description}""#))
            }
        }
    }

    /// The body, in JSON.
    pub fn body(&self) -> String {
        let [message, code] = [self.message, self.code].map(Value::from);
        format!(r#"{{"message":{message},"code":{code}}}"#)
    }
}

impl Reason {
    /// What the client is told.
    pub const fn answer(&self) -> Answer<'static> {
        let (code, message) = match self {
            Self::KeysUnavailable => {
                return Answer {
                    status: 503,
                    code: "KEYS_UNAVAILABLE",
                    message: "Tokens cannot be verified right now. Please try again.",
                    error: None,
                };
            }
            Self::Expired { .. } => ("TOKEN_EXPIRED", "The token has expired"),
            Self::NotYetValid { .. } => ("TOKEN_NOT_YET_VALID", "The token is not valid yet"),
            Self::Revoked => ("TOKEN_REVOKED", "The session has ended"),
            _ => ("INVALID_TOKEN", "The token is not valid"),
        };
        Answer { status: 401, code, message, error: Some("invalid_token") }
    }
}

/// The characters of `error_description` (RFC 6750 section 3): others become their nearest kin.
const fn in_description(c: char) -> char {
    match c {
        '"' | '`' => '\'',
        '\\' => '/',
        ' '..='~' => c,
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_goes_with_401_and_a_wait_with_503() {
        let answers = [
            Answer::MISSING_TOKEN,
            Answer::MALFORMED_AUTHORIZATION,
            Answer::NOT_FOUND,
            Reason::KeysUnavailable.answer(),
            Reason::Revoked.answer(),
        ];
        let said = answers.map(|answer| (answer.challenge("a \"b\"\n"), answer.retry_after()));
        let named = |error| {
            let challenge =
                format!(r#"Bearer realm="api", error="{error}", error_description="a 'b'?""#);
            (Some(challenge), None)
        };
        assert_eq!(
            said,
            [
                (Some(r#"Bearer realm="api""#.to_owned()), None),
                named("invalid_request"),
                (None, None),
                (None, Some(5)),
                named("invalid_token"),
            ]
        );
        assert_eq!(Answer::NOT_FOUND.body(), r#"{"message":"Not found","code":"NOT_FOUND"}"#);
    }

    #[test]
    fn what_an_answer_says_does_not_break_out_of_it() {
        let answer = Answer { status: 401, code: "A\"B", message: "\\\n", error: Some("e\"\r\n") };
        assert_eq!(answer.body(), r#"{"message":"\\\n","code":"A\"B"}"#);
        let challenge = r#"Bearer realm="api", error="e'??", error_description="""#;
        assert_eq!(answer.challenge("").as_deref(), Some(challenge));
    }
}
