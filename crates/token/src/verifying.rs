//! Keys that verify.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters, RsaPublicKeyComponents};

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::curve::{Curve, ed25519_point};
use crate::der;
use crate::error::KeyError;
use crate::jwk::{Jwk, Jwks, Material, SkippedKey, bytes};
use crate::secret::{SecretJwk, hmac_key};

/// One parsed key (RFC 7517 section 4) with its one algorithm (RFC 7518 section 3.1, RFC 8037
/// section 3.1).
///
/// ```
/// use tessera_token::{Algorithm, KeyError, VerifyingKey};
///
/// assert!(VerifyingKey::hmac(Algorithm::HS256, b"32 bytes that nobody else knows.").is_ok());
///
/// let (required, length) = (32, 6);
/// let short = VerifyingKey::hmac(Algorithm::HS256, b"secret");
/// assert_eq!(short.unwrap_err(), KeyError::SecretTooShort { required, length });
/// let not_hmac = VerifyingKey::hmac(Algorithm::RS256, b"32 bytes that nobody else knows.");
/// assert_eq!(not_hmac.unwrap_err(), KeyError::WrongAlgorithm);
/// ```
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    kid: Option<String>,
    /// The header segment of the tokens that the matching signing key makes.
    header: String,
    key: Prepared,
}

#[derive(Clone)]
enum Prepared {
    Secret(Box<hmac::Key>),
    Public(ParsedPublicKey),
}

impl VerifyingKey {
    /// A shared secret for `HS256`, `HS384` or `HS512` (RFC 7518 section 3.2).
    ///
    /// # Errors
    ///
    /// [`KeyError::SecretTooShort`] under 32, 48 or 64 bytes; [`KeyError::SecretIsKeyText`] for
    /// a key or a certificate in any form; [`KeyError::WrongAlgorithm`] for any other algorithm.
    pub fn hmac(algorithm: Algorithm, secret: &[u8]) -> Result<Self, KeyError> {
        let key = hmac_key(algorithm, secret)?;
        Ok(Self::new(algorithm, None, Prepared::Secret(Box::new(key))))
    }

    /// A shared secret in its JSON form, `{"kty":"oct","k":"...","alg":"HS256"}` (RFC 7518 section
    /// 6.4). Without `alg` it is for `HS256`. Sets that are published never hold one: [`Jwk`] and
    /// [`Jwks`] refuse it.
    ///
    /// # Errors
    ///
    /// As [`hmac`](Self::hmac), and for what is not such a key.
    pub fn from_secret_jwk(json: &[u8]) -> Result<Self, KeyError> {
        let SecretJwk { algorithm, kid, secret } = SecretJwk::parse(json)?;
        let key = hmac_key(algorithm, &secret)?;
        Ok(Self::new(algorithm, kid, Prepared::Secret(Box::new(key))))
    }

