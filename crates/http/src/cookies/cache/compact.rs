//! The form `compact`: base64url of JSON that carries its own HMAC-SHA256.
//!
//! What is signed is the text of the content with `expiresAt` added as its last member. The npm package
//! writes that text anew from what it has parsed; here it is the text that came, so that nothing but
//! what was signed is ever read.

use std::time::Duration;

use base64_simd::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use tessera_engine::{AuthSecrets, SignedIn, Time};

use super::content::{Content, Written};
use super::{Form, Opened, SealError};
use crate::cookies::Signer;

pub(super) struct Compact(Signer);

/// The members of the cookie.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow)]
    session: &'a RawValue,
    expires_at: i64,
    signature: String,
}

impl Compact {
    /// How long a copy answers that the browser forgets when it closes.
    const UNREMEMBERED: Duration = Duration::from_secs(60);

    pub(super) fn new(secrets: &AuthSecrets) -> Self {
        Self(Signer::new(secrets))
    }
}

impl Form for Compact {
    fn seal(
        &self,
        signed_in: &SignedIn,
        now: Time,
        kept: Option<Duration>,
    ) -> Result<String, SealError> {
        let expires_at = (now + kept.unwrap_or(Self::UNREMEMBERED)).as_millis();
        let content = to_raw_value(&Written::new(signed_in, now))?;
        let signature = self.0.signature(&signed_text(&content, expires_at));
        let signature = URL_SAFE_NO_PAD.encode_to_string(signature);
        let envelope = Envelope { session: &content, expires_at, signature };
        Ok(URL_SAFE_NO_PAD.encode_to_string(serde_json::to_vec(&envelope)?))
    }

    fn open(&self, value: &str) -> Option<Opened> {
        let json = URL_SAFE_NO_PAD.decode_to_vec(value).ok()?;
        let envelope: Envelope<'_> = serde_json::from_slice(&json).ok()?;
        let signature = URL_SAFE_NO_PAD.decode_to_vec(&envelope.signature).ok()?;
        let signed = signed_text(envelope.session, envelope.expires_at);
        if !self.0.has_signed(&signed, &signature) {
            return None;
        }
        let content = Content::parse(envelope.session.get().as_bytes())?;
        Some(Opened { content, expires_at: Time::from_millis(envelope.expires_at) })
    }
}

/// The content, which is an object, with one member more.
fn signed_text(content: &RawValue, expires_at: i64) -> String {
    let members = content.get().strip_suffix('}').unwrap_or_default();
    format!(r#"{members},"expiresAt":{expires_at}}}"#)
}
