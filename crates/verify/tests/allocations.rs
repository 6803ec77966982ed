//! How often a verification asks for memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::hint::black_box;

use allocation_counter::measure;
use tessera_verify::token::{Algorithm, KeySet, SigningKey};
use tessera_verify::{Revocations, Verifier, VerifierBuilder};

const NOW: u64 = 1_800_000_000;
const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

/// 421 bytes as a token with HS256.
const CLAIMS: &str = r#"{"sub":"Zk3vQ9pXw2LmN8rT5yBc7DfGhJ1kA4sE","email":"augusta.lovelace@example.com","name":"Augusta Ada Lovelace","emailVerified":true,"iat":1800000000,"exp":1800000900,"iss":"http://localhost:3000","aud":"http://localhost:3000","sid":"aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW"}"#;

fn policy() -> VerifierBuilder {
    let ended = Revocations::new();
    ended.end("another session", NOW + 900);
    Verifier::builder()
        .issuer("http://localhost:3000")
        .audience("http://localhost:3000")
        .require("sid")
        .revocations(ended)
}

/// The allocations of one verification, after one that nobody counts.
fn allocations(verifier: &Verifier, token: &str) -> u64 {
    let verify = || drop(black_box(verifier.verify(token, NOW).unwrap()));
    verify();
    measure(verify).count_total
}

#[test]
fn hs256_takes_three_at_most() {
    let key = SigningKey::hmac(Algorithm::HS256, SECRET).unwrap();
    let token = key.sign(CLAIMS.as_bytes()).unwrap();
    assert_eq!(token.len(), 421);
    let verifier = policy().shared_secret(SECRET).build().unwrap();
    assert!(allocations(&verifier, &token) <= 3);
}

#[test]
fn a_remembered_token_takes_three_at_most() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let token = key.sign(CLAIMS.as_bytes()).unwrap();
    let keys = KeySet::new([key.verifying_key()]);
    let verifier = policy().keys(keys).cache(10).build().unwrap();
    assert!(allocations(&verifier, &token) <= 3);
}
