//! The token that everybody verifies, and the policy that everybody applies.

use std::time::{SystemTime, UNIX_EPOCH};

use tessera_verify::{Revocations, Verifier, VerifierBuilder};

/// `iss` of the token.
pub const ISSUER: &str = "http://localhost:3000";
/// `aud` of the token.
pub const AUDIENCE: &str = "http://localhost:3000";
/// The secret of the tokens with HS256.
pub const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
/// What time it is, in Unix seconds, for whoever does not look at a clock.
pub const NOW: u64 = 1_800_000_000;

/// What is signed: the claims of a token of the server's, with ids and times of their usual length.
/// It expires in 2096, since some contestants look at the clock.
pub const CLAIMS: &str = r#"{"sub":"Zk3vQ9pXw2LmN8rT5yBc7DfGhJ1kA4sE","email":"augusta.lovelace@example.com","name":"Augusta Ada Lovelace","emailVerified":true,"iat":1700000000,"exp":4000000000,"iss":"http://localhost:3000","aud":"http://localhost:3000","sid":"aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW"}"#;

/// Every check of a [`Verifier`]: issuer, audience, `sid`, times without leeway, and a thousand
/// ended sessions among which the token's is not. Its keys are missing.
pub fn policy() -> VerifierBuilder {
    let revocations = Revocations::new();
    for number in 0..1_000 {
        revocations.end(&format!("an ended session, number {number:04}"), u64::MAX);
    }
    Verifier::builder()
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .leeway(0)
        .require("sid")
        .revocations(revocations)
}

/// The time in Unix seconds.
#[expect(clippy::disallowed_methods, reason = "contestants are compared with one that does this")]
pub fn clock() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
