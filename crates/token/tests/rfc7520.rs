//! RFC 7520 section 4, the cookbook's signatures: 4.1 to 4.4 are compact tokens and verify; 4.5 to
//! 4.8 are detached or in the JSON serialization, which is refused.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use tessera_token::{
    Algorithm, DEFAULT_MAX_TOKEN_BYTES, Jwk, KeySet, Malformed, SigningKey, VerifyError,
    VerifyingKey, verify,
};

/// Figure 8.
const PAYLOAD: &str = "It’s a dangerous business, Frodo, going out your door. You step onto the road, and if you don't keep your feet, there’s no knowing where you might be swept off to.";
const ENCODED_PAYLOAD: &str = "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4";

/// Figure 4.
const RSA: &str = r#"{"kty":"RSA","kid":"bilbo.baggins@hobbiton.example","use":"sig","n":"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw","e":"AQAB","d":"bWUC9B-EFRIo8kpGfh0ZuyGPvMNKvYWNtB_ikiH9k20eT-O1q_I78eiZkpXxXQ0UTEs2LsNRS-8uJbvQ-A1irkwMSMkK1J3XTGgdrhCku9gRldY7sNA_AKZGh-Q661_42rINLRCe8W-nZ34ui_qOfkLnK9QWDDqpaIsA-bMwWWSDFu2MUBYwkHTMEzLYGqOe04noqeq1hExBTHBOBdkMXiuFhUq1BU6l-DqEiWxqg82sXt2h-LMnT3046AOYJoRioz75tSUQfGCshWTBnP5uDjd18kKhyv07lhfSJdrPdM5Plyl21hsFf4L_mHCuoFau7gdsPfHPxxjVOcOpBrQzwQ","p":"3Slxg_DwTXJcb6095RoXygQCAZ5RnAvZlno1yhHtnUex_fp7AZ_9nRaO7HX_-SFfGQeutao2TDjDAWU4Vupk8rw9JR0AzZ0N2fvuIAmr_WCsmGpeNqQnev1T7IyEsnh8UMt-n5CafhkikzhEsrmndH6LxOrvRJlsPp6Zv8bUq0k","q":"uKE2dh-cTf6ERF4k4e_jy78GfPYUIaUyoSSJuBzp3Cubk3OCqs6grT8bR_cu0Dm1MZwWmtdqDyI95HrUeq3MP15vMMON8lHTeZu2lmKvwqW7anV5UzhM1iZ7z4yMkuUwFWoBvyY898EXvRD-hdqRxHlSqAZ192zB3pVFJ0s7pFc","dp":"B8PVvXkvJrj2L-GYQ7v3y9r6Kw5g9SahXBwsWUzp19TVlgI-YV85q1NIb1rxQtD-IsXXR3-TanevuRPRt5OBOdiMGQp8pbt26gljYfKU_E9xn-RULHz0-ed9E9gXLKD4VGngpz-PfQ_q29pk5xWHoJp009Qf1HvChixRX59ehik","dq":"CLDmDGduhylc9o7r84rEUVn7pzQ6PF83Y-iBZx5NT-TpnOZKF1pErAMVeKzFEl41DlHHqqBLSM0W1sOFbwTxYWZDm6sI6og5iTbwQGIC3gnJKbi_7k_vJgGHwHxgPaX2PnvP-zyEkDERuf-ry4c_Z11Cq9AqC2yeL6kdKT1cYF8","qi":"3PiqvXQN0zwMeE-sBvZgi289XP9XCQF3VWqPzMKnIgQp7_Tugo6-NZBKCQsMf3HaEGBjTVJs_jcK8-TRXvaKe-7ZMaQj8VfBdYkssbu0NKDDhjJ-GtiseaDVWt7dcH0cfwxgFUHpQh7FoCrjFJ6h6ZEpMF6xmujs4qMpPz8aaI4"}"#;

/// Figure 1.
const EC: &str = r#"{"kty":"EC","kid":"bilbo.baggins@hobbiton.example","use":"sig","crv":"P-521","x":"AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt","y":"AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1"}"#;

