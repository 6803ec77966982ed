//! Verifies compact tokens given one to a line, with the function that the API uses.
//!
//! Reads lines `{"id": any, "jwk": object or string, "jws": string}` from standard input and writes
//! for each, in order, a line `{"id", "ok", "payload"}` to standard output:
//!
//! - `ok`: whether [`verify`] accepts `jws` under the one key `jwk`. The key may be public, private
//!   (its public half verifies, after it was checked) or a shared secret (`"kty":"oct"`).
//! - `payload`: the payload as text where `ok`, else `null`. A payload that is not UTF-8 is `null`
//!   too, and stands in `payload_b64`, in base64url.
//! - `reason`: why not `ok`.
//!
//! A line that cannot be read is not `ok`, and the next one is read. A token is at most 16 KiB long,
//! and claims are not looked at: a payload may be anything.
//!
//! ```text
//! cargo run --release --package tessera-token --example jws_check < lines
//! ```

use std::io::{self, BufRead, BufWriter, Write};

use base64_simd::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tessera_token::{
    DEFAULT_MAX_TOKEN_BYTES, Jwk, KeyError, KeySet, SigningKey, VerifyingKey, verify,
};

/// Members are kept as they are written, so that a key with a duplicate member is seen as one.
#[derive(Deserialize)]
struct Question<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    jwk: Option<&'a RawValue>,
    #[serde(borrow)]
    jws: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: Option<&'a RawValue>,
    ok: bool,
    payload: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_b64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

fn main() -> io::Result<()> {
    run(&mut io::stdin().lock(), &mut BufWriter::new(io::stdout().lock()))
}

/// Answers each line of `input` with one line in `output`.
pub(crate) fn run(input: &mut impl BufRead, output: &mut impl Write) -> io::Result<()> {
    let mut keys = LastKey::default();
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        answer(&line, &mut keys, output)?;
        line.clear();
    }
    output.flush()
}

fn answer(line: &[u8], keys: &mut LastKey, output: &mut impl Write) -> io::Result<()> {
    let (id, checked) = match serde_json::from_slice::<Question<'_>>(line) {
        Ok(question) => (question.id, check(&question, keys)),
        Err(error) => (None, Err(format!("the line cannot be read: {error}"))),
    };
    let answer = match &checked {
        Ok(payload) => {
            let text = str::from_utf8(payload).ok();
            let encoded = text.is_none().then(|| URL_SAFE_NO_PAD.encode_to_string(payload));
            Answer { id, ok: true, payload: text, payload_b64: encoded, reason: None }
        }
        Err(reason) => {
            let reason = Some(reason.clone());
            Answer { id, ok: false, payload: None, payload_b64: None, reason }
        }
    };
    serde_json::to_writer(&mut *output, &answer)?;
    output.write_all(b"\n")
}

fn check(question: &Question<'_>, keys: &mut LastKey) -> Result<Vec<u8>, String> {
    let jwk = question.jwk.ok_or("`jwk` is missing")?;
    let jws = question.jws.ok_or("`jws` is missing")?;
    let jws: String = serde_json::from_str(jws.get()).map_err(|_| "`jws` is not a string")?;
    let keys = keys.of(jwk)?;
    let verified =
        verify(&jws, keys, DEFAULT_MAX_TOKEN_BYTES).map_err(|error| error.to_string())?;
    Ok(verified.payload)
}

/// The key of the line before: most lines have the same, and a private key takes long to check.
#[derive(Default)]
struct LastKey {
    jwk: String,
    keys: KeySet,
}

impl LastKey {
    /// The set of the one key; `jwk` is the JSON of it, or a string that holds this JSON.
    fn of(&mut self, jwk: &RawValue) -> Result<&KeySet, String> {
        if self.jwk != jwk.get() {
            let within: Option<String> = serde_json::from_str(jwk.get()).ok();
            let key = read_key(within.as_deref().unwrap_or(jwk.get()).as_bytes())
                .map_err(|error| format!("the key cannot be used: {error}"))?;
            *self = Self { jwk: jwk.get().to_owned(), keys: KeySet::new([key]) };
        }
        Ok(&self.keys)
    }
}

fn read_key(jwk: &[u8]) -> Result<VerifyingKey, KeyError> {
    #[derive(Deserialize)]
    struct Kind {
        kty: Option<String>,
    }
    // Only which reader to ask; that one reads all of it, and strictly.
    let kind: Kind = serde_json::from_slice(jwk).map_err(|_| KeyError::NotJson)?;
    if kind.kty.as_deref() == Some("oct") {
        return VerifyingKey::from_secret_jwk(jwk);
    }
    match Jwk::parse(jwk) {
        Err(KeyError::PrivateInPublic) => {
            SigningKey::from_private_jwk(jwk, None).map(|key| key.verifying_key())
        }
        parsed => VerifyingKey::from_jwk(&parsed?),
    }
}