    /// A public key with its `alg` and `kid` (RFC 7517 section 4).
    ///
    /// Where `alg` is absent, the curve says it, and an RSA key is one for `RS256`.
    ///
    /// # Errors
    ///
    /// [`KeyError`], for every key that does not fit its algorithm or is weak.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        if jwk.other_use {
            return Err(KeyError::NotForSignatures);
        }
        let named = match &jwk.alg {
            Some(name) => Some(name.parse().map_err(|_| KeyError::UnknownAlgorithm)?),
            None => None,
        };
        let (algorithm, key) = public_key(&jwk.material, named)?;
        Ok(Self::new(algorithm, jwk.kid.clone(), Prepared::Public(key)))
    }

    /// A public key in one PEM block, `PUBLIC KEY` (RFC 7468 section 13) or `RSA PUBLIC KEY`. PEM
    /// does not say the algorithm, so you do.
    ///
    /// # Errors
    ///
    /// As [`from_der`](Self::from_der); [`KeyError::NotPem`] and [`KeyError::PemLabel`], also for a
    /// private key or a certificate.
    pub fn from_pem(algorithm: Algorithm, pem: &str) -> Result<Self, KeyError> {
        Self::from_der(algorithm, &der::public_block(pem)?)
    }

    /// A public key in DER: `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7), or `RSAPublicKey`
    /// (RFC 8017 appendix A.1.1). Points of curves are uncompressed.
    ///
    /// # Errors
    ///
    /// [`KeyError`], for every key that does not fit the algorithm or is weak.
    pub fn from_der(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyError> {
        let (algorithm, key) = public_key(&der::public_key(der)?, Some(algorithm))?;
        Ok(Self::new(algorithm, None, Prepared::Public(key)))
    }

    /// Names the key (RFC 7517 section 4.5).
    #[must_use]
    pub fn with_kid(self, kid: impl Into<String>) -> Self {
        Self::new(self.algorithm, Some(kid.into()), self.key)
    }

    /// The only algorithm it verifies (RFC 7517 section 4.4).
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its name within its set (RFC 7517 section 4.5).
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    fn new(algorithm: Algorithm, kid: Option<String>, key: Prepared) -> Self {
        let header = header_segment(algorithm, kid.as_deref());
        Self { algorithm, kid, header, key }
    }

    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.key {
            Prepared::Secret(key) => hmac::verify(key, message, signature).is_ok(),
            Prepared::Public(key) => key.verify_sig(message, signature).is_ok(),
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// The keys that a verifier accepts (RFC 7517 section 5). Cloning shares them.
///
/// ```
/// use tessera_token::{Jwks, KeyError, KeySet};
///
/// let published = br#"{"keys":[
///     {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
///     {"kty":"RSA","n":"AQAB","e":"AQAB","kid":"weak"}]}"#;
/// let (keys, skipped) = KeySet::from_jwks(&Jwks::parse(published)?);
/// assert_eq!(keys.keys().len(), 1);
/// assert_eq!((skipped[0].position, &skipped[0].reason), (1, &KeyError::ModulusSize));
///
/// assert_eq!(Jwks::parse(b"{}"), Err(KeyError::NotKeySet));
/// # Ok::<(), KeyError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: Arc<[VerifyingKey]>,
}

impl KeySet {
    /// A set of these keys.
    pub fn new(keys: impl IntoIterator<Item = VerifyingKey>) -> Self {
        Self { keys: keys.into_iter().collect() }
    }

    /// The usable keys of a published set, and which others were left out and why: implementations
    /// ignore keys that they do not understand (RFC 7517 section 5).
    pub fn from_jwks(jwks: &Jwks) -> (Self, Vec<SkippedKey>) {
        let mut skipped = Vec::new();
        let mut usable = Vec::new();
        for (position, entry) in jwks.entries.iter().enumerate() {
            let key = entry.as_ref().map_err(Clone::clone).and_then(|jwk| {
                let skip = |reason| SkippedKey { position, kid: jwk.kid.clone(), reason };
                VerifyingKey::from_jwk(jwk).map_err(skip)
            });
            match key {
                Ok(key) => usable.push(key),
                Err(key) => skipped.push(key),
            }
        }
        (Self::new(usable), skipped)
    }

    /// These keys and one more.
    #[must_use]
    pub fn with(&self, key: VerifyingKey) -> Self {
        Self::new(self.keys.iter().cloned().chain([key]))
    }

    /// The keys.
    pub fn keys(&self) -> &[VerifyingKey] {
        &self.keys
    }

    /// Whether the other is this very set, or a clone of it; equal keys do not count. For whoever
    /// remembers what was verified and has to forget it once the keys are others.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.keys, &other.keys)
    }

    /// Whether it can verify nothing at all.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// `{"alg":"...","kid":"..."}` in base64url; no `typ`, as the npm package writes it.
fn header_segment(algorithm: Algorithm, kid: Option<&str>) -> String {
    let mut header = format!(r#"{{"alg":"{algorithm}""#);
    if let Some(kid) = kid {
        header.push_str(r#","kid":"#);
        header.push_str(&serde_json::Value::from(kid).to_string());
    }
    header.push('}');
    base64url::encode(header.as_bytes())
}

fn public_key(
    material: &Material,
    named: Option<Algorithm>,
) -> Result<(Algorithm, ParsedPublicKey), KeyError> {
    match material {
        Material::Okp { crv, x, .. } => {
            if crv != "Ed25519" {
                return Err(KeyError::Curve);
            }
            let algorithm = agreed(named, Algorithm::EdDSA)?;
            let x = ed25519_point(x)?;
            let key = ParsedPublicKey::new(&signature::ED25519, x);
            Ok((algorithm, key.map_err(|_| KeyError::Invalid)?))
        }
        Material::Ec { crv, x, y, .. } => {
            let curve = Curve::named(crv)?;
            let algorithm = agreed(named, curve.algorithm)?;
            let point = curve.point(x, y)?;
            let key = ParsedPublicKey::new(curve.verification, point);
            Ok((algorithm, key.map_err(|_| KeyError::Invalid)?))
        }
        Material::Rsa { n, e, .. } => {
            let algorithm = named.unwrap_or(Algorithm::RS256);
            let parameters = rsa_parameters(algorithm).ok_or(KeyError::WrongAlgorithm)?;
            let components = rsa_components(n, e)?;
            let key = components.to_parsed_public_key(parameters);
            Ok((algorithm, key.map_err(|_| KeyError::Invalid)?))
        }
    }
}

fn agreed(named: Option<Algorithm>, implied: Algorithm) -> Result<Algorithm, KeyError> {
    if named.is_none_or(|named| named == implied) {
        Ok(implied)
    } else {
        Err(KeyError::WrongAlgorithm)
    }
}

fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

/// Modulus and exponent of a size that is safe to use.
pub(crate) fn rsa_components(
    n: &str,
    e: &str,
) -> Result<RsaPublicKeyComponents<Vec<u8>>, KeyError> {
    let (n, e) = (bytes("n", n, None)?, bytes("e", e, None)?);
    let bits = match n.first() {
        Some(&first) if first != 0 => n.len() * 8 - first.leading_zeros() as usize,
        _ => return Err(KeyError::Member("n")),
    };
    if !(2048..=8192).contains(&bits) {
        return Err(KeyError::ModulusSize);
    }
    let exponent_is_safe = matches!(e.as_slice(), [first, .., last] if *first != 0 && last % 2 == 1)
        || matches!(e.as_slice(), [only] if *only >= 3 && only % 2 == 1);
    if !exponent_is_safe || e.len() > 4 {
        return Err(KeyError::Exponent);
    }
    Ok(RsaPublicKeyComponents { n, e })
}
