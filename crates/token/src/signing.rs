//! Keys that sign.

use std::fmt;

use aws_lc_rs::encoding::{AsBigEndian, AsDer, EcPrivateKeyBin, Pkcs8V1Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, KeySize};
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair};
use pkcs1::RsaPrivateKeyRef;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Decode;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::compact::header_fits;
use crate::curve::Curve;
use crate::der;
use crate::error::KeyError;
use crate::json::{Json, read_object};
use crate::jwk::{Ec, Jwk, Material, Members, Okp, Rsa, bytes};
use crate::secret::hmac_key;
use crate::verifying::{VerifyingKey, rsa_components};

/// A prepared signing key with its one algorithm (RFC 7515 section 5.1). Its secret is never
/// printed.
///
/// ```
/// use tessera_token::{Algorithm, SignError, SigningKey};
///
/// let key = SigningKey::generate(Algorithm::EdDSA)?.with_kid("2026");
/// assert_eq!(key.sign(b"{}")?.split('.').count(), 3);
///
/// assert_eq!(key.sign(b""), Err(SignError::EmptyPayload));
/// assert!(SigningKey::generate(Algorithm::HS256).is_err(), "a secret is no key pair");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SigningKey {
    verifying: VerifyingKey,
    public: Option<Jwk>,
    key: Prepared,
}

pub(crate) enum Prepared {
    Secret(Box<hmac::Key>),
    Ed25519(Ed25519KeyPair),
    Ecdsa(EcdsaKeyPair),
    Rsa { pair: RsaKeyPair, encoding: &'static dyn RsaEncoding },
}

/// Why nothing was signed (RFC 7515 section 5.1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The payload is empty. No token without a payload verifies.
    #[error("there is nothing to sign")]
    EmptyPayload,
    /// The key's `kid` makes the header longer than the 1,024 bytes that [`verify`](crate::verify)
    /// reads.
    #[error("the key's kid is too long for the header of a token")]
    HeaderTooLong,
    /// The library refused.
    #[error("the key could not sign")]
    Failed,
}

impl SigningKey {
    /// A shared secret for `HS256`, `HS384` or `HS512` (RFC 7518 section 3.2).
    ///
    /// # Errors
    ///
    /// [`KeyError::SecretTooShort`] under 32, 48 or 64 bytes; [`KeyError::SecretIsKeyText`] for
    /// a key or a certificate in any form; [`KeyError::WrongAlgorithm`] for any other algorithm.
    pub fn hmac(algorithm: Algorithm, secret: &[u8]) -> Result<Self, KeyError> {
        let verifying = VerifyingKey::hmac(algorithm, secret)?;
        let key = Prepared::Secret(Box::new(hmac_key(algorithm, secret)?));
        Ok(Self { verifying, public: None, key })
    }

