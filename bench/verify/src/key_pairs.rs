//! Key pairs: verifying, verifying the same token again, and signing.

use std::hint::black_box;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, ParsedPublicKey,
    RsaEncoding, RsaKeyPair, VerificationAlgorithm,
};
use base64_simd::URL_SAFE_NO_PAD;
use tessera_token::{Algorithm, KeySet, SigningKey};

use crate::Failure;
use crate::contest::{Comparison, Contest, Contestant};
use crate::table::Reach;
use crate::token::{CLAIMS, NOW, SECRET, policy};

/// aws-lc-rs by itself.
pub const RAW: &str = "raw";
/// The verifier without a cache.
pub const OURS: &str = "`Verifier`";
const OURS_CACHED: &str = "`Verifier` with a cache";
/// Our key that signs.
pub const SIGNING_KEY: &str = "`SigningKey`";

/// What verifies with a key pair here.
pub const VERIFY: [Algorithm; 7] = [
    Algorithm::EdDSA,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::ES512,
    Algorithm::RS256,
    Algorithm::RS512,
    Algorithm::PS256,
];

/// What signs here.
pub const SIGN: [Algorithm; 4] =
    [Algorithm::HS256, Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256];

/// Verification of one token, beside aws-lc-rs verifying the same bytes with the key parsed and the
/// signature decoded.
///
/// # Errors
///
/// Somebody refuses the token.
pub fn verifying(algorithm: Algorithm) -> Result<Contest, Failure> {
    let Pair { key, public, .. } = Pair::generate(algorithm)?;
    let token = key.sign(CLAIMS.as_bytes())?;
    let verifier = policy().keys(KeySet::new([key.verifying_key()])).build()?;
    let (signed, signature) = token.rsplit_once('.').ok_or("no token")?;
    let (signed, signature) = (signed.to_owned(), URL_SAFE_NO_PAD.decode_to_vec(signature)?);

    let raw = Contestant::new(RAW, move || {
        public.verify_sig(black_box(signed.as_bytes()), black_box(&signature)).ok()
    })?;
    let ours =
        Contestant::new(OURS, move || verifier.verify(black_box(&token), black_box(NOW)).ok())?;
    let reach = match algorithm {
        Algorithm::EdDSA | Algorithm::ES256 | Algorithm::RS256 => Reach::TimesAtMost(1.05),
        _ => Reach::Any,
    };
    let what = format!("{algorithm} verify");
    let comparison = Comparison { what, measured: OURS, against: RAW, reach };
    Ok(Contest { contestants: vec![raw, ours], comparisons: vec![comparison] })
}

/// The same token again, with and without a cache.
///
/// # Errors
///
/// Somebody refuses the token.
pub fn repeated() -> Result<Contest, Failure> {
    let key = SigningKey::generate(Algorithm::EdDSA)?;
    let token = key.sign(CLAIMS.as_bytes())?;
    let keys = KeySet::new([key.verifying_key()]);
    let contestant = |name, entries| {
        let verifier = policy().keys(keys.clone()).cache(entries).build()?;
        let token = token.clone();
        Contestant::new(name, move || verifier.verify(black_box(&token), black_box(NOW)).ok())
    };
    let comparison = Comparison {
        what: "EdDSA verify of a token seen before".into(),
        measured: OURS_CACHED,
        against: OURS,
        reach: Reach::FasterAtLeast(50.0),
    };
    let contestants = vec![contestant(OURS, 0)?, contestant(OURS_CACHED, 1_000)?];
    Ok(Contest { contestants, comparisons: vec![comparison] })
}