/// Figure 5.
const SECRET: &str = r#"{"kty":"oct","kid":"018c0ae5-4d9b-471b-bfd6-eef314bc7037","use":"sig","alg":"HS256","k":"hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg"}"#;

const HS256_HEADER: &str =
    "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9";
const HS256_SIGNATURE: &str = "s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0";

fn secret() -> VerifyingKey {
    VerifyingKey::from_secret_jwk(SECRET.as_bytes()).unwrap()
}

fn refusal(token: &str, keys: &KeySet) -> VerifyError {
    verify(token, keys, DEFAULT_MAX_TOKEN_BYTES).unwrap_err()
}

/// The token verifies, and not under another key nor with another signature.
fn verifies(header: &str, signature: &str, key: VerifyingKey) -> String {
    let token = format!("{header}.{ENCODED_PAYLOAD}.{signature}");
    let keys = KeySet::new([key]);
    let verified = verify(&token, &keys, DEFAULT_MAX_TOKEN_BYTES).unwrap();
    assert_eq!(verified.payload, PAYLOAD.as_bytes());
    let (first, rest) = signature.split_at(1);
    let changed = if first == "B" { "C" } else { "B" };
    let changed = format!("{header}.{ENCODED_PAYLOAD}.{changed}{rest}");
    assert_eq!(refusal(&changed, &keys), VerifyError::BadSignature);
    token
}

#[test]
fn rfc7520_4_1_rs256() {
    let key = SigningKey::from_private_jwk(RSA.as_bytes(), Some(Algorithm::RS256)).unwrap();
    let token = verifies(
        "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
        "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg",
        key.verifying_key(),
    );
    assert_eq!(key.sign(PAYLOAD.as_bytes()).unwrap(), token);
}

#[test]
fn rfc7520_4_2_ps384() {
    let key = SigningKey::from_private_jwk(RSA.as_bytes(), Some(Algorithm::PS384)).unwrap();
    verifies(
        "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
        "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw",
        key.verifying_key(),
    );
}

#[test]
fn rfc7520_4_3_es512() {
    let key = VerifyingKey::from_jwk(&Jwk::parse(EC.as_bytes()).unwrap()).unwrap();
    verifies(
        "eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
        "AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_u_sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2",
        key,
    );
}

#[test]
fn rfc7520_4_4_hs256() {
    verifies(HS256_HEADER, HS256_SIGNATURE, secret());
}

#[test]
fn rfc7520_4_5_detached_content_is_refused() {
    let keys = KeySet::new([secret()]);
    let detached = format!("{HS256_HEADER}..{HS256_SIGNATURE}");
    assert_eq!(refusal(&detached, &keys), Malformed::Empty { part: "payload" }.into());
}

#[test]
fn rfc7520_4_6_to_4_8_the_json_serialization_is_refused() {
    let keys = KeySet::new([secret()]);
    let kid = "018c0ae5-4d9b-471b-bfd6-eef314bc7037";
    for signature in [
        // 4.6: `kid` outside the protected header.
        format!(
            r#"{{"protected":"eyJhbGciOiJIUzI1NiJ9","header":{{"kid":"{kid}"}},"signature":"bWUSVaxorn7bEF1djytBd0kHv70Ly5pvbomzMWSOr20"}}"#
        ),
        // 4.7: nothing but the payload is protected.
        format!(
            r#"{{"header":{{"alg":"HS256","kid":"{kid}"}},"signature":"xuLifqLGiblpv9zBpuZczWhNj1gARaLV3UxvxhJxZuk"}}"#
        ),
        // 4.8, its third signature, which is that of 4.4.
        format!(r#"{{"protected":"{HS256_HEADER}","signature":"{HS256_SIGNATURE}"}}"#),
    ] {
        let general = format!(r#"{{"payload":"{ENCODED_PAYLOAD}","signatures":[{signature}]}}"#);
        let flat = format!(r#"{{"payload":"{ENCODED_PAYLOAD}",{}"#, &signature[1..]);
        for json in [general, flat] {
            assert_eq!(refusal(&json, &keys), Malformed::NotThreeParts.into());
        }
    }
}
