//! Keys as other tools keep them: DER, and PEM around it (RFC 7468).
//!
//! Neither says for which algorithm an RSA key is, so whoever reads one says it. A public key
//! becomes a [`Material`] and is then checked like any other; private keys are read by aws-lc-rs.

use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use pkcs1::RsaPublicKeyRef;
use pkcs8::der::Decode;
use pkcs8::der::asn1::ObjectIdentifier;
use pkcs8::spki::SubjectPublicKeyInfoRef;
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::curve::Curve;
use crate::error::KeyError;
use crate::jwk::{Material, Okp, Rsa};
use crate::signing::{Prepared, rsa_encoding};

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// The labels of the PEM blocks that hold a key (RFC 7468 sections 10 and 13, and the older ones of
/// PKCS #1 and SEC 1).
const PUBLIC_LABELS: [&str; 2] = ["PUBLIC KEY", "RSA PUBLIC KEY"];
const PRIVATE_LABELS: [&str; 3] = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

/// The DER within one PEM block that is labelled as a public key.
pub(crate) fn public_block(pem: &str) -> Result<Vec<u8>, KeyError> {
    let (label, der) = pem_rfc7468::decode_vec(pem.as_bytes()).map_err(|_| KeyError::NotPem)?;
    if PUBLIC_LABELS.contains(&label) { Ok(der) } else { Err(KeyError::PemLabel) }
}

/// The DER within one PEM block that is labelled as a private key.
pub(crate) fn private_block(pem: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let (label, der) = pem_rfc7468::decode_vec(pem.as_bytes()).map_err(|_| KeyError::NotPem)?;
    let der = Zeroizing::new(der);
    if PRIVATE_LABELS.contains(&label) { Ok(der) } else { Err(KeyError::PemLabel) }
}

/// A `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7), or an `RSAPublicKey` (RFC 8017 appendix
/// A.1.1).
pub(crate) fn public_key(der: &[u8]) -> Result<Material, KeyError> {
    let Ok(info) = SubjectPublicKeyInfoRef::from_der(der) else {
        return rsa(der);
    };
    let key = info.subject_public_key.as_bytes().ok_or(KeyError::NotDer)?;
    match info.algorithm.oid {
        RSA_ENCRYPTION => rsa(key),
        ED25519 => Ok(Material::Okp {
            crv: "Ed25519".to_owned(),
            x: base64url::encode(key),
            kty: Okp::Okp,
        }),
        EC_PUBLIC_KEY => {
            let curve = info.algorithm.parameters_oid().map_err(|_| KeyError::Curve)?;
            Curve::with_oid(curve)?.material(key).ok_or(KeyError::Invalid)
        }
        _ => Err(KeyError::Type),
    }
}

fn rsa(der: &[u8]) -> Result<Material, KeyError> {
    let key = RsaPublicKeyRef::from_der(der).map_err(|_| KeyError::NotDer)?;
    Ok(Material::Rsa {
        kty: Rsa::Rsa,
        n: base64url::encode(key.modulus.as_bytes()),
        e: base64url::encode(key.public_exponent.as_bytes()),
    })
}

/// A `PrivateKeyInfo` (PKCS #8, RFC 5958), an `RSAPrivateKey` (RFC 8017 appendix A.1.2) or an
/// `ECPrivateKey` (RFC 5915). Where it holds its public half, the halves have to match.
pub(crate) fn private_key(algorithm: Algorithm, der: &[u8]) -> Result<Prepared, KeyError> {
    Ok(match (algorithm, Curve::of(algorithm), rsa_encoding(algorithm)) {
        (Algorithm::EdDSA, ..) => {
            Prepared::Ed25519(Ed25519KeyPair::from_pkcs8(der).map_err(|_| KeyError::Invalid)?)
        }
        (_, Some(curve), _) => {
            let pair = EcdsaKeyPair::from_private_key_der(curve.signing, der);
            Prepared::Ecdsa(pair.map_err(|_| KeyError::Invalid)?)
        }
        (_, _, Some(encoding)) => {
            let pair = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der));
            Prepared::Rsa { pair: pair.map_err(|_| KeyError::Invalid)?, encoding }
        }
        _ => return Err(KeyError::WrongAlgorithm),
    })
}
