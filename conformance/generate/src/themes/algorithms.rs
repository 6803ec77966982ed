//! Every algorithm, its good signature, and the ones that are nearly good.

use aws_lc_rs::digest;

use crate::forge::{Forge, HS256, Signer, encode, segments};
use crate::object::Object;
use crate::theme::{ADA, Keys, Policy, Theme};

/// An algorithm, its key, another key of its kind, and the bytes of a signature.
struct Case {
    name: &'static str,
    own: Signer,
    other: Signer,
    length: usize,
}

impl Case {
    const fn new(
        name: &'static str,
        alg: &'static str,
        key: &'static str,
        other: &'static str,
        length: usize,
    ) -> Self {
        Self { name, own: Signer::new(key, alg), other: Signer::new(other, alg), length }
    }

    fn policy(&self, forge: &Forge) -> Policy {
        Policy::over([match self.own.alg {
            alg @ ("HS256" | "HS384" | "HS512") => forge.secret(self.own.key, alg),
            alg => Keys::set([forge.public(self.own.key).text("alg", alg)]),
        }])
    }

    fn header(&self) -> Object {
        Object::new().text("alg", self.own.alg)
    }

    fn token(&self, forge: &Forge) -> String {
        forge.token(self.own, self.header(), forge.claims())
    }
}

const CASES: [Case; 13] = [
    Case::new("hs256", "HS256", "hs256", "hs256-other", 32),
    Case::new("hs384", "HS384", "hs384", "hs512", 48),
    Case::new("hs512", "HS512", "hs512", "hs384", 64),
    Case::new("eddsa", "EdDSA", "ed25519", "ed25519-other", 64),
    Case::new("es256", "ES256", "p256", "p256-other", 64),
    Case::new("es384", "ES384", "p384", "p384-other", 96),
    Case::new("es512", "ES512", "p521", "p521-other", 132),
    Case::new("rs256", "RS256", "rsa", "rsa-other", 256),
    Case::new("rs384", "RS384", "rsa", "rsa-other", 256),
    Case::new("rs512", "RS512", "rsa", "rsa-other", 256),
    Case::new("ps256", "PS256", "rsa", "rsa-other", 256),
    Case::new("ps384", "PS384", "rsa", "rsa-other", 256),
    Case::new("ps512", "PS512", "rsa", "rsa-other", 256),
];

