//! Attacks that other libraries have fallen to, each by the id of its advisory, where it is the
//! policy that answers them. Those on tokens and keys are in the tests of `tessera-token`, those on
//! fetching keys in `remote`, those on remembered tokens in `cache.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "the server here behaves")]
mod support;

use allocation_counter::measure;
use base64_simd::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use support::{Answer, Server};
use tessera_verify::token::{
    Algorithm, DEFAULT_MAX_TOKEN_BYTES, Jwk, Jwks, KeySet, SigningKey, VerifyingKey,
};
use tessera_verify::{LiveKeys, PolicyError, RemoteKeys, Revocations, Verifier, VerifierBuilder};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://auth.example.com";
const AUDIENCE: &str = "https://api.example.com";
const SECRET: [u8; 32] = [7; 32];

fn builder() -> VerifierBuilder {
    Verifier::builder().issuer(ISSUER).audience(AUDIENCE)
}

fn with_secret() -> Verifier {
    builder().shared_secret(SECRET).build().unwrap()
}

fn pair(kid: &str) -> SigningKey {
    SigningKey::generate(Algorithm::EdDSA).unwrap().with_kid(kid)
}

fn set<'a>(keys: impl IntoIterator<Item = &'a SigningKey>) -> String {
    keys.into_iter().filter_map(SigningKey::public_jwk).collect::<Jwks>().to_json()
}

/// Good claims, with one changed.
fn claims_with(name: &str, value: &Value) -> String {
    let mut claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "sid": "s1", "iat": NOW, "exp": NOW + 900,
    });
    claims[name] = value.clone();
    claims.to_string()
}