    /// A new key pair; RSA keys have 2048 bits (RFC 7518 section 3.3).
    ///
    /// # Errors
    ///
    /// [`KeyError::WrongAlgorithm`] for an algorithm with shared secrets, and
    /// [`KeyError::Generation`].
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let key = match algorithm {
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => {
                return Err(KeyError::WrongAlgorithm);
            }
            Algorithm::EdDSA => {
                Prepared::Ed25519(Ed25519KeyPair::generate().map_err(|_| KeyError::Generation)?)
            }
            Algorithm::ES256 | Algorithm::ES384 | Algorithm::ES512 => {
                let curve = Curve::of(algorithm).ok_or(KeyError::Curve)?;
                let pair = EcdsaKeyPair::generate(curve.signing);
                Prepared::Ecdsa(pair.map_err(|_| KeyError::Generation)?)
            }
            Algorithm::RS256
            | Algorithm::RS384
            | Algorithm::RS512
            | Algorithm::PS256
            | Algorithm::PS384
            | Algorithm::PS512 => {
                let encoding = rsa_encoding(algorithm).ok_or(KeyError::WrongAlgorithm)?;
                let pair = RsaKeyPair::generate(KeySize::Rsa2048);
                Prepared::Rsa { pair: pair.map_err(|_| KeyError::Generation)?, encoding }
            }
        };
        let material = public_material(&key, algorithm)?;
        Self::from_pair(algorithm, material, None, key)
    }

    /// Reads a private key in its JSON form (RFC 7517, RFC 7518 section 6, RFC 8037 section 2).
    ///
    /// `alg_if_absent` is the algorithm of a key that does not name its own; without either, the
    /// curve says it, and an RSA key is one for `RS256`.
    ///
    /// # Errors
    ///
    /// [`KeyError`]; [`KeyError::Invalid`] also where the public half is not that of the private
    /// one. RSA keys need their primes.
    pub fn from_private_jwk(
        json: &[u8],
        alg_if_absent: Option<Algorithm>,
    ) -> Result<Self, KeyError> {
        let json = str::from_utf8(json).map_err(|_| KeyError::NotJson)?;
        let mut public = Members::default();
        let mut private = PrivateMembers::default();
        read_object(json, |name, value| {
            if let Some(value) = private.take(name, value) {
                public.take(name, value);
            }
        })
        .map_err(|_| KeyError::NotJson)?;
        let mut jwk = public.into_public_half()?;
        if let (None, Some(algorithm)) = (&jwk.alg, alg_if_absent) {
            jwk = jwk.with_algorithm(algorithm);
        }
        let algorithm = VerifyingKey::from_jwk(&jwk)?.algorithm();
        let key = private.prepare(&jwk.material, algorithm)?;
        Self::from_pair(algorithm, jwk.material, jwk.kid, key)
    }

    /// Reads a private key in one PEM block, `PRIVATE KEY` (RFC 7468 section 10),
    /// `RSA PRIVATE KEY` or `EC PRIVATE KEY`. PEM does not say the algorithm, so you do. Encrypted
    /// keys are not read.
    ///
    /// # Errors
    ///
    /// As [`from_der`](Self::from_der); [`KeyError::NotPem`] and [`KeyError::PemLabel`].
    pub fn from_pem(algorithm: Algorithm, pem: &str) -> Result<Self, KeyError> {
        Self::from_der(algorithm, &der::private_block(pem)?)
    }

    /// Reads a private key in DER: PKCS #8 (RFC 5958 section 2), PKCS #1 (RFC 8017 appendix
    /// A.1.2) or `ECPrivateKey` (RFC 5915 section 3).
    ///
    /// # Errors
    ///
    /// [`KeyError::WrongAlgorithm`] for an algorithm with shared secrets; [`KeyError::Invalid`] for
    /// what is no key of the algorithm, or one whose halves do not match; [`KeyError`] where the
    /// public half is weak.
    pub fn from_der(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyError> {
        let key = der::private_key(algorithm, der)?;
        let material = public_material(&key, algorithm)?;
        Self::from_pair(algorithm, material, None, key)
    }

    /// Names the key: `kid` of the tokens it signs (RFC 7515 section 4.1.4).
    #[must_use]
    pub fn with_kid(self, kid: impl Into<String>) -> Self {
        let kid = kid.into();
        Self {
            public: self.public.map(|jwk| jwk.with_kid(kid.clone())),
            verifying: self.verifying.with_kid(kid),
            key: self.key,
        }
    }

    /// The only algorithm it signs with (RFC 7515 section 4.1.1).
    pub const fn algorithm(&self) -> Algorithm {
        self.verifying.algorithm()
    }

    /// `kid` of the tokens it signs (RFC 7515 section 4.1.4).
    pub fn kid(&self) -> Option<&str> {
        self.verifying.kid()
    }

    /// The half that verifies. Of a shared secret, the secret itself.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.verifying.clone()
    }

    /// The public half with `alg` and `kid` (RFC 7517 section 4); none of a shared secret.
    pub fn public_jwk(&self) -> Option<Jwk> {
        self.public.clone()
    }

    /// The private key in the JSON form that `jose`, and so the npm package, writes and reads (RFC
    /// 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2): key members only, no `alg`, no `kid`.
    /// None of a shared secret.
    pub fn private_jwk(&self) -> Option<Zeroizing<String>> {
        let public = &self.public.as_ref()?.material;
        let json = match (&self.key, public) {
            (Prepared::Ed25519(pair), Material::Okp { crv, x, kty }) => {
                let d = secret_text(pair.seed().ok()?.as_be_bytes().ok()?.as_ref());
                serde_json::to_string(&PrivateOkp { crv, d: &d, x, kty: *kty })
            }
            (Prepared::Ecdsa(pair), Material::Ec { kty, crv, x, y }) => {
                let d: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().ok()?;
                let d = secret_text(d.as_ref());
                serde_json::to_string(&PrivateEc { crv, d: &d, x, y, kty: *kty })
            }
            (Prepared::Rsa { pair, .. }, Material::Rsa { kty, n, e }) => {
                let der: Pkcs8V1Der<'_> = pair.as_der().ok()?;
                let info = PrivateKeyInfoRef::from_der(der.as_ref()).ok()?;
                let key = RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).ok()?;
                serde_json::to_string(&PrivateRsa {
                    kty: *kty,
                    n,
                    e,
                    d: &secret_text(key.private_exponent.as_bytes()),
                    p: &secret_text(key.prime1.as_bytes()),
                    q: &secret_text(key.prime2.as_bytes()),
                    dp: &secret_text(key.exponent1.as_bytes()),
                    dq: &secret_text(key.exponent2.as_bytes()),
                    qi: &secret_text(key.coefficient.as_bytes()),
                })
            }
            _ => return None,
        };
        json.ok().map(Zeroizing::new)
    }

    /// Signs `payload`, for a JSON Web Token the JSON of its claims, and returns the compact token
    /// (RFC 7515 sections 5.1 and 7.1).
    ///
    /// The header is `{"alg":"..."}`, with `"kid"` after it where the key has one.
    ///
    /// # Errors
    ///
    /// [`SignError`] for what [`verify`](crate::verify) would refuse, and when the library refuses,
    /// which it does not for a key made here.
    pub fn sign(&self, payload: &[u8]) -> Result<String, SignError> {
        let header = self.verifying.header();
        if payload.is_empty() {
            return Err(SignError::EmptyPayload);
        }
        if !header_fits(header) {
            return Err(SignError::HeaderTooLong);
        }
        // The longest usual signature is RSA's of 2048 bits; a longer one grows the string once.
        let mut token = String::with_capacity(header.len() + payload.len() / 3 * 4 + 4 + 344);
        token.push_str(header);
        token.push('.');
        base64url::append(payload, &mut token);

        let message = token.as_bytes();
        let random = SystemRandom::new();
        let signature = match &self.key {
            Prepared::Secret(key) => hmac::sign(key, message).as_ref().to_vec(),
            Prepared::Ed25519(pair) => {
                pair.try_sign(message).map_err(|_| SignError::Failed)?.as_ref().to_vec()
            }
            Prepared::Ecdsa(pair) => {
                pair.sign(&random, message).map_err(|_| SignError::Failed)?.as_ref().to_vec()
            }
            Prepared::Rsa { pair, encoding } => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature)
                    .map_err(|_| SignError::Failed)?;
                signature
            }
        };
        token.push('.');
        base64url::append(&signature, &mut token);
        Ok(token)
    }

    fn from_pair(
        algorithm: Algorithm,
        material: Material,
        kid: Option<String>,
        key: Prepared,
    ) -> Result<Self, KeyError> {
        let alg = Some(algorithm.name().to_owned());
        let public = Jwk { alg, material, kid, other_use: false };
        Ok(Self { verifying: VerifyingKey::from_jwk(&public)?, public: Some(public), key })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm())
            .field("kid", &self.kid())
            .finish_non_exhaustive()
    }
}

