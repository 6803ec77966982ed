//! HS256: a token of 421 bytes.

use std::hint::black_box;

use aws_lc_rs::hmac;
use base64_simd::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, Validation};
use serde::Deserialize;
use tessera_token::{Algorithm, SigningKey};

use crate::Failure;
use crate::contest::{Comparison, Contest, Contestant};
use crate::loose;
use crate::table::Reach;
use crate::token::{AUDIENCE, CLAIMS, ISSUER, NOW, SECRET, clock, policy};

const RAW: &str = "raw HMAC";
const OURS: &str = "`Verifier`";
const OURS_WITH_CLOCK: &str = "`Verifier`, reading the clock";
const OURS_OTHER_HEADER: &str = "`Verifier`, `typ` in the header";
const OURS_SECOND_SECRET: &str = "`Verifier`, second of two secrets";
const JSONWEBTOKEN: &str = "jsonwebtoken 11";
const LOOSE: &str = "by hand, loose";

/// Verification with a shared secret.
///
/// # Errors
///
/// Somebody refuses the token.
pub fn contest() -> Result<Contest, Failure> {
    let token = SigningKey::hmac(Algorithm::HS256, SECRET)?.sign(CLAIMS.as_bytes())?;
    let contestants = vec![
        raw(&token)?,
        ours(&token)?,
        ours_with_clock(&token)?,
        ours_other_header()?,
        ours_second_secret(&token)?,
        jsonwebtoken(&token)?,
        by_hand(token)?,
    ];
    let line = |what: &str, measured, against, reach| Comparison {
        what: format!("HS256 verify{what}"),
        measured,
        against,
        reach,
    };
    let comparisons = vec![
        line("", OURS, RAW, Reach::TimesAtMost(2.1)),
        line("", OURS_WITH_CLOCK, JSONWEBTOKEN, Reach::FasterAtLeast(2.8)),
        line("", OURS, LOOSE, Reach::Any),
        line(", by hand", LOOSE, RAW, Reach::Any),
        line(", jsonwebtoken", JSONWEBTOKEN, RAW, Reach::Any),
        line(", header of another signer", OURS_OTHER_HEADER, RAW, Reach::Any),
        line(", while the secret changes", OURS_SECOND_SECRET, RAW, Reach::Any),
    ];
    Ok(Contest { contestants, comparisons })
}

fn key() -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, SECRET)
}

/// The floor: what is signed, and the tag already decoded.
fn raw(token: &str) -> Result<Contestant, Failure> {
    let (signed, _) = token.rsplit_once('.').ok_or("no token")?;
    let (key, signed) = (key(), signed.to_owned());
    let tag = hmac::sign(&key, signed.as_bytes());
    Contestant::new(RAW, move || {
        hmac::verify(&key, black_box(signed.as_bytes()), black_box(tag.as_ref())).ok()
    })
}

fn ours(token: &str) -> Result<Contestant, Failure> {
    let (verifier, token) = (policy().shared_secret(SECRET).build()?, token.to_owned());
    Contestant::new(OURS, move || verifier.verify(black_box(&token), black_box(NOW)).ok())
}

/// As [`ours`], and the time is looked up for each token, as jsonwebtoken does.
fn ours_with_clock(token: &str) -> Result<Contestant, Failure> {
    let (verifier, token) = (policy().shared_secret(SECRET).build()?, token.to_owned());
    Contestant::new(OURS_WITH_CLOCK, move || verifier.verify(black_box(&token), clock()).ok())
}

/// A header that our signer does not write, so that it has to be read.
fn ours_other_header() -> Result<Contestant, Failure> {
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode_to_string(bytes);
    let signed = format!("{}.{}", part(br#"{"alg":"HS256","typ":"JWT"}"#), part(CLAIMS.as_bytes()));
    let tag = hmac::sign(&key(), signed.as_bytes());
    let token = format!("{signed}.{}", part(tag.as_ref()));
    let verifier = policy().shared_secret(SECRET).build()?;
    Contestant::new(OURS_OTHER_HEADER, move || {
        verifier.verify(black_box(&token), black_box(NOW)).ok()
    })
}

/// The token was signed with the second of two secrets, so that both are tried.
fn ours_second_secret(token: &str) -> Result<Contestant, Failure> {
    let newer = b"fedcba9876543210fedcba9876543210";
    let verifier = policy().shared_secret(newer).shared_secret(SECRET).build()?;
    let token = token.to_owned();
    Contestant::new(OURS_SECOND_SECRET, move || {
        verifier.verify(black_box(&token), black_box(NOW)).ok()
    })
}

fn jsonwebtoken(token: &str) -> Result<Contestant, Failure> {
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "what a service would read")]
    struct Claims {
        sub: String,
        email: Option<String>,
        sid: String,
        iss: String,
        aud: String,
        iat: u64,
        exp: u64,
    }
    let mut policy = Validation::new(jsonwebtoken::Algorithm::HS256);
    policy.leeway = 0;
    policy.validate_nbf = true;
    policy.set_issuer(&[ISSUER]);
    policy.set_audience(&[AUDIENCE]);
    policy.set_required_spec_claims(&["sub", "iss", "aud", "exp"]);
    let (key, token) = (DecodingKey::from_secret(SECRET), token.to_owned());
    Contestant::new(JSONWEBTOKEN, move || {
        jsonwebtoken::decode::<Claims>(black_box(token.as_str()), &key, &policy).ok()
    })
}

fn by_hand(token: String) -> Result<Contestant, Failure> {
    let key = key();
    Contestant::new(LOOSE, move || {
        let payload = loose::payload(black_box(&token), &key)?;
        black_box(loose::claims(&payload, black_box(NOW))?);
        Some(payload)
    })
}
