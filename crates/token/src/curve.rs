//! The curves of keys.

use aws_lc_rs::signature;
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
pub(crate) fn ed25519_point(x: &str) -> Result<Vec<u8>, KeyError> {
    /// The `y` of the points of order 8 and 4 to 1, in hexadecimal and little-endian.
    const SMALL_ORDER: [&str; 5] = [
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0100000000000000000000000000000000000000000000000000000000000000",
    ];
    let x = bytes("x", x, Some(32))?;
    // The highest bit is the sign of the other coordinate.
    let mut y = x.clone();
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    // The field's prime is 2^255 - 19: only these spell a `y` that is not below it.
    let is_reduced = !matches!(y.as_slice(), [0xed..=0xff, middle @ .., 0x7f]
        if middle.iter().all(|byte| *byte == 0xff));
    let y: String = y.iter().map(|byte| format!("{byte:02x}")).collect();
    if is_reduced && !SMALL_ORDER.contains(&y.as_str()) { Ok(x) } else { Err(KeyError::Invalid) }
}