fn claims() -> String {
    claims_with("sub", &json!("ada"))
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// Header and payload of any kind, signed with HMAC and SHA-256 and any secret.
fn forge(header: &str, payload: &str, secret: &[u8]) -> String {
    use aws_lc_rs::hmac;
    let message = format!("{}.{}", encode(header), encode(payload));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
    format!("{message}.{}", encode(tag))
}

fn good(payload: &str) -> String {
    forge(r#"{"alg":"HS256"}"#, payload, &SECRET)
}

fn verdict(verifier: &Verifier, token: &str) -> &'static str {
    verifier.verify(token, NOW).map_or_else(|refusal| refusal.code(), |_| "accepted")
}

#[test]
fn cve_2026_25537_a_time_of_the_wrong_type_is_no_missing_time() {
    let verifier = with_secret();
    let far = NOW + 1_000_000;
    for claim in ["exp", "nbf", "iat"] {
        for value in [
            json!(far.to_string()),
            json!([far]),
            json!({ "at": far }),
            json!(true),
            json!(null),
            json!(-1),
        ] {
            let token = good(&claims_with(claim, &value));
            assert_eq!(verdict(&verifier, &token), "wrong_claim_type", "{claim}: {value}");
        }
        for number in ["1.8e9", "1800000000.0", "-0", "18446744073709551616"] {
            let payload = claims_with(claim, &json!("?")).replace(r#""?""#, number);
            let refused = verdict(&verifier, &good(&payload));
            assert_eq!(refused, "wrong_claim_type", "{claim}: {number}");
        }
    }
}

/// The other half of CVE-2024-53861: what is expected is a part of what is received.
#[test]
fn cve_2024_53861_no_part_of_an_issuer_or_audience_will_do() {
    let verifier = with_secret();
    for (claim, code, expected) in
        [("iss", "wrong_issuer", ISSUER), ("aud", "wrong_audience", AUDIENCE)]
    {
        for other in [
            expected[1..].to_owned(),
            expected[..expected.len() - 1].to_owned(),
            format!("{expected}{expected}"),
            format!("{expected} https://evil.example"),
            format!("https://evil.example,{expected}"),
            format!("{expected}\0"),
            expected.to_uppercase(),
            String::new(),
        ] {
            let token = good(&claims_with(claim, &json!(other)));
            assert_eq!(verdict(&verifier, &token), code, "{other}");
        }
    }
    for audiences in [json!([]), json!([""]), json!([&AUDIENCE[..8], &AUDIENCE[8..]])] {
        let token = good(&claims_with("aud", &audiences));
        assert_eq!(verdict(&verifier, &token), "wrong_audience", "{audiences}");
    }
}

#[test]
fn cve_2025_62610_there_is_no_policy_that_does_not_ask_for_the_audience() {
    let without = Verifier::builder().issuer(ISSUER).shared_secret(SECRET).build();
    assert_eq!(without.unwrap_err(), PolicyError::NoAudience);
    let with_empty = builder().audience("").shared_secret(SECRET).build();
    assert_eq!(with_empty.unwrap_err(), PolicyError::NoAudience);
    let mut claims: Value = serde_json::from_str(&claims()).unwrap();
    claims.as_object_mut().unwrap().remove("aud");
    assert_eq!(verdict(&with_secret(), &good(&claims.to_string())), "missing_claim");
}

/// fast-jwt compared with a regular expression that remembered where it had stopped: every second
/// good token was refused, and every second bad one could pass.
#[test]
fn cve_2026_35040_the_same_token_has_the_same_verdict_each_time() {
    let verifier = with_secret();
    let accepted = good(&claims());
    let issuer = good(&claims_with("iss", &json!("https://evil.example")));
    let audience = good(&claims_with("aud", &json!("https://evil.example")));
    for _ in 0..5 {
        assert_eq!(verdict(&verifier, &accepted), "accepted");
        assert_eq!(verdict(&verifier, &accepted), "accepted");
        assert_eq!(verdict(&verifier, &issuer), "wrong_issuer");
        assert_eq!(verdict(&verifier, &audience), "wrong_audience");
    }
}

/// fast-jwt took expected audiences as regular expressions, which a long `aud` could keep busy, and
/// in which a dot is any character.
#[test]
fn cve_2026_35041_an_expected_audience_is_no_pattern() {
    let dot = AUDIENCE.replace('.', "x");
    assert_eq!(verdict(&with_secret(), &good(&claims_with("aud", &json!(dot)))), "wrong_audience");
    let long = "a".repeat(10_000);
    for pattern in ["^(a+)+$", ".*", "a*", "(a|a)*b", "https://*.example.com", "*", "%"] {
        let verifier = builder().audience(pattern).shared_secret(SECRET).build().unwrap();
        for received in [json!(long), json!("aaaa"), json!("https://x.example.com"), json!([long])]
        {
            let token = good(&claims_with("aud", &received));
            assert_eq!(verdict(&verifier, &token), "wrong_audience", "{pattern}");
        }
        // What it is compared with is its own text.
        let token = good(&claims_with("aud", &json!(pattern)));
        assert_eq!(verdict(&verifier, &token), "accepted", "{pattern}");
    }
}

/// Deny lists that keep raw tokens miss another spelling of the same token. Here a session ends,
/// whatever the token that names it looks like.
#[test]
fn cve_2026_102269_no_spelling_of_a_token_outlives_its_session() {
    let revocations = Revocations::new();
    let policy = builder().shared_secret(SECRET).revocations(revocations.clone());
    let verifier = policy.build().unwrap();
    let payload = claims();
    // The same session in other tokens, other spellings and other orders.
    let spelled = payload.replace(r#""sid":"s1""#, r#""\u0073id":"\u0073\u0031""#);
    let later = claims_with("iat", &json!(NOW - 1));
    let named = forge(r#"{"typ":"JWT","alg":"HS256"}"#, &payload, &SECRET);
    let tokens =
        [good(&payload), good(&spelled), good(&format!(" {payload}\n")), good(&later), named];
    for token in &tokens {
        assert_eq!(verdict(&verifier, token), "accepted");
    }
    revocations.end("s1", NOW + 900);
    for token in &tokens {
        assert_eq!(verdict(&verifier, token), "revoked");
        // A signature of 32 bytes leaves two bits of its last character unused.
        let (rest, last) = token.split_at(token.len() - 1);
        let last = char::from(last.as_bytes()[0] + 1);
        for other in [format!("{rest}{last}"), format!("{token}="), format!("{token}\n")] {
            assert_eq!(verdict(&verifier, &other), "malformed");
        }
    }
}

/// The policy has secrets and public keys at once, and the header says which is meant.
#[test]
fn cve_2022_23541_a_policy_with_secrets_and_keys_mixes_neither() {
    let (public, jwks) = (pair("k1"), set([&pair("k0")]));
    let published = set([&public]);
    let verifier = builder().shared_secret(SECRET).jwks(&published).jwks(&jwks).build().unwrap();
    assert_eq!(verdict(&verifier, &public.sign(claims().as_bytes()).unwrap()), "accepted");
    assert_eq!(verdict(&verifier, &good(&claims())), "accepted");
    let x = serde_json::from_str::<Value>(&published).unwrap()["keys"][0]["x"].clone();
    let x = x.as_str().unwrap();
    for known in [published.as_bytes(), x.as_bytes(), &URL_SAFE_NO_PAD.decode_to_vec(x).unwrap()] {
        for header in [r#"{"alg":"HS256","kid":"k1"}"#, r#"{"alg":"HS256"}"#] {
            assert_ne!(verdict(&verifier, &forge(header, &claims(), known)), "accepted");
        }
    }
    // The secret's tag does not pass for a signature, whatever key the header names.
    for header in [r#"{"alg":"EdDSA","kid":"k1"}"#, r#"{"alg":"EdDSA","kid":"k0"}"#] {
        assert_eq!(verdict(&verifier, &forge(header, &claims(), &SECRET)), "bad_signature");
    }
}

#[test]
fn cve_2026_48523_a_key_beside_others_keeps_its_algorithm() {
    let private = SigningKey::generate(Algorithm::RS256).unwrap().private_jwk().unwrap();
    let of = |algorithm| {
        SigningKey::from_private_jwk(private.as_bytes(), Some(algorithm)).unwrap().with_kid("r")
    };
    let other = SigningKey::generate(Algorithm::RS512).unwrap().with_kid("s");
    // RS512 is an algorithm of the policy, but of another key.
    let verifier = builder().jwks(&set([&of(Algorithm::PS256), &other])).build().unwrap();
    let sign = |key: &SigningKey| key.sign(claims().as_bytes()).unwrap();
    assert_eq!(verdict(&verifier, &sign(&of(Algorithm::PS256))), "accepted");
    assert_eq!(verdict(&verifier, &sign(&other)), "accepted");
    assert_eq!(verdict(&verifier, &sign(&of(Algorithm::RS512))), "unknown_key");
    assert_eq!(verdict(&verifier, &sign(&of(Algorithm::RS256))), "algorithm_not_accepted");
}

/// Keys that the token brings along, or says where to fetch: none is used, and nothing is fetched.
#[test]
fn cve_2026_27962_a_token_does_not_bring_its_own_key() {
    let (known, stranger) = (pair("k1"), pair("k2"));
    let published = Server::start(Answer::Jwks(set([&known])));
    let evil = Server::start(Answer::Jwks(set([&stranger])));
    let verifier = builder().keys(RemoteKeys::new(&published.url).unwrap()).build().unwrap();
    verifier.probe(NOW).unwrap();

    let jwk = stranger.public_jwk().unwrap().to_json();
    let url = &evil.url;
    let payload = claims();
    for member in [
        format!(r#""jwk":{jwk}"#),
        format!(r#""jku":"{url}""#),
        format!(r#""x5u":"{url}""#),
        r#""x5c":["AAAA"]"#.to_owned(),
    ] {
        for kid in ["", r#","kid":"k1""#] {
            let message = format!(
                "{}.{}",
                encode(format!(r#"{{"alg":"EdDSA"{kid},{member}}}"#)),
                encode(&payload)
            );
            let token = format!("{message}.{}", encode(sign_bytes(&stranger, &message)));
            assert_eq!(verdict(&verifier, &token), "bad_signature", "{member}");
            // They are passed over, not refused: whoever has the key may send them.
            let token = format!("{message}.{}", encode(sign_bytes(&known, &message)));
            assert_eq!(verdict(&verifier, &token), "accepted", "{member}");
        }
    }
    assert_eq!((published.requests(), evil.requests()), (1, 0));
}

/// Signs any message with the Ed25519 key, not only tokens.
fn sign_bytes(key: &SigningKey, message: &str) -> Vec<u8> {
    let jwk: Value = serde_json::from_str(&key.private_jwk().unwrap()).unwrap();
    let decode = |name: &str| URL_SAFE_NO_PAD.decode_to_vec(jwk[name].as_str().unwrap()).unwrap();
    let (seed, public) = (decode("d"), decode("x"));
    let pair = aws_lc_rs::signature::Ed25519KeyPair::from_seed_and_public_key(&seed, &public);
    pair.unwrap().sign(message.as_bytes()).as_ref().to_vec()
}

/// A published set that holds a secret, as text that anybody can read: nothing is a secret then.
#[test]
fn cve_2026_102266_a_published_set_brings_no_secret() {
    let known = pair("k1");
    let jwk = known.public_jwk().unwrap().to_json();
    for k in [encode(SECRET), String::new()] {
        let jwks =
            format!(r#"{{"keys":[{{"kty":"oct","alg":"HS256","kid":"s","k":"{k}"}},{jwk}]}}"#);
        let verifier = builder().jwks(&jwks).build().unwrap();
        assert_eq!(verdict(&verifier, &known.sign(claims().as_bytes()).unwrap()), "accepted");
        for secret in [&SECRET[..], b"", k.as_bytes()] {
            for header in [r#"{"alg":"HS256","kid":"s"}"#, r#"{"alg":"HS256"}"#] {
                let token = forge(header, &claims(), secret);
                assert_eq!(verdict(&verifier, &token), "algorithm_not_accepted");
            }
        }
    }
}

/// ruby-jwt verified with what a lookup found, and where it found nothing, with no secret.
#[test]
fn cve_2026_45363_a_lookup_that_finds_no_key_accepts_nobody() {
    let forged = [r#"{"alg":"HS256"}"#, r#"{"alg":"HS256","kid":"k9"}"#, r#"{"alg":"none"}"#]
        .map(|header| forge(header, &claims(), b""));
    let nothing = builder().keys(LiveKeys::default()).build().unwrap();
    let one = builder().jwks(&set([&pair("k1")])).build().unwrap();
    let secret = with_secret();
    for token in forged {
        for verifier in [&nothing, &one, &secret] {
            assert_ne!(verdict(verifier, &token), "accepted", "{token}");
        }
        assert_eq!(verdict(&nothing, &token), "keys_unavailable");
    }
    assert_eq!(builder().keys(KeySet::default()).build().unwrap_err(), PolicyError::NoKeys);
}

/// A configuration that fails must not be one that asks for less.
#[test]
fn ghsa_8fpg_xm3f_6cx3_a_faulty_configuration_makes_no_verifier() {
    let good = || builder().shared_secret(SECRET);
    let weak = Jwk::parse(br#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#).unwrap();
    let weak_set = format!(r#"{{"keys":[{}]}}"#, weak.to_json());
    assert!(VerifyingKey::from_jwk(&weak).is_err());
    for (faulty, said) in [
        (good().issuer(""), "a verifier needs an issuer: set `issuer`"),
        (good().audience(""), "a verifier needs an audience: set `audience`"),
        (builder(), "a verifier needs keys: set `shared_secret`, `keys`, `jwks` or `jwks_file`"),
        (
            good().shared_secret("short"),
            "the shared secret cannot be used: the secret has 5 bytes, and needs at least 32",
        ),
        (good().jwks("{"), "the key set cannot be read: the key is not strict JSON"),
        (
            good().jwks(&weak_set),
            "no key of the key set can be used: key 0 (no kid): the RSA modulus is not of 2048 to 8192 bits",
        ),
        (
            good().jwks_file("/nowhere/jwks.json"),
            "the key set /nowhere/jwks.json cannot be read: No such file or directory (os error 2)",
        ),
        (good().jwks(r#"{"keys":[]}"#), "the key set is empty"),
        (good().leeway(301), "the leeway is longer than 300 seconds"),
        (good().max_token_bytes(1_048_577), "the limit of a token's length is over 1 MiB"),
        (
            good().shared_secret("0123456789abcdef0123456789abcdef\n"),
            "the shared secret ends in a line break: trim what was read from a file",
        ),
    ] {
        let error = faulty.build().unwrap_err();
        assert_eq!(error.to_string(), said);
        assert_eq!(format!("{error:?}"), said, "what a `main` prints");
    }
}

/// Deep nesting, wherever a parser meets it, is a refusal like any other.
#[test]
fn cve_2026_101918_no_depth_is_too_much() {
    let verifier = with_secret();
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        for depth in [100, 1_000, 1_900] {
            let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let payload = claims_with("deep", &json!("?")).replace(r#""?""#, &deep);
            assert_eq!(verdict(&verifier, &good(&payload)), "malformed_claims", "{depth}");
            assert_eq!(verdict(&verifier, &good(&deep)), "malformed_claims", "{depth}");
            let header = format!(r#"{{"alg":"HS256","deep":{deep}}}"#);
            assert_eq!(verdict(&verifier, &forge(&header, &claims(), &SECRET)), "malformed");
            let unsigned = format!("{}.{}.AAAA", encode(r#"{"alg":"HS256"}"#), encode(&payload));
            assert_eq!(verdict(&verifier, &unsigned), "bad_signature");
        }
    }
}

/// golang-jwt split a token at every dot that a stranger cared to send, and kept all the parts.
#[test]
fn cve_2025_30204_dots_are_not_kept() {
    let verifier = with_secret();
    let header = encode(r#"{"alg":"HS256"}"#);
    for dots in [1, 3, 10_000, DEFAULT_MAX_TOKEN_BYTES - header.len(), 1_000_000] {
        let token = format!("{header}{}", ".".repeat(dots));
        let mut refused = "";
        let memory = measure(|| refused = verdict(&verifier, &token));
        assert_eq!((refused, memory.bytes_total), ("malformed", 0), "{dots} dots");
    }
}