/// The members that only a private key has, in base64url.
#[derive(Default)]
struct PrivateMembers {
    d: Option<Zeroizing<String>>,
    p: Option<Zeroizing<String>>,
    q: Option<Zeroizing<String>>,
    dp: Option<Zeroizing<String>>,
    dq: Option<Zeroizing<String>>,
    qi: Option<Zeroizing<String>>,
}

impl PrivateMembers {
    /// Takes a private member; gives any other back.
    fn take<'a>(&mut self, name: &str, value: Json<'a>) -> Option<Json<'a>> {
        let slot = match name {
            "d" => &mut self.d,
            "p" => &mut self.p,
            "q" => &mut self.q,
            "dp" => &mut self.dp,
            "dq" => &mut self.dq,
            "qi" => &mut self.qi,
            _ => return Some(value),
        };
        if let Json::Text(text) = value {
            *slot = Some(Zeroizing::new(text.into_owned()));
        }
        None
    }

    fn prepare(&self, public: &Material, algorithm: Algorithm) -> Result<Prepared, KeyError> {
        let d = |length| secret_bytes("d", self.d.as_ref(), length);
        match public {
            Material::Okp { x, .. } => {
                let x = bytes("x", x, Some(32))?;
                let pair = Ed25519KeyPair::from_seed_and_public_key(&d(Some(32))?, &x);
                Ok(Prepared::Ed25519(pair.map_err(|_| KeyError::Invalid)?))
            }
            Material::Ec { crv, x, y, .. } => {
                let curve = Curve::named(crv)?;
                let pair = EcdsaKeyPair::from_private_key_and_public_key(
                    curve.signing,
                    &d(Some(curve.coordinate))?,
                    &curve.point(x, y)?,
                );
                Ok(Prepared::Ecdsa(pair.map_err(|_| KeyError::Invalid)?))
            }
            Material::Rsa { n, e, .. } => {
                let encoding = rsa_encoding(algorithm).ok_or(KeyError::WrongAlgorithm)?;
                let components = KeyPairComponents {
                    public_key: rsa_components(n, e)?,
                    d: d(None)?,
                    p: secret_bytes("p", self.p.as_ref(), None)?,
                    q: secret_bytes("q", self.q.as_ref(), None)?,
                    dP: secret_bytes("dp", self.dp.as_ref(), None)?,
                    dQ: secret_bytes("dq", self.dq.as_ref(), None)?,
                    qInv: secret_bytes("qi", self.qi.as_ref(), None)?,
                };
                let pair = RsaKeyPair::from_components(&components);
                Ok(Prepared::Rsa { pair: pair.map_err(|_| KeyError::Invalid)?, encoding })
            }
        }
    }
}

