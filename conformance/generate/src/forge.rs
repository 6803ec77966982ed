//! Makes tokens with the public test keys, faults included.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair,
};
use aws_lc_rs::{digest, hmac};
use base64_simd::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;

use crate::object::Object;
use crate::theme::{AUDIENCE, ISSUER, Keys, NOW};

/// The header of most tokens.
pub(crate) const HEADER: &str = r#"{"alg":"HS256"}"#;

/// A private key by its name, and how it signs. The header of a token says what it likes.
#[derive(Clone, Copy)]
pub(crate) struct Signer {
    pub(crate) key: &'static str,
    pub(crate) alg: &'static str,
}

impl Signer {
    pub(crate) const fn new(key: &'static str, alg: &'static str) -> Self {
        Self { key, alg }
    }
}

/// Signs most tokens.
pub(crate) const HS256: Signer = Signer::new("hs256", "HS256");

#[derive(Deserialize)]
struct KeyFile {
    keys: BTreeMap<String, BTreeMap<String, String>>,
}

/// The keys, and the random signatures that were made with them.
pub(crate) struct Forge {
    keys: BTreeMap<String, BTreeMap<String, String>>,
    kept: BTreeMap<String, String>,
    used: RefCell<BTreeMap<String, String>>,
}

impl Forge {
    /// Reads keys and signatures.
    pub(crate) fn open(keys: &Path, signatures: &Path) -> Self {
        let keys = std::fs::read(keys).expect("the keys are there");
        let KeyFile { keys } = serde_json::from_slice(&keys).expect("the keys are JSON");
        let kept = std::fs::read(signatures).expect("the signatures are there");
        let kept = serde_json::from_slice(&kept).expect("the signatures are JSON");
        Self { keys, kept, used: RefCell::default() }
    }

    /// The random signatures that are in use, to be read by the next [`open`](Self::open).
    pub(crate) fn signatures(self) -> BTreeMap<String, String> {
        self.used.into_inner()
    }

    /// A token of these contents.
    pub(crate) fn token(
        &self,
        signer: Signer,
        header: impl Into<Vec<u8>>,
        payload: impl Into<Vec<u8>>,
    ) -> String {
        self.signed(signer, &encode(header.into()), &encode(payload.into()))
    }

    /// A token of these segments, whatever they hold.
    pub(crate) fn signed(&self, signer: Signer, header: &str, payload: &str) -> String {
        let message = format!("{header}.{payload}");
        let signature = self.sign(signer, message.as_bytes());
        format!("{message}.{}", encode(signature))
    }

    /// The claims of most tokens.
    pub(crate) fn claims(&self) -> Object {
        Object::new()
            .text("iss", ISSUER)
            .text("aud", AUDIENCE)
            .text("sub", "ada")
            .text("user_id", "ada")
            .text("email", "ada@example.com")
            .text("sid", "s1")
            .json("iat", NOW)
            .json("exp", NOW + 900)
    }

    /// A token of the usual key with these claims.
    pub(crate) fn with_claims(&self, claims: impl Into<Vec<u8>>) -> String {
        self.token(HS256, HEADER, claims)
    }

    /// A token of the usual key with this header.
    pub(crate) fn with_header(&self, header: impl Into<Vec<u8>>) -> String {
        self.token(HS256, header, self.claims())
    }

    /// A signature. Of those that are random the one that was made before, if there is one.
    pub(crate) fn sign(&self, Signer { key, alg }: Signer, message: &[u8]) -> Vec<u8> {
        match alg {
            "HS256" => return self.hmac(hmac::HMAC_SHA256, key, message),
            "HS384" => return self.hmac(hmac::HMAC_SHA384, key, message),
            "HS512" => return self.hmac(hmac::HMAC_SHA512, key, message),
            "EdDSA" => {
                let pair = Ed25519KeyPair::from_seed_and_public_key(
                    &self.bytes(key, "d"),
                    &self.bytes(key, "x"),
                );
                return pair.expect("an Ed25519 key").sign(message).as_ref().to_vec();
            }
            _ => {}
        }
        let public = self.keys[key].get("x").or(self.keys[key].get("n")).expect("a public key");
        let known_by = digest::digest(&digest::SHA256, &[public.as_bytes(), message].concat());
        let known_by = format!("{key} {alg} {}", encode(known_by));
        let mut used = self.used.borrow_mut();
        let signature = used.entry(known_by).or_insert_with_key(|known_by| {
            let kept = self.kept.get(known_by).cloned();
            kept.unwrap_or_else(|| encode(self.sign_anew(key, alg, message)))
        });
        decode(signature)
    }