pub(super) fn theme(forge: &Forge) -> Theme {
    let mut theme = Theme::new("algorithms", "Every algorithm under a key of its own.");
    for case in &CASES {
        theme.policy(case.name, case.policy(forge));
        signatures(&mut theme, forge, case);
    }
    theme.under("eddsa");
    let token = forge.token(CASES[3].own, r#"{"alg":"Ed25519"}"#, forge.claims());
    theme.accept("ed25519-good", "`Ed25519` (RFC 9864) is another name of `EdDSA`", token, ADA);
    ecdsa(&mut theme, forge);
    ed25519(&mut theme, forge);
    rsa(&mut theme, forge);
    none(&mut theme, forge);
    theme
}

fn signatures(theme: &mut Theme, forge: &Forge, case: &Case) {
    let Case { name, own, other, length } = case;
    let good = case.token(forge);
    let message = good.rsplit_once('.').expect("a dot").0;
    let signature = forge.sign(*own, message.as_bytes());
    assert_eq!(signature.len(), *length);
    theme.accept(&format!("{name}-good"), "Signed with the key, nothing else", good.clone(), ADA);

    let mut refuse = |fault: &str, about: &str, token: String| {
        theme.refuse(&format!("{name}-{fault}"), about, token, "bad_signature");
    };
    let [header, _, signed] = segments(&good);
    let others = encode(forge.claims().text("sub", "eve").to_string());
    let about = "The claims of somebody else under a signature that was for Ada's";
    refuse("claims-exchanged", about, format!("{header}.{others}.{signed}"));
    let token = forge.token(*other, case.header(), forge.claims());
    refuse("other-key", "Signed with another key of the kind", token);
    let with = |signature: &[u8]| format!("{message}.{}", encode(signature));
    refuse("byte-missing", "The last byte is missing", with(&signature[..length - 1]));
    refuse("byte-more", "A zero byte more", with(&[&signature[..], &[0]].concat()));
}

/// Signatures of ECDSA that are another spelling, or no numbers of the curve.
fn ecdsa(theme: &mut Theme, forge: &Forge) {
    for (case, order) in [(&CASES[4], P256_ORDER), (&CASES[5], P384_ORDER), (&CASES[6], P521_ORDER)]
    {
        let Case { name, own, length, .. } = case;
        theme.under(name);
        let good = case.token(forge);
        let message = good.rsplit_once('.').expect("a dot").0;
        let signature = forge.sign(*own, message.as_bytes());
        let (r, s) = signature.split_at(length / 2);
        let order = hexadecimal(order);
        for (fault, about, signature) in [
            ("der", "DER is another format (RFC 7518 section 3.4)", der(r, s)),
            ("zeros", "r = s = 0 (CVE-2022-21449)", vec![0; *length]),
            ("swapped", "s before r", [s, r].concat()),
            ("order", "r and s are the order of the curve", order.repeat(2)),
            ("halves-longer", "Each half with a zero before it", [&[0], r, &[0], s].concat()),
        ] {
            let token = format!("{message}.{}", encode(signature));
            theme.refuse(&format!("{name}-{fault}"), about, token, "bad_signature");
        }
    }
    for (policy, signer, alg) in [
        ("es256", Signer::new("p256", "ES256"), "ES384"),
        ("es256", Signer::new("p384", "ES384"), "ES384"),
        ("es384", Signer::new("p384", "ES384"), "ES256"),
        ("es512", Signer::new("p521", "ES512"), "EdDSA"),
    ] {
        theme.under(policy);
        let header = Object::new().text("alg", alg);
        let token = forge.token(signer, header, forge.claims());
        let id = format!("{policy}-{}-says-{}", signer.key, alg.to_lowercase());
        let about = "A curve has one algorithm";
        theme.refuse(&id, about, token, "algorithm_not_accepted");
    }
}

fn ed25519(theme: &mut Theme, forge: &Forge) {
    let case = &CASES[3];
    theme.under(case.name);
    let good = case.token(forge);
    let message = good.rsplit_once('.').expect("a dot").0;
    let mut signature = forge.sign(case.own, message.as_bytes());
    add_little_endian(&mut signature[32..], &hexadecimal(ED25519_ORDER));
    let token = format!("{message}.{}", encode(signature));
    let about =
        "s and the order of the group: the same point, another signature (RFC 8032 section 5.1.7)";
    theme.refuse("eddsa-not-reduced", about, token, "bad_signature");
    let token = format!("{message}.{}", encode([0; 64]));
    theme.refuse("eddsa-zeros", "Zeros alone", token, "bad_signature");
    for alg in ["ES256", "HS256", "RS256"] {
        let header = Object::new().text("alg", alg);
        let token = forge.token(case.own, header, forge.claims());
        let id = format!("eddsa-says-{}", alg.to_lowercase());
        theme.refuse(&id, "An Ed25519 key has one algorithm", token, "algorithm_not_accepted");
    }
}

fn rsa(theme: &mut Theme, forge: &Forge) {
    let rsa = |alg| Signer::new("rsa", alg);
    // One key, and every algorithm but its own.
    for (policy, alg) in [
        ("rs256", "PS256"),
        ("rs256", "RS384"),
        ("rs384", "RS512"),
        ("ps256", "RS256"),
        ("ps256", "PS512"),
        ("ps512", "PS384"),
    ] {
        theme.under(policy);
        let token = forge.token(rsa(alg), Object::new().text("alg", alg), forge.claims());
        let id = format!("{policy}-key-{}", alg.to_lowercase());
        let about = "Well signed with the key, but by an algorithm that is not the key's";
        theme.refuse(&id, about, token, "algorithm_not_accepted");
    }
    for (policy, says, is) in [
        ("rs256", "RS256", "PS256"),
        ("rs256", "RS256", "RS384"),
        ("rs512", "RS512", "RS256"),
        ("ps256", "PS256", "RS256"),
        ("ps256", "PS256", "PS384"),
        ("ps384", "PS384", "PS512"),
        ("ps256", "PS256", "PS256 with a salt of 0 bytes"),
        ("ps256", "PS256", "PS256 with a salt of 20 bytes"),
        ("ps256", "PS256", "PS256 with a salt of 222 bytes"),
    ] {
        theme.under(policy);
        let token = forge.token(rsa(is), Object::new().text("alg", says), forge.claims());
        let id = format!("{policy}-is-{}", is.to_lowercase().replace(' ', "-"));
        let about = format!("The header says {says}, the signature is {is}");
        theme.refuse(&id, &about, token, "bad_signature");
    }
    theme.under("rs256");
    let case = &CASES[7];
    let good = case.token(forge);
    let message = good.rsplit_once('.').expect("a dot").0;
    let signature = forge.sign(case.own, message.as_bytes());
    let hash = digest::digest(&digest::SHA256, message.as_bytes());
    for (id, about, signature) in [
        ("rs256-zero-before", "A zero byte before", [&[0], &signature[..]].concat()),
        ("rs256-digest", "The digest, not signed at all", hash.as_ref().to_vec()),
        (
            "rs256-padded-digest",
            "The padded digest, not signed: good for e = 1",
            crate::forge::pkcs1_padded(message.as_bytes(), 256),
        ),
        ("rs256-modulus", "The modulus as signature", forge.bytes("rsa", "n")),
    ] {
        let token = format!("{message}.{}", encode(signature));
        theme.refuse(id, about, token, "bad_signature");
    }
}

/// There is no `none` (RFC 8725 section 3.2), however it is spelled and signed.
fn none(theme: &mut Theme, forge: &Forge) {
    theme.under("hs256");
    for (id, alg) in [
        ("none", "none"),
        ("none-capital", "None"),
        ("none-upper-case", "NONE"),
        ("none-mixed-case", "nOnE"),
        ("none-space", "none "),
        ("none-nul", "none\0"),
    ] {
        let header = Object::new().text("alg", alg);
        let [header, claims] = [header, forge.claims()].map(|part| encode(part.to_string()));
        let token = format!("{header}.{claims}.");
        let about = format!("{alg:?} and no signature");
        theme.refuse(&format!("{id}-unsigned"), &about, token, "malformed");
        let token = forge.signed(HS256, &header, &claims);
        let about = format!("{alg:?}, though well signed");
        theme.refuse(&format!("{id}-signed"), &about, token, "malformed");
    }
    let [header, claims] = [r#"{"alg":"none"}"#, &forge.claims().to_string()].map(encode);
    let about = "Nothing is signed, and the last dot is missing too";
    theme.refuse("none-two-parts", about, format!("{header}.{claims}"), "malformed");
    let about = "What is signed is empty, and so is the signature";
    theme.refuse("none-empty", about, format!("{header}.."), "malformed");
    theme.under("rs256");
    let about = "`none` where there are only public keys (CVE-2022-23540)";
    theme.refuse("none-public-keys", about, format!("{header}.{claims}."), "malformed");
    let token = format!("{header}.{claims}.AAAA");
    theme.refuse("none-public-keys-signed", about, token, "malformed");
}

// SP 800-186 section 3.2.1, in hexadecimal.
const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const P384_ORDER: &str = "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973";
const P521_ORDER: &str = "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409";
/// RFC 8032 section 5.1, little-endian.
const ED25519_ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

fn hexadecimal(text: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(pair).collect()
}

fn add_little_endian(number: &mut [u8], other: &[u8]) {
    let mut carry = false;
    for (byte, other) in number.iter_mut().zip(other) {
        let (sum, first) = byte.overflowing_add(*other);
        let (sum, second) = sum.overflowing_add(u8::from(carry));
        (*byte, carry) = (sum, first || second);
    }
    assert!(!carry, "there is room above");
}

/// `ECDSA-Sig-Value` (RFC 3279 section 2.2.3).
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1);
        let zero: &[u8] = if bytes[start] >= 0x80 { &[0] } else { &[] };
        let bytes = [zero, &bytes[start..]].concat();
        [vec![2, length(&bytes)], bytes].concat()
    };
    let both = [integer(r), integer(s)].concat();
    let long: &[u8] = if both.len() >= 0x80 { &[0x81] } else { &[] };
    [&[0x30], long, &[length(&both)], &both].concat()
}

fn length(bytes: &[u8]) -> u8 {
    bytes.len().try_into().expect("at most 255 bytes")
}