#[derive(Serialize)]
struct PrivateOkp<'a> {
    crv: &'a str,
    d: &'a str,
    x: &'a str,
    kty: Okp,
}

#[derive(Serialize)]
struct PrivateEc<'a> {
    crv: &'a str,
    d: &'a str,
    x: &'a str,
    y: &'a str,
    kty: Ec,
}

#[derive(Serialize)]
struct PrivateRsa<'a> {
    kty: Rsa,
    n: &'a str,
    e: &'a str,
    d: &'a str,
    p: &'a str,
    q: &'a str,
    dp: &'a str,
    dq: &'a str,
    qi: &'a str,
}

fn public_material(key: &Prepared, algorithm: Algorithm) -> Result<Material, KeyError> {
    Ok(match key {
        Prepared::Secret(_) => return Err(KeyError::WrongAlgorithm),
        Prepared::Ed25519(pair) => Material::Okp {
            crv: "Ed25519".to_owned(),
            x: base64url::encode(pair.public_key().as_ref()),
            kty: Okp::Okp,
        },
        Prepared::Ecdsa(pair) => {
            let curve = Curve::of(algorithm).ok_or(KeyError::Curve)?;
            curve.material(pair.public_key().as_ref()).ok_or(KeyError::Invalid)?
        }
        Prepared::Rsa { pair, .. } => {
            let der = pair.public_key().as_ref();
            let key = pkcs1::RsaPublicKeyRef::from_der(der).map_err(|_| KeyError::Generation)?;
            Material::Rsa {
                kty: Rsa::Rsa,
                n: base64url::encode(key.modulus.as_bytes()),
                e: base64url::encode(key.public_exponent.as_bytes()),
            }
        }
    })
}

pub(crate) fn rsa_encoding(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    Some(match algorithm {
        Algorithm::RS256 => &signature::RSA_PKCS1_SHA256,
        Algorithm::RS384 => &signature::RSA_PKCS1_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_SHA512,
        Algorithm::PS256 => &signature::RSA_PSS_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_SHA512,
        _ => return None,
    })
}

fn secret_bytes(
    member: &'static str,
    text: Option<&Zeroizing<String>>,
    length: Option<usize>,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    bytes(member, text.ok_or(KeyError::Member(member))?, length).map(Zeroizing::new)
}

fn secret_text(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(base64url::encode(bytes))
}