    fn sign_anew(&self, key: &str, alg: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let curve: Option<&'static EcdsaSigningAlgorithm> = match alg {
            "ES256" => Some(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            "ES384" => Some(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            "ES512" => Some(&signature::ECDSA_P521_SHA512_FIXED_SIGNING),
            _ => None,
        };
        if let Some(curve) = curve {
            let (d, point) = (self.bytes(key, "d"), self.point(key));
            let pair = EcdsaKeyPair::from_private_key_and_public_key(curve, &d, &point);
            return pair.unwrap().sign(&random, message).unwrap().as_ref().to_vec();
        }
        let encoding: &'static dyn RsaEncoding = match alg {
            "RS256" => &signature::RSA_PKCS1_SHA256,
            "RS384" => &signature::RSA_PKCS1_SHA384,
            "RS512" => &signature::RSA_PKCS1_SHA512,
            "PS256" => &signature::RSA_PSS_SHA256,
            "PS384" => &signature::RSA_PSS_SHA384,
            "PS512" => &signature::RSA_PSS_SHA512,
            _ => panic!("{key} {alg}: not kept, for {}", String::from_utf8_lossy(message)),
        };
        let pair = self.rsa_pair(key).unwrap_or_else(|error| {
            panic!("{key} {alg}: {error}, for {}", String::from_utf8_lossy(message))
        });
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &random, message, &mut signature).unwrap();
        signature
    }

    fn rsa_pair(&self, key: &str) -> Result<RsaKeyPair, KeyRejected> {
        let bytes = |member| self.bytes(key, member);
        RsaKeyPair::from_components(&KeyPairComponents {
            public_key: PublicKeyComponents { n: bytes("n"), e: bytes("e") },
            d: bytes("d"),
            p: bytes("p"),
            q: bytes("q"),
            dP: bytes("dp"),
            dQ: bytes("dq"),
            qInv: bytes("qi"),
        })
    }

    fn hmac(&self, hash: hmac::Algorithm, key: &str, message: &[u8]) -> Vec<u8> {
        hmac_with(hash, &self.bytes(key, "k"), message)
    }

    /// A token under a secret that is none of the test keys.
    pub(crate) fn with_secret(&self, secret: &[u8], header: &str) -> String {
        let message = format!("{}.{}", encode(header), encode(self.claims().to_string()));
        let tag = hmac_with(hmac::HMAC_SHA256, secret, message.as_bytes());
        format!("{message}.{}", encode(tag))
    }

    /// A shared secret, as a policy holds it.
    pub(crate) fn secret(&self, key: &str, alg: &'static str) -> Keys {
        Keys::Secret { secret: self.keys[key]["k"].clone(), alg }
    }

    /// The public half of a key pair as a JWK without `alg` and `kid`.
    pub(crate) fn public(&self, key: &str) -> Object {
        self.members(key, &["kty", "crv", "x", "y", "n", "e"])
    }

    /// All of a key as a JWK without `alg` and `kid`.
    pub(crate) fn private(&self, key: &str) -> Object {
        self.members(key, &["kty", "crv", "x", "y", "n", "e", "d", "p", "q", "dp", "dq", "qi", "k"])
    }

    fn members(&self, key: &str, names: &[&str]) -> Object {
        let members = &self.keys[key];
        let known = names.iter().filter_map(|name| Some((name, members.get(*name)?)));
        known.fold(Object::new(), |object, (name, value)| object.text(name, value))
    }

    /// The bytes of a member.
    pub(crate) fn bytes(&self, key: &str, member: &str) -> Vec<u8> {
        decode(&self.keys[key][member])
    }

    /// The point of a key on a NIST curve, uncompressed (SEC 1 section 2.3.3).
    fn point(&self, key: &str) -> Vec<u8> {
        [vec![4], self.bytes(key, "x"), self.bytes(key, "y")].concat()
    }

    /// The public half of a key pair as `SubjectPublicKeyInfo` in DER (RFC 5280 section 4.1).
    pub(crate) fn spki(&self, key: &str) -> Vec<u8> {
        match self.keys[key]["kty"].as_str() {
            "RSA" => {
                let pair = self.rsa_pair(key).unwrap();
                AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).unwrap().as_ref().to_vec()
            }
            // RFC 8410 section 4, and RFC 5480 section 2 for P-256: a fixed start, then the key.
            "OKP" => [ED25519_SPKI, &self.bytes(key, "x")].concat(),
            _ => [P256_SPKI, &self.point(key)].concat(),
        }
    }

    /// The public half of a key pair as PEM (RFC 7468).
    pub(crate) fn pem(&self, key: &str) -> String {
        let text = STANDARD.encode_to_string(self.spki(key));
        let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }
}

const ED25519_SPKI: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";
const P256_SPKI: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";

fn hmac_with(hash: hmac::Algorithm, secret: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hash, secret), message).as_ref().to_vec()
}

/// base64url without padding.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// The bytes of canonical base64url without padding.
pub(crate) fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode_to_vec(text).expect("canonical base64url")
}

/// The three segments of a token.
pub(crate) fn segments(token: &str) -> [&str; 3] {
    let segments: Vec<_> = token.split('.').collect();
    segments.try_into().expect("three segments")
}

/// A message as RSASSA-PKCS1-v1_5 signs it with SHA-256 (RFC 8017 section 9.2), in `length` bytes.
pub(crate) fn pkcs1_padded(message: &[u8], length: usize) -> Vec<u8> {
    const SHA256_INFO: &[u8] =
        b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
    let hash = digest::digest(&digest::SHA256, message);
    let info = [SHA256_INFO, hash.as_ref()].concat();
    let padding = vec![0xff; length - info.len() - 3];
    [&[0, 1], &padding[..], &[0], &info].concat()
}
