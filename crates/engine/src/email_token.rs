//! The tokens in links that verify or change an address: JWTs of Better Auth's form, signed with its
//! secret (RFC 7519), which no table holds.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tessera_token::{
    Algorithm, Claims, ClaimsError, DEFAULT_MAX_TOKEN_BYTES, KeyError, KeySet, SigningKey,
    VerifyingKey, verify,
};

use crate::auth_secrets::AuthSecrets;
use crate::email::Email;
use crate::ids::UserId;
use crate::secret::Secret;
use crate::time::Time;
use crate::tokens::TokenError;

/// How long such a link works.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Makes and reads the tokens: the first secret signs, and any of them verifies.
pub(crate) struct EmailTokens {
    signing: SigningKey,
    keys: KeySet,
}

/// What a link proves about whoever follows it, for the token in it was mailed nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmailProof {
    /// The address is theirs.
    Owns {
        /// The address.
        email: Email,
        /// Whose account it was when the link was made; older links do not say.
        user_id: Option<UserId>,
    },
    /// A step towards another address.
    Changes(EmailChange),
}

/// A link of ours that has not expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailLink {
    /// What it proves.
    pub proof: EmailProof,
    /// When it was made, in whole seconds.
    pub issued_at: Time,
}

/// A change of address that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailChange {
    /// Whose account it is.
    pub user_id: UserId,
    /// The present address. When it is no more, neither is the change.
    pub from: Email,
    /// The new one.
    pub to: Email,
    /// What following the link means.
    pub step: ChangeStep,
}

/// A step of a change of address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeStep {
    /// The present address agrees; a link then goes to the new one.
    #[serde(rename = "change-email-confirmation")]
    Confirm,
    /// The new address is theirs; it then becomes the account's.
    #[serde(rename = "change-email-verification")]
    Verify,
}

/// Why a link proves nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailTokenError {
    /// It was good for an hour.
    #[error("the link has expired")]
    Expired,
    /// It is not one of ours, or not one for this.
    #[error("the link is not valid")]
    Invalid,
}

/// The claims, in Better Auth's order.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Payload {
    email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_type: Option<ChangeStep>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    iat: u64,
    exp: u64,
}

impl EmailTokens {
    pub(crate) fn new(secrets: &AuthSecrets) -> Result<Self, KeyError> {
        let key = |secret: &Secret| VerifyingKey::hmac(Algorithm::HS256, secret.expose());
        let keys = secrets.iter().map(key).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            signing: SigningKey::hmac(Algorithm::HS256, secrets.current().expose())?,
            keys: KeySet::new(keys),
        })
    }

    pub(crate) fn issue(&self, proof: &EmailProof, now: Time) -> Result<String, TokenError> {
        let (email, update_to, request_type, user_id) = match proof {
            EmailProof::Owns { email, user_id } => (email, None, None, user_id.as_ref()),
            EmailProof::Changes(EmailChange { user_id, from, to, step }) => {
                (from, Some(to.to_string()), Some(*step), Some(user_id))
            }
        };
        let payload = Payload {
            email: email.to_string(),
            update_to,
            request_type,
            user_id: user_id.map(ToString::to_string),
            iat: now.as_unix_seconds(),
            exp: (now + LIFETIME).as_unix_seconds(),
        };
        Ok(self.signing.sign(&serde_json::to_vec(&payload)?)?)
    }

    /// A token that would change an address without saying which step it is, as old versions made
    /// them, is not valid: no address changes that has not proved itself.
    pub(crate) fn read(&self, token: &str, now: Time) -> Result<EmailLink, EmailTokenError> {
        let verified = verify(token, &self.keys, DEFAULT_MAX_TOKEN_BYTES)
            .map_err(|_| EmailTokenError::Invalid)?;
        let payload = String::from_utf8(verified.payload).map_err(|_| EmailTokenError::Invalid)?;
        let claims = Claims::parse(&payload, |_| ()).map_err(|_| EmailTokenError::Invalid)?;
        claims.times().check(now.as_unix_seconds(), 0).map_err(|error| match error {
            ClaimsError::Expired { .. } => EmailTokenError::Expired,
            _ => EmailTokenError::Invalid,
        })?;
        let payload: Payload =
            serde_json::from_str(&payload).map_err(|_| EmailTokenError::Invalid)?;
        payload.into_link().ok_or(EmailTokenError::Invalid)
    }
}

