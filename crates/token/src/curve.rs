//! The curves of keys.

use aws_lc_rs::signature;
use curve25519_dalek::edwards::CompressedEdwardsY;
use pkcs8::der::asn1::ObjectIdentifier;

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::error::KeyError;
use crate::jwk::{Ec, Material, bytes};

/// What belongs to a NIST curve (RFC 7518 sections 3.4 and 6.2).
pub(crate) struct Curve {
    pub(crate) name: &'static str,
    oid: ObjectIdentifier,
    pub(crate) algorithm: Algorithm,
    /// Bytes of a coordinate.
    pub(crate) coordinate: usize,
    pub(crate) verification: &'static signature::EcdsaVerificationAlgorithm,
    pub(crate) signing: &'static signature::EcdsaSigningAlgorithm,
}

const CURVES: [Curve; 3] = [
    Curve {
        name: "P-256",
        oid: ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
        algorithm: Algorithm::ES256,
        coordinate: 32,
        verification: &signature::ECDSA_P256_SHA256_FIXED,
        signing: &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
    },
    Curve {
        name: "P-384",
        oid: ObjectIdentifier::new_unwrap("1.3.132.0.34"),
        algorithm: Algorithm::ES384,
        coordinate: 48,
        verification: &signature::ECDSA_P384_SHA384_FIXED,
        signing: &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
    },
    Curve {
        name: "P-521",
        oid: ObjectIdentifier::new_unwrap("1.3.132.0.35"),
        algorithm: Algorithm::ES512,
        coordinate: 66,
        verification: &signature::ECDSA_P521_SHA512_FIXED,
        signing: &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
    },
];

impl Curve {
    pub(crate) fn named(name: &str) -> Result<&'static Self, KeyError> {
        const { &CURVES }.iter().find(|curve| curve.name == name).ok_or(KeyError::Curve)
    }

    pub(crate) fn with_oid(oid: ObjectIdentifier) -> Result<&'static Self, KeyError> {
        const { &CURVES }.iter().find(|curve| curve.oid == oid).ok_or(KeyError::Curve)
    }

    pub(crate) fn of(algorithm: Algorithm) -> Option<&'static Self> {
        const { &CURVES }.iter().find(|curve| curve.algorithm == algorithm)
    }

    /// The key of an uncompressed point (SEC 1 section 2.3.4).
    pub(crate) fn material(&self, point: &[u8]) -> Option<Material> {
        let (x, y) = point.strip_prefix(&[4])?.split_at_checked(self.coordinate)?;
        let (x, y) = (base64url::encode(x), base64url::encode(y));
        Some(Material::Ec { kty: Ec::Ec, crv: self.name.to_owned(), x, y })
    }

    /// The uncompressed point (SEC 1 section 2.3.3).
    pub(crate) fn point(&self, x: &str, y: &str) -> Result<Vec<u8>, KeyError> {
        let mut point = vec![4];
        point.extend(bytes("x", x, Some(self.coordinate))?);
        point.extend(bytes("y", y, Some(self.coordinate))?);
        Ok(point)
    }
}

/// A point of edwards25519 in its one spelling (RFC 8032 section 5.1.3) that is not of small order:
/// under such a point as key, a signature can be made that is good for many messages.
///
/// The library that verifies looks at none of this before it has a signature.
pub(crate) fn ed25519_point(x: &str) -> Result<Vec<u8>, KeyError> {
    let x = bytes("x", x, Some(32))?;
    let spelled = CompressedEdwardsY::from_slice(&x).map_err(|_| KeyError::Invalid)?;
    let point = spelled.decompress().ok_or(KeyError::Invalid)?;
    if point.compress() == spelled && !point.is_small_order() {
        Ok(x)
    } else {
        Err(KeyError::Invalid)
    }
}
