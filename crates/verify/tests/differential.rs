//! What this verifier accepts, `jsonwebtoken` accepts under the same policy. Not the other way
//! round: it takes fractions for times, `null` for absent claims, and much more.
//!
//! Left out: ES512 and the algorithm name `Ed25519`, which it does not know; times within decades
//! of its clock, which is the system's; and `typ`, `jwk`, `jku` and `x5...` of other types than the
//! standard gives them: this verifier never looks at those members, `jsonwebtoken` reads them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::Cell;
use std::sync::LazyLock;

use base64_simd::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, Validation, decode};
use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use tessera_verify::Verifier;
use tessera_verify::token::{Algorithm, KeySet, SigningKey};

const NOW: u64 = 1_800_000_000;
const LONG_AGO: u64 = 1_000_000_000;
const FAR_AHEAD: u64 = 4_000_000_000;
const ISSUER: &str = "https://auth.example.com";
const AUDIENCE: &str = "https://api.example.com";
const SECRET: [u8; 64] = [7; 64];

/// The same key and the same policy, here and there.
struct Pair {
    signing: SigningKey,
    ours: Verifier,
    key: DecodingKey,
    theirs: Validation,
}

impl Pair {
    fn new(signing: SigningKey) -> Self {
        let ours = Verifier::builder()
            .issuer(ISSUER)
            .audience(AUDIENCE)
            .keys(KeySet::new([signing.verifying_key()]))
            .leeway(0);
        let key = match signing.public_jwk() {
            Some(jwk) => DecodingKey::from_jwk(&serde_json::from_str(&jwk.to_json()).unwrap()),
            None => Ok(DecodingKey::from_secret(&SECRET)),
        };
        let mut theirs = Validation::new(signing.algorithm().name().parse().unwrap());
        theirs.leeway = 0;
        theirs.validate_nbf = true;
        theirs.set_issuer(&[ISSUER]);
        theirs.set_audience(&[AUDIENCE]);
        theirs.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Self { signing, ours: ours.build().unwrap(), key: key.unwrap(), theirs }
    }

    fn we_accept(&self, token: &str) -> bool {
        self.ours.verify(token, NOW).is_ok()
    }

    fn they_accept(&self, token: &str) -> bool {
        decode::<Value>(token, &self.key, &self.theirs).is_ok()
    }
}

static PAIRS: LazyLock<Vec<Pair>> = LazyLock::new(|| {
    let rsa = SigningKey::generate(Algorithm::RS256).unwrap().private_jwk().unwrap();
    let rsa = |algorithm| SigningKey::from_private_jwk(rsa.as_bytes(), Some(algorithm)).unwrap();
    let secret = |algorithm| SigningKey::hmac(algorithm, &SECRET).unwrap();
    let pair = |algorithm| SigningKey::generate(algorithm).unwrap();
    [
        secret(Algorithm::HS256),
        secret(Algorithm::HS384),
        secret(Algorithm::HS512),
        pair(Algorithm::EdDSA),
        pair(Algorithm::ES256),
        pair(Algorithm::ES384),
        rsa(Algorithm::RS256),
        rsa(Algorithm::RS384),
        rsa(Algorithm::RS512),
        rsa(Algorithm::PS256),
        rsa(Algorithm::PS384),
        rsa(Algorithm::PS512),
    ]
    .map(Pair::new)
    .into()
});

/// Runs the comparison and shows that it was one: that tokens were accepted and refused.
fn compare<T: std::fmt::Debug>(
    cases: u32,
    strategy: impl Strategy<Value = T>,
    token: impl Fn(&T) -> (&'static Pair, String),
) {
    let (accepted, refused) = (Cell::new(0_u32), Cell::new(0_u32));
    let mut runner =
        TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&strategy, |case| {
        let (pair, token) = token(&case);
        if pair.we_accept(&token) {
            prop_assert!(pair.they_accept(&token), "{token}");
            accepted.set(accepted.get() + 1);
        } else {
            refused.set(refused.get() + 1);
        }
        Ok(())
    });
    outcome.unwrap();
    let (accepted, refused) = (accepted.get(), refused.get());
    assert!(accepted > cases / 100, "{accepted} of {cases} were accepted");
    assert!(refused > cases / 100, "{refused} of {cases} were refused");
}

fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode_to_string(text)
}

/// Signs these segments, whatever they hold, with the one secret whose tokens can be made by hand.
fn signed(header: &str, payload: &str) -> String {
    use aws_lc_rs::hmac;
    let message = format!("{}.{}", encode(header), encode(payload));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &SECRET), message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode_to_string(tag))
}

