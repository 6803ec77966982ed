//! A key used for an algorithm that it is not for: above all, a public key as a shared secret.

use serde_json::{Value, json};
use tessera_token::{
    Algorithm, Jwk, Jwks, KeyError, KeySet, Malformed, SigningKey, VerifyError, VerifyingKey,
};

use crate::forging::{CLAIMS, accepts, decode, encode, forge, refusal};

const RSA_PEM: &str = include_str!("../pem/rsa.pub.pem");
const RSA_PKCS1_PEM: &str = include_str!("../pem/rsa.pub.pkcs1.pem");
const EC_PEM: &str = include_str!("../pem/ec.pub.pem");
const ED_PEM: &str = include_str!("../pem/ed.pub.pem");

const PUBLIC: [(Algorithm, &str); 4] = [
    (Algorithm::RS256, RSA_PEM),
    (Algorithm::PS256, RSA_PKCS1_PEM),
    (Algorithm::ES256, EC_PEM),
    (Algorithm::EdDSA, ED_PEM),
];

const REAL_SECRET: [u8; 32] = [9; 32];

/// The attack: whoever has the public key signs with HMAC, and one of its forms as the secret. It
/// fails where only that key is known, and where there are also secrets for the same algorithm.
fn no_secret_is(known: &[u8], key: &VerifyingKey) {
    let alone = KeySet::new([key.clone()]);
    let beside = alone.with(VerifyingKey::hmac(Algorithm::HS256, &REAL_SECRET).unwrap());
    let kid = key.kid().map(|kid| format!(r#","kid":"{kid}""#)).unwrap_or_default();
    let forged = forge(&format!(r#"{{"alg":"HS256"{kid}}}"#), known);
    let algorithm = Algorithm::HS256;
    assert_eq!(refusal(&forged, &alone), VerifyError::AlgorithmNotAccepted { algorithm });
    assert_eq!(refusal(&forged, &beside), VerifyError::BadSignature);
    // Nor does the token verify as what the key is for.
    let relabelled = forge(&format!(r#"{{"alg":"{}"{kid}}}"#, key.algorithm()), known);
    assert_eq!(refusal(&relabelled, &alone), VerifyError::BadSignature);
}

/// The mistake that makes the attack work elsewhere: the key's text is configured as the secret.
fn is_no_secret(text: impl AsRef<[u8]>) {
    let text = text.as_ref();
    for (algorithm, bytes) in [(Algorithm::HS256, 32), (Algorithm::HS512, 64)] {
        if text.len() < bytes {
            assert_eq!(algorithm, Algorithm::HS512, "refused for its length only");
            continue;
        }
        let refused = VerifyingKey::hmac(algorithm, text).err();
        assert_eq!(refused, Some(KeyError::SecretIsKeyText), "{}", text.escape_ascii());
        let refused = SigningKey::hmac(algorithm, text).err();
        assert_eq!(refused, Some(KeyError::SecretIsKeyText), "{}", text.escape_ascii());
    }
}

/// Both, for a key file whose text was changed. The text may still be read as a key.
fn changed_pem(change: impl Fn(&str) -> String) {
    for (algorithm, pem) in PUBLIC {
        let text = change(pem);
        is_no_secret(&text);
        let key = VerifyingKey::from_pem(algorithm, &text)
            .or_else(|_| VerifyingKey::from_pem(algorithm, pem))
            .unwrap();
        no_secret_is(text.as_bytes(), &key);
    }
}

fn der(pem: &str) -> Vec<u8> {
    pem_rfc7468::decode_vec(pem.as_bytes()).unwrap().1
}

fn ed25519() -> (SigningKey, Jwk) {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap().with_kid("k1");
    let jwk = key.public_jwk().unwrap();
    (key, jwk)
}

#[test]
fn cve_2022_29217_an_openssh_key_as_secret() {
    let (key, jwk) = ed25519();
    let members: Value = serde_json::from_str(&jwk.to_json()).unwrap();
    let name = b"ssh-ed25519";
    let mut blob = vec![0, 0, 0, 11];
    blob.extend(name);
    blob.extend([0, 0, 0, 32]);
    blob.extend(decode(members["x"].as_str().unwrap()));
    let line = format!("ssh-ed25519 {}", base64_simd::STANDARD.encode_to_string(blob));
    for text in [line.clone(), format!("{line} ada@example.com\n")] {
        is_no_secret(&text);
        no_secret_is(text.as_bytes(), &key.verifying_key());
    }
    for kind in ["ssh-rsa", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com"] {
        is_no_secret(line.replace("ssh-ed25519", kind).repeat(2));
    }
}

#[test]
fn cve_2024_33663_a_public_key_of_any_kind_as_secret() {
    for algorithm in [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256] {
        let pair = SigningKey::generate(algorithm).unwrap().with_kid("k1");
        let jwk = pair.public_jwk().unwrap();
        for text in [jwk.to_json(), jwk.to_bare_json()] {
            is_no_secret(&text);
            no_secret_is(text.as_bytes(), &pair.verifying_key());
        }
    }
    for (algorithm, pem) in PUBLIC {
        no_secret_is(pem.as_bytes(), &VerifyingKey::from_pem(algorithm, pem).unwrap());
    }
}

#[test]
fn cve_2026_48526_a_jwk_as_secret() {
    let (key, jwk) = ed25519();
    let pretty: Value = serde_json::from_str(&jwk.to_json()).unwrap();
    for text in [
        jwk.to_json(),
        jwk.to_bare_json(),
        format!("\n  {}", jwk.to_json()),
        serde_json::to_string_pretty(&pretty).unwrap(),
    ] {
        is_no_secret(&text);
        no_secret_is(text.as_bytes(), &key.verifying_key());
    }
}

#[test]
fn cve_2026_102268_pem_with_other_line_ends() {
    changed_pem(|pem| pem.replace('\n', "\r\n"));
    changed_pem(|pem| pem.replace('\n', "\r"));
    changed_pem(|pem| pem.replace('\n', " \n"));
    changed_pem(|pem| pem.replace('\n', "\n\n"));
    changed_pem(|pem| pem.trim_end().to_owned());
}

#[test]
fn cve_2026_102271_a_public_key_in_der_as_secret() {
    for (algorithm, pem) in PUBLIC {
        let der = der(pem);
        let from_pem = VerifyingKey::from_pem(algorithm, pem).unwrap();
        let from_der = VerifyingKey::from_der(algorithm, &der).unwrap();
        for key in [from_pem, from_der] {
            no_secret_is(&der, &key);
            no_secret_is(encode(&der).as_bytes(), &key);
            no_secret_is(base64_simd::STANDARD.encode_to_string(&der).as_bytes(), &key);
        }
        is_no_secret(&der);
        is_no_secret(encode(&der));
        is_no_secret(base64_simd::STANDARD.encode_to_string(&der));
        is_no_secret(base64_simd::URL_SAFE.encode_to_string(&der));
    }
    // A certificate is as public, and a private key is no secret to share.
    for name in ["ed", "ec", "rsa", "ec.crt"] {
        let pem = std::fs::read_to_string(format!("tests/pem/{name}.pem")).unwrap();
        is_no_secret(der(&pem));
        is_no_secret(encode(der(&pem)));
    }
}

#[test]
fn a_secret_that_only_resembles_a_key_is_one() {
    let der = der(ED_PEM);
    let last_missing = &der[..der.len() - 1];
    let one_more = [&der[..], &[0]].concat();
    // The DER of nothing that is a key: an integer of 62 bytes, within a sequence and alone.
    let sequence = [&[0x30, 0x40, 0x02, 0x3e], &[1; 62][..]].concat();
    for bytes in [last_missing, &one_more, &sequence, &sequence[2..], &[0x30; 32]] {
        let text = base64_simd::STANDARD.encode_to_string(bytes);
        for secret in [bytes, text.as_bytes()] {
            assert!(VerifyingKey::hmac(Algorithm::HS256, secret).is_ok(), "{text}");
        }
    }
    // As many bytes as a secret of HS256 has, in the form of an RSA key of 200 bits.
    let short = [&[0x30, 0x1e, 0x02, 0x19], &[0x7f; 25][..], &[0x02, 0x01, 0x03]].concat();
    assert_eq!(short.len(), 32);
    assert!(VerifyingKey::hmac(Algorithm::HS256, &short).is_ok());
}

#[test]
fn cve_2026_102272_a_public_key_in_another_encoding_as_secret() {
    changed_pem(|pem| format!("\u{feff}{pem}"));
    for (algorithm, pem) in PUBLIC {
        let key = VerifyingKey::from_pem(algorithm, pem).unwrap();
        let utf16: Vec<u8> = pem.encode_utf16().flat_map(u16::to_le_bytes).collect();
        no_secret_is(&utf16, &key);
        let one_line: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        no_secret_is(one_line.as_bytes(), &key);
        is_no_secret(&one_line);
        is_no_secret(one_line.trim_end_matches('='));
        is_no_secret(format!(" {one_line}\r\n"));
        let lines: Vec<_> = pem.lines().filter(|line| !line.starts_with('-')).collect();
        is_no_secret(lines.join("\n"));
    }
    let (key, jwk) = ed25519();
    let members: Value = serde_json::from_str(&jwk.to_json()).unwrap();
    let x = members["x"].as_str().unwrap();
    no_secret_is(x.as_bytes(), &key.verifying_key());
    no_secret_is(&decode(x), &key.verifying_key());
}

#[test]
fn cve_2026_102273_a_key_set_as_secret() {
    let (_, jwk) = ed25519();
    let set = Jwks::from_iter([jwk.clone()]);
    let (keys, _) = KeySet::from_jwks(&set);
    let [key] = keys.keys() else { panic!("one key") };
    let set = set.to_json();
    for text in [
        format!("[{}]", jwk.to_json()),
        format!("[[{}]]", jwk.to_json()),
        format!("\u{feff}{set}"),
        format!(r#"{{"jwks":{set}}}"#),
        set,
    ] {
        is_no_secret(&text);
        no_secret_is(text.as_bytes(), key);
    }
}

#[test]
fn reg_python_jose_274_a_kid_does_not_choose_the_algorithm() {
    let rsa = VerifyingKey::from_pem(Algorithm::RS256, RSA_PEM).unwrap().with_kid("rsa");
    let secret = SigningKey::hmac(Algorithm::HS256, &REAL_SECRET).unwrap().with_kid("secret");
    let keys = KeySet::new([rsa, secret.verifying_key()]);
    for known in [RSA_PEM.as_bytes(), &der(RSA_PEM)] {
        let forged = forge(r#"{"alg":"HS256","kid":"rsa"}"#, known);
        assert_eq!(refusal(&forged, &keys), VerifyError::UnknownKey);
    }
    // A good tag of the secret, said to be a signature of the RSA key, and the other way round.
    let relabelled = forge(r#"{"alg":"RS256","kid":"secret"}"#, &REAL_SECRET);
    assert_eq!(refusal(&relabelled, &keys), VerifyError::UnknownKey);
    assert!(accepts(&secret.sign(CLAIMS).unwrap(), &keys));
}

#[test]
fn cve_2024_37568_a_public_key_without_alg_as_secret() {
    for (algorithm, pem) in PUBLIC {
        let key = VerifyingKey::from_pem(algorithm, pem).unwrap();
        no_secret_is(pem.as_bytes(), &key);
    }
    for algorithm in [Algorithm::EdDSA, Algorithm::ES384, Algorithm::RS256] {
        let bare = SigningKey::generate(algorithm).unwrap().public_jwk().unwrap().to_bare_json();
        let key = VerifyingKey::from_jwk(&Jwk::parse(bare.as_bytes()).unwrap()).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        no_secret_is(bare.as_bytes(), &key);
    }
}

#[test]
fn cve_2026_114615_words_before_the_pem() {
    changed_pem(|pem| format!("Key of the authorization server:\n{pem}"));
    changed_pem(|pem| format!("Bag Attributes\n    friendlyName: jwt\n{pem}"));
}

#[test]
fn cve_2023_48223_pkcs1_pem_as_secret() {
    assert!(RSA_PKCS1_PEM.starts_with("-----BEGIN RSA PUBLIC KEY-----"));
    is_no_secret(RSA_PKCS1_PEM);
    for algorithm in [Algorithm::RS256, Algorithm::PS384] {
        let key = VerifyingKey::from_pem(algorithm, RSA_PKCS1_PEM).unwrap();
        no_secret_is(RSA_PKCS1_PEM.as_bytes(), &key);
        no_secret_is(&der(RSA_PKCS1_PEM), &key);
    }
}

#[test]
fn cve_2026_34950_white_space_before_the_pem() {
    for space in [" ", "\n", "\t\r\n", "\u{b}\u{c}", "\u{a0}", "\u{2003}"] {
        changed_pem(|pem| format!("{space}{pem}"));
    }
}

#[test]
fn cve_2026_107722_any_byte_before_the_pem() {
    for prefix in ["x", "\0", "\u{200b}", "\u{feff}\u{feff}", "--", "\\n"] {
        changed_pem(|pem| format!("{prefix}{pem}"));
    }
}

#[test]
fn ghsa_8wpc_h4q6_8fxv_without_a_key_nothing_verifies() {
    let nothing = KeySet::default();
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS256"}"#, r#"{"alg":"None"}"#] {
        assert_eq!(refusal(&forge(header, b""), &nothing), VerifyError::NoKeys);
        let unsigned = format!("{}.{}.", encode(header), encode(CLAIMS));
        assert_eq!(refusal(&unsigned, &nothing), VerifyError::NoKeys);
    }
}

#[test]
fn cve_2026_22817_the_header_does_not_choose_among_algorithms() {
    // The key is one for PS256; the same numbers would verify the other RSA algorithms.
    let private = SigningKey::generate(Algorithm::RS512).unwrap().private_jwk().unwrap();
    let of = |algorithm| {
        SigningKey::from_private_jwk(private.as_bytes(), Some(algorithm)).unwrap().with_kid("r")
    };
    let keys = KeySet::new([of(Algorithm::PS256).verifying_key()]);
    assert!(accepts(&of(Algorithm::PS256).sign(CLAIMS).unwrap(), &keys));
    for algorithm in [Algorithm::RS256, Algorithm::RS512, Algorithm::PS512] {
        let token = of(algorithm).sign(CLAIMS).unwrap();
        assert_eq!(refusal(&token, &keys), VerifyError::AlgorithmNotAccepted { algorithm });
    }
}

#[test]
fn cve_2026_22818_a_key_without_alg_is_not_for_hs256() {
    let published = json!({ "keys": [{
        "kty": "RSA", "kid": "r", "e": "AQAB", "n": encode([0xff; 256]),
    }] });
    let (keys, skipped) =
        KeySet::from_jwks(&Jwks::parse(published.to_string().as_bytes()).unwrap());
    assert_eq!((keys.keys().len(), skipped), (1, vec![]));
    let n = published["keys"][0]["n"].as_str().unwrap();
    for known in [n.as_bytes(), &decode(n), published.to_string().as_bytes()] {
        no_secret_is(known, &keys.keys()[0]);
    }
}

#[test]
fn cve_2026_44699_an_rsa_key_is_no_secret_of_no_bytes() {
    let bare = SigningKey::generate(Algorithm::RS256).unwrap().public_jwk().unwrap().to_bare_json();
    let key = VerifyingKey::from_jwk(&Jwk::parse(bare.as_bytes()).unwrap()).unwrap();
    no_secret_is(b"", &key);
}

#[test]
fn cve_2022_23541_keys_of_both_kinds_side_by_side() {
    let secret = SigningKey::hmac(Algorithm::HS256, &REAL_SECRET).unwrap();
    let keys = KeySet::new(PUBLIC.map(|(algorithm, pem)| {
        VerifyingKey::from_pem(algorithm, pem).unwrap().with_kid(algorithm.name())
    }));
    let keys = keys.with(secret.verifying_key());
    assert!(accepts(&secret.sign(CLAIMS).unwrap(), &keys));
    for (algorithm, pem) in PUBLIC {
        for known in [pem.as_bytes(), &der(pem)] {
            for header in [
                r#"{"alg":"HS256"}"#.to_owned(),
                format!(r#"{{"alg":"HS256","kid":"{algorithm}"}}"#),
                format!(r#"{{"alg":"{algorithm}","kid":"{algorithm}"}}"#),
            ] {
                let forged = forge(&header, known);
                assert_eq!(refusal(&forged, &keys), VerifyError::BadSignature, "{header}");
            }
        }
    }
}

#[test]
fn cve_2022_23539_a_key_of_the_wrong_kind_for_its_algorithm() {
    for (kind, pem) in PUBLIC {
        let curve = matches!(kind, Algorithm::ES256 | Algorithm::EdDSA);
        for name in ["HS256", "HS384", "HS512", "EdDSA", "ES256", "ES384", "RS256", "PS512"] {
            let algorithm: Algorithm = name.parse().unwrap();
            let fits = if curve { algorithm == kind } else { name.starts_with(['R', 'P']) };
            assert_eq!(VerifyingKey::from_pem(algorithm, pem).is_ok(), fits, "{kind} {name}");
        }
    }
    for algorithm in [Algorithm::ES256, Algorithm::EdDSA, Algorithm::RS256] {
        let jwk = SigningKey::generate(algorithm).unwrap().public_jwk().unwrap();
        for wrong in [Algorithm::HS256, Algorithm::ES512].into_iter().filter(|a| *a != algorithm) {
            let refused = VerifyingKey::from_jwk(&jwk.clone().with_algorithm(wrong)).err();
            assert_eq!(refused, Some(KeyError::WrongAlgorithm), "{algorithm} as {wrong}");
        }
    }
}

#[test]
fn cve_2023_48238_rs256_made_hs256() {
    let rsa = SigningKey::generate(Algorithm::RS256).unwrap();
    let genuine = rsa.sign(CLAIMS).unwrap();
    assert!(accepts(&genuine, &KeySet::new([rsa.verifying_key()])));
    let jwk = rsa.public_jwk().unwrap();
    for known in [jwk.to_json(), jwk.to_bare_json()] {
        no_secret_is(known.as_bytes(), &rsa.verifying_key());
    }
}

#[test]
fn cve_2025_61152_none_verifies_under_no_key() {
    let mut keys: Vec<_> =
        PUBLIC.map(|(algorithm, pem)| VerifyingKey::from_pem(algorithm, pem).unwrap()).into();
    keys.push(VerifyingKey::hmac(Algorithm::HS256, &REAL_SECRET).unwrap());
    for key in keys {
        let keys = KeySet::new([key]);
        for alg in ["none", "None", "NONE", "nOnE"] {
            let header = encode(format!(r#"{{"alg":"{alg}"}}"#));
            let unsigned = format!("{header}.{}", encode(CLAIMS));
            let empty = Malformed::Empty { part: "signature" };
            assert_eq!(refusal(&format!("{unsigned}."), &keys), empty.into());
            assert_eq!(refusal(&unsigned, &keys), Malformed::NotThreeParts.into());
            let signed = format!("{unsigned}.{}", encode(b"anything"));
            assert_eq!(refusal(&signed, &keys), Malformed::UnknownAlgorithm.into());
        }
    }
}