impl Payload {
    fn into_link(self) -> Option<EmailLink> {
        let email = Email::parse(&self.email).ok()?;
        let user_id = self.user_id.map(UserId::from_stored);
        let proof = match (self.update_to, self.request_type) {
            (None, None) => EmailProof::Owns { email, user_id },
            (Some(to), Some(step)) => {
                let to = Email::parse(&to).ok()?;
                EmailProof::Changes(EmailChange { user_id: user_id?, from: email, to, step })
            }
            _ => return None,
        };
        let issued_at = i64::try_from(self.iat).ok()?.checked_mul(1000)?;
        Some(EmailLink { proof, issued_at: Time::from_millis(issued_at) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "reference-secret-0123456789abcdefghijkl";

    /// Made by the npm package with that secret, each with its time of issue in Unix seconds.
    const VERIFY: (&str, i64) = (
        "eyJhbGciOiJIUzI1NiJ9.eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSIsInVzZXJJZCI6IlVxRHk5NE5Sb0EyemJUQ0x4Y0NubG1OejVKNjJSc2FjIiwiaWF0IjoxNzk1MjI3MjkxLCJleHAiOjE3OTUyMzA4OTF9.e3XPTZxR7wtr3x0OJgD63H-UXI4o5ukDfXeOuzeFCBs",
        1_795_227_291,
    );
    const CONFIRM: (&str, i64) = (
        "eyJhbGciOiJIUzI1NiJ9.eyJlbWFpbCI6ImJAZXhhbXBsZS5jb20iLCJ1cGRhdGVUbyI6ImNAZXhhbXBsZS5jb20iLCJyZXF1ZXN0VHlwZSI6ImNoYW5nZS1lbWFpbC1jb25maXJtYXRpb24iLCJ1c2VySWQiOiIzeGhYY0cxcTZYeGxwdXI5eUgxTjJYQkk1ampvdlN2UyIsImlhdCI6MTc5NTIyNzI4MiwiZXhwIjoxNzk1MjMwODgyfQ.qZ1kpJtiJlteW4auBKh_kpQ3tsoOaia3tpw-a0rjyqo",
        1_795_227_282,
    );

    fn tokens() -> EmailTokens {
        EmailTokens::new(&Secret::parse(SECRET).unwrap().into()).unwrap()
    }

    fn at(seconds: i64) -> Time {
        Time::from_millis(seconds * 1000)
    }

    fn email(text: &str) -> Email {
        Email::parse(text).unwrap()
    }

    #[test]
    fn tokens_are_the_npm_packages_byte_for_byte() {
        let verify = EmailProof::Owns {
            email: email("ada@example.com"),
            user_id: Some(UserId::from_stored("UqDy94NRoA2zbTCLxcCnlmNz5J62Rsac".to_owned())),
        };
        let confirm = EmailProof::Changes(EmailChange {
            user_id: UserId::from_stored("3xhXcG1q6Xxlpur9yH1N2XBI5jjovSvS".to_owned()),
            from: email("b@example.com"),
            to: email("c@example.com"),
            step: ChangeStep::Confirm,
        });
        for ((token, issued_at), proof) in [(VERIFY, verify), (CONFIRM, confirm)] {
            assert_eq!(tokens().issue(&proof, at(issued_at)).unwrap(), token);
            assert_eq!(
                tokens().read(token, at(issued_at + 3599)).unwrap(),
                EmailLink { proof, issued_at: at(issued_at) }
            );
            assert_eq!(tokens().read(token, at(issued_at + 3600)), Err(EmailTokenError::Expired));
        }
    }

    #[test]
    fn another_secret_and_a_changed_token_are_not_valid() {
        let (token, issued_at) = VERIFY;
        let other = Secret::parse("another secret of at least 32 bytes").unwrap();
        let other = EmailTokens::new(&other.into()).unwrap();
        assert_eq!(other.read(token, at(issued_at)), Err(EmailTokenError::Invalid));
        for changed in
            [&token[1..], &token[..token.len() - 1], "", "nope", &token.replace('Z', "Y")]
        {
            assert_eq!(
                tokens().read(changed, at(issued_at)),
                Err(EmailTokenError::Invalid),
                "{changed}"
            );
        }
    }

    #[test]
    fn reg_27_claims_signed_for_something_else_are_not_valid() {
        let key = SigningKey::hmac(Algorithm::HS256, SECRET.as_bytes()).unwrap();
        for claims in [
            // A cached session, signed with the same secret.
            r#""session":{"token":"t"},"user":{"email":"ada@example.com"}"#,
            r#""foo":1"#,
            r#""email":"nobody""#,
            r#""email":["ada@example.com"]"#,
            r#""email":"ada@example.com","session":{"token":"t"}"#,
            r#""email":"ada@example.com","email":"bob@example.com""#,
            // A change that names no step, none that is known, or nobody.
            r#""email":"a@b.co","updateTo":"c@d.co","userId":"u""#,
            r#""email":"a@b.co","updateTo":"c@d.co","requestType":"other","userId":"u""#,
            r#""email":"a@b.co","updateTo":"c@d.co","requestType":"change-email-verification""#,
            r#""email":"a@b.co","requestType":"change-email-verification","userId":"u""#,
            r#""email":"a@b.co","updateTo":"","requestType":"change-email-verification","userId":"u""#,
        ] {
            let token = key.sign(format!(r#"{{{claims},"iat":1,"exp":9}}"#).as_bytes()).unwrap();
            assert_eq!(tokens().read(&token, at(5)), Err(EmailTokenError::Invalid), "{claims}");
        }
        let token = key.sign(br#"{"email":"ada@example.com","iat":1,"exp":9}"#).unwrap();
        let proof = EmailProof::Owns { email: email("ada@example.com"), user_id: None };
        assert_eq!(tokens().read(&token, at(5)), Ok(EmailLink { proof, issued_at: at(1) }));
    }
}