/// `{"a":1,...}` of members that are written as they are; a member without text is left out.
fn object(members: &[(&str, Option<String>)]) -> String {
    let members: Vec<_> = members
        .iter()
        .filter_map(|(name, json)| json.as_ref().map(|json| format!(r#""{name}":{json}"#)))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// A good value nine times of ten; else nothing, or JSON of any kind.
fn mostly(good: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    let other = prop::sample::select(vec![
        "null",
        "true",
        "0",
        "-1",
        "1",
        "1.0",
        "4e9",
        "4000000000",
        "1000000000.5",
        "18446744073709551615",
        "1e400",
        r#""""#,
        r#""x""#,
        r#""4000000000""#,
        "[]",
        "{}",
        "[1]",
        r#"["x"]"#,
        r#"["x",["y"]]"#,
        r#"{"x":1,"x":2}"#,
        "[",
        "nul",
    ]);
    prop_oneof![
        18 => prop::sample::select(good).prop_map(|json| Some(json.to_owned())),
        1 => Just(None),
        1 => other.prop_map(|json| Some(json.to_owned())),
    ]
}

fn claims() -> impl Strategy<Value = String> {
    let issuer: &[&str] = &[r#""https://auth.example.com""#, r#""https:\/\/auth.example.com""#];
    let audience: &[&str] = &[
        r#""https://api.example.com""#,
        r#"["https://api.example.com"]"#,
        r#"["x","https://api.example.com"]"#,
        r#"["https://api.example.com","https://api.example.com"]"#,
    ];
    let extra = prop_oneof![
        any::<f64>().prop_map(|number| Value::from(number).to_string()),
        any::<String>().prop_map(|text| Value::from(text).to_string()),
        prop::sample::select(vec!["[[[[1]]]]", r#"{"a":{"a":{}}}"#, "-0", r#""\ud83d\ude00""#])
            .prop_map(str::to_owned),
    ];
    (
        (mostly(issuer), mostly(audience), mostly(&[r#""ada""#, r#""\u0061da""#, r#""日本""#])),
        (mostly(&["4000000000", "18446744073709551615"]), mostly(&["1000000000", "0"])),
        (prop::option::of(mostly(&["1000000000"])), prop::option::of(mostly(&[r#""s1""#]))),
        prop::option::of(extra),
        any::<prop::sample::Index>(),
    )
        .prop_map(|((iss, aud, sub), (exp, iat), (nbf, sid), extra, first)| {
            let mut members = vec![
                ("iss", iss),
                ("aud", aud),
                ("sub", sub),
                ("exp", exp),
                ("iat", iat),
                ("nbf", nbf.flatten()),
                ("sid", sid.flatten()),
                ("extra", extra),
            ];
            members.rotate_left(first.index(8));
            object(&members)
        })
}

fn headers() -> impl Strategy<Value = String> {
    let unread = |values: Vec<&'static str>| {
        prop::option::of(prop::sample::select(values)).prop_map(|json| json.map(str::to_owned))
    };
    let maybe = |good| prop::option::of(mostly(good)).prop_map(Option::flatten);
    let asks = prop::sample::select(vec!["crit", "b64", "zip", "enc"]);
    (
        mostly(&[r#""HS256""#, r#""\u0048S256""#]),
        unread(vec![r#""JWT""#, r#""at+jwt""#]),
        unread(vec![r#""dGh1bWI""#]),
        maybe(&[r#""k1""#]),
        maybe(&[r#""text/plain""#]),
        maybe(&[r#"{"of":["ours"]}"#]),
        (asks, prop::option::weighted(0.1, mostly(&[r#"["exp"]"#, "false", r#""DEF""#]))),
        any::<prop::sample::Index>(),
    )
        .prop_map(|(alg, typ, x5t, kid, cty, extra, (ask, value), first)| {
            let mut members = vec![
                ("alg", alg),
                ("typ", typ),
                ("x5t", x5t),
                ("kid", kid),
                ("cty", cty),
                ("extra", extra),
                (ask, value.flatten()),
            ];
            members.rotate_left(first.index(7));
            object(&members)
        })
}

/// Up to two changes of a text: a character replaced, put in, taken out or put behind.
fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, u8, char)>> {
    let foreign = vec!['.', '=', '+', '/', '-', '_', 'A', 'z', ' ', '\n', '\0', '\u{e9}'];
    let change = (any::<prop::sample::Index>(), 0..4_u8, prop::sample::select(foreign));
    prop::collection::vec(change, 0..3)
}

fn changed(text: &str, changes: &[(prop::sample::Index, u8, char)]) -> String {
    let mut text: Vec<_> = text.chars().collect();
    for (place, kind, character) in changes {
        let place = place.index(text.len());
        match kind {
            0 => text[place] = *character,
            1 => text.insert(place, *character),
            2 => drop(text.remove(place)),
            _ => text.push(*character),
        }
    }
    text.into_iter().collect()
}

fn good_claims() -> String {
    format!(
        r#"{{"iss":"{ISSUER}","aud":"{AUDIENCE}","sub":"ada","iat":{LONG_AGO},"exp":{FAR_AHEAD}}}"#
    )
}

#[test]
fn claims_of_all_shapes() {
    compare(6_000, (0..PAIRS.len(), claims()), |(which, claims)| {
        let pair = &PAIRS[*which];
        (pair, pair.signing.sign(claims.as_bytes()).unwrap())
    });
}

#[test]
fn headers_of_all_shapes() {
    compare(6_000, headers(), |header| (&PAIRS[0], signed(header, &good_claims())));
}

#[test]
fn good_tokens_with_changes() {
    compare(6_000, (0..PAIRS.len(), changes()), |(which, changes)| {
        let pair = &PAIRS[*which];
        let token = pair.signing.sign(good_claims().as_bytes()).unwrap();
        (pair, changed(&token, changes))
    });
}

#[test]
fn signed_texts_with_changes() {
    let case = (changes(), changes());
    compare(6_000, case, |(in_header, in_claims)| {
        let header = changed(r#"{"alg":"HS256","kid":"k1"}"#, in_header);
        (&PAIRS[0], signed(&header, &changed(&good_claims(), in_claims)))
    });
}
