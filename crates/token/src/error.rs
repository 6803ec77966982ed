//! Why a key is refused.

/// Why something is not a key (RFC 7517 section 4, RFC 7518 section 6), or not one that is safe to
/// use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A shared secret has fewer bytes than its algorithm's hash (RFC 7518 section 3.2).
    #[error("the secret has {length} bytes, and needs at least {required}")]
    SecretTooShort {
        /// The fewest bytes that would do.
        required: usize,
        /// How many it has.
        length: usize,
    },
    /// A shared secret is a key, or a certificate: PEM (RFC 7468) or the DER within it, a JWK (RFC
    /// 7517), OpenSSH. A public key is no secret.
    #[error(
        "the secret is a key that others may know: read a public key with `from_pem` or \
         `from_jwk`, and make a secret of random bytes"
    )]
    SecretIsKeyText,
    /// The algorithm takes another kind of key.
    #[error("this kind of key does not fit the algorithm")]
    WrongAlgorithm,
    /// `alg` names no algorithm known here.
    #[error("the key's algorithm is not supported")]
    UnknownAlgorithm,
    /// `kty` is not `OKP`, `EC` or `RSA`; of a secret, not `oct`.
    #[error("the key's type is not supported")]
    Type,
    /// `crv` is not `Ed25519`, `P-256`, `P-384` or `P-521`.
    #[error("the key's curve is not supported")]
    Curve,
    /// `use` or `key_ops` say that the key is not for signatures.
    #[error("the key is not meant for signatures")]
    NotForSignatures,
    /// Not a JSON object, or not a strict one.
    #[error("the key is not strict JSON")]
    NotJson,
    /// A key set is JSON, but no object with an array `keys` (RFC 7517 section 5.1).
    #[error("there is no array `keys`")]
    NotKeySet,
    /// Not one block of PEM (RFC 7468).
    #[error("the key is not PEM")]
    NotPem,
    /// The PEM block is not labelled as a key of the kind that is asked for.
    #[error("the PEM block is not labelled as a key of this kind")]
    PemLabel,
    /// Not a public key in DER: neither `SubjectPublicKeyInfo` nor `RSAPublicKey`.
    #[error("the key is not DER")]
    NotDer,
    /// A member is missing, not a string, or not canonical base64url of the right length.
    #[error("`{0}` is missing or malformed")]
    Member(&'static str),
    /// A private key where a public one belongs.
    #[error("this is a private key where a public one belongs")]
    PrivateInPublic,
    /// A shared secret (`kty` is `oct`, RFC 7518 section 6.4) where a public key belongs.
    #[error("this is a shared secret, and no published key is one")]
    SecretInPublic,
    /// An RSA modulus of fewer than 2048 or more than 8192 bits.
    #[error("the RSA modulus is not of 2048 to 8192 bits")]
    ModulusSize,
    /// An RSA exponent that is even, below 3 or above 2^32 - 1.
    #[error("the RSA exponent is not odd and from 3 to 2^32 - 1")]
    Exponent,
    /// The point is not on the curve, the halves of a private key do not belong together, or the
    /// numbers are no key at all.
    #[error("the parts of the key do not make a valid key")]
    Invalid,
    /// No key could be made.
    #[error("a key could not be generated")]
    Generation,
}