/// Signing the claims, beside aws-lc-rs signing the bytes that a token's signature is over.
///
/// # Errors
///
/// Somebody does not sign.
pub fn signing(algorithm: Algorithm) -> Result<Contest, Failure> {
    let (key, sign) = if algorithm.is_symmetric() {
        let raw = hmac::Key::new(hmac::HMAC_SHA256, SECRET);
        let sign: RawSign = Box::new(move |message| Some(hmac::sign(&raw, message).as_ref().len()));
        (SigningKey::hmac(algorithm, SECRET)?, sign)
    } else {
        let Pair { key, sign, .. } = Pair::generate(algorithm)?;
        (key, sign)
    };
    let token = key.sign(CLAIMS.as_bytes())?;
    let (signed, _) = token.rsplit_once('.').ok_or("no token")?;
    let signed = signed.to_owned();

    let raw = Contestant::new(RAW, move || sign(black_box(signed.as_bytes())))?;
    let ours = Contestant::new(SIGNING_KEY, move || key.sign(black_box(CLAIMS.as_bytes())).ok())?;
    let what = format!("{algorithm} sign");
    let comparison = Comparison { what, measured: SIGNING_KEY, against: RAW, reach: Reach::Any };
    Ok(Contest { contestants: vec![raw, ours], comparisons: vec![comparison] })
}

/// Signs a message; the length of the signature, if there is one.
type RawSign = Box<dyn Fn(&[u8]) -> Option<usize>>;

/// One key pair, as ours and as that of aws-lc-rs.
struct Pair {
    key: SigningKey,
    public: ParsedPublicKey,
    sign: RawSign,
}

impl Pair {
    fn generate(algorithm: Algorithm) -> Result<Self, Failure> {
        match algorithm {
            Algorithm::EdDSA => Self::ed25519(),
            Algorithm::ES256 => Self::ecdsa(
                algorithm,
                &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
                &signature::ECDSA_P256_SHA256_FIXED,
            ),
            Algorithm::ES384 => Self::ecdsa(
                algorithm,
                &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
                &signature::ECDSA_P384_SHA384_FIXED,
            ),
            Algorithm::ES512 => Self::ecdsa(
                algorithm,
                &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
                &signature::ECDSA_P521_SHA512_FIXED,
            ),
            Algorithm::RS256 => Self::rsa(
                algorithm,
                &signature::RSA_PKCS1_SHA256,
                &signature::RSA_PKCS1_2048_8192_SHA256,
            ),
            Algorithm::RS512 => Self::rsa(
                algorithm,
                &signature::RSA_PKCS1_SHA512,
                &signature::RSA_PKCS1_2048_8192_SHA512,
            ),
            Algorithm::PS256 => Self::rsa(
                algorithm,
                &signature::RSA_PSS_SHA256,
                &signature::RSA_PSS_2048_8192_SHA256,
            ),
            _ => Err(format!("{algorithm} is not measured").into()),
        }
    }

    fn ed25519() -> Result<Self, Failure> {
        let pair = Ed25519KeyPair::generate()?;
        Ok(Self {
            key: SigningKey::from_der(Algorithm::EdDSA, pair.to_pkcs8v1()?.as_ref())?,
            public: ParsedPublicKey::new(&signature::ED25519, pair.public_key())?,
            sign: Box::new(move |message| Some(pair.sign(message).as_ref().len())),
        })
    }

    fn ecdsa(
        algorithm: Algorithm,
        signing: &'static EcdsaSigningAlgorithm,
        verifying: &'static dyn VerificationAlgorithm,
    ) -> Result<Self, Failure> {
        let pair = EcdsaKeyPair::generate(signing)?;
        let random = SystemRandom::new();
        Ok(Self {
            key: SigningKey::from_der(algorithm, pair.to_pkcs8v1()?.as_ref())?,
            public: ParsedPublicKey::new(verifying, pair.public_key())?,
            sign: Box::new(move |message| {
                pair.sign(&random, message).ok().map(|signature| signature.as_ref().len())
            }),
        })
    }

    /// With a modulus of 2048 bits.
    fn rsa(
        algorithm: Algorithm,
        encoding: &'static dyn RsaEncoding,
        verifying: &'static dyn VerificationAlgorithm,
    ) -> Result<Self, Failure> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
        let random = SystemRandom::new();
        Ok(Self {
            key: SigningKey::from_der(algorithm, pair.as_der()?.as_ref())?,
            public: ParsedPublicKey::new(verifying, pair.public_key())?,
            sign: Box::new(move |message| {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature).ok()?;
                Some(signature.len())
            }),
        })
    }
}
