//! Public JSON Web Keys and sets of them (RFC 7517), as Better Auth publishes them.

use aws_lc_rs::digest;
use serde::Serialize;

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::curve::Curve;
use crate::error::KeyError;
use crate::json::{Json, read_array, read_object, texts};

/// A public key in its JSON form (RFC 7517 section 4). Whether it is a good key shows when a
/// [`VerifyingKey`](crate::VerifyingKey) is made of it.
///
/// Members are written in the order of the npm package: `alg`, the key, `kid`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Jwk {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) alg: Option<String>,
    #[serde(flatten)]
    pub(crate) material: Material,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kid: Option<String>,
    /// `use` or `key_ops` say something other than verifying signatures.
    #[serde(skip)]
    pub(crate) other_use: bool,
}

/// The key itself; every value is base64url text except `crv`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Material {
    /// Octet key pairs (RFC 8037).
    Okp { crv: String, x: String, kty: Okp },
    /// Elliptic curves (RFC 7518 section 6.2).
    Ec { kty: Ec, crv: String, x: String, y: String },
    /// RSA (RFC 7518 section 6.3).
    Rsa { kty: Rsa, n: String, e: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Okp {
    #[serde(rename = "OKP")]
    Okp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Ec {
    #[serde(rename = "EC")]
    Ec,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Rsa {
    #[serde(rename = "RSA")]
    Rsa,
}

impl Jwk {
    /// Reads one public key (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2).
    ///
    /// # Errors
    ///
    /// [`KeyError::NotJson`]; [`KeyError::Type`] unless `kty` is `OKP`, `EC` or `RSA`;
    /// [`KeyError::Member`] for a member that is missing or not a string;
    /// [`KeyError::PrivateInPublic`] for a private key, [`KeyError::SecretInPublic`] for a shared
    /// secret.
    pub fn parse(json: &[u8]) -> Result<Self, KeyError> {
        let json = str::from_utf8(json).map_err(|_| KeyError::NotJson)?;
        let mut members = Members::default();
        read_object(json, |name, value| members.take(name, value))
            .map_err(|_| KeyError::NotJson)?;
        members.into_public()
    }

    /// Sets `alg` (RFC 7517 section 4.4).
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.alg = Some(algorithm.name().to_owned());
        self
    }

    /// Sets `kid` (RFC 7517 section 4.5).
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = Some(kid.into());
        self
    }

    /// `kid`: the key's name within its set (RFC 7517 section 4.5).
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// `crv`: `Ed25519` (RFC 8037 section 2), `P-256`, ... (RFC 7518 section 6.2.1.1); none of RSA.
    pub fn curve(&self) -> Option<&str> {
        match &self.material {
            Material::Okp { crv, .. } | Material::Ec { crv, .. } => Some(crv),
            Material::Rsa { .. } => None,
        }
    }

    /// The thumbprint (RFC 7638 section 3): the SHA-256 of what the key is, in base64url. A name
    /// that no other key has.
    ///
    /// # Errors
    ///
    /// [`KeyError::Member`] and [`KeyError::Curve`] where the key has no one spelling.
    pub fn thumbprint(&self) -> Result<String, KeyError> {
        // The members that are required, in the order of their names, without space.
        let json = match &self.material {
            Material::Okp { crv, x, .. } => {
                if crv != "Ed25519" {
                    return Err(KeyError::Curve);
                }
                bytes("x", x, Some(32))?;
                format!(r#"{{"crv":"{crv}","kty":"OKP","x":"{x}"}}"#)
            }
            Material::Ec { crv, x, y, .. } => {
                let curve = Curve::named(crv)?;
                curve.point(x, y)?;
                format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Material::Rsa { n, e, .. } => {
                bytes("n", n, None)?;
                bytes("e", e, None)?;
                format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)
            }
        };
        Ok(base64url::encode(digest::digest(&digest::SHA256, json.as_bytes()).as_ref()))
    }

    /// The key with its `alg` and `kid`, as a set publishes it (RFC 7517 section 5.1).
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    /// The key alone (RFC 7518 section 6), without `alg` and `kid`, as Better Auth stores it beside
    /// them.
    pub fn to_bare_json(&self) -> String {
        to_json(&self.material)
    }
}

/// A published key set (RFC 7517 section 5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jwks {
    /// In their order, with what could not be read.
    pub(crate) entries: Vec<Result<Jwk, SkippedKey>>,
}

/// A key of a set that verifies nothing, and why (RFC 7517 section 5). The other keys are as good
/// as before.
///
/// It is shown in one line of bounded length whatever its `kid` holds, so that it may be logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("key {position} ({}): {reason}", shown(.kid.as_deref()))]
#[non_exhaustive]
pub struct SkippedKey {
    /// Its place in the set, from 0.
    pub position: usize,
    /// Its `kid`, where it has one.
    pub kid: Option<String>,
    /// What is wrong with it.
    pub reason: KeyError,
}

impl Jwks {
    /// Reads a key set (RFC 7517 section 5). A key that cannot be read is set aside;
    /// [`KeySet::from_jwks`] reports it.
    ///
    /// [`KeySet::from_jwks`]: crate::KeySet::from_jwks
    ///
    /// # Errors
    ///
    /// [`KeyError::NotJson`]; [`KeyError::NotKeySet`] for JSON without an array `keys`.
    pub fn parse(json: &[u8]) -> Result<Self, KeyError> {
        let json = str::from_utf8(json).map_err(|_| KeyError::NotJson)?;
        let mut keys = None;
        read_object(json, |name, value| {
            if let ("keys", Json::Array(array)) = (name, value) {
                keys = Some(array);
            }
        })
        // A bare array of keys is the likeliest JSON that is no object.
        .map_err(|_| match read_array(json, |_| ()) {
            Ok(()) => KeyError::NotKeySet,
            Err(_) => KeyError::NotJson,
        })?;
        let mut entries = Vec::new();
        read_array(keys.ok_or(KeyError::NotKeySet)?, |key| {
            entries.push(Self::entry(entries.len(), &key));
        })
        .map_err(|_| KeyError::NotJson)?;
        Ok(Self { entries })
    }

    fn entry(position: usize, key: &Json<'_>) -> Result<Jwk, SkippedKey> {
        let mut members = Members::default();
        let read = match key {
            Json::Object(key) => read_object(key, |name, value| members.take(name, value)).ok(),
            _ => None,
        };
        let kid = members.kid.clone();
        read.ok_or(KeyError::NotJson)
            .and_then(|()| members.into_public())
            .map_err(|reason| SkippedKey { position, kid, reason })
    }

    /// The keys that could be read, in their order (RFC 7517 section 5.1).
    pub fn keys(&self) -> impl Iterator<Item = &Jwk> {
        self.entries.iter().flatten()
    }

    /// The document that a JWKS endpoint serves: `{"keys":[...]}` (RFC 7517 section 5).
    pub fn to_json(&self) -> String {
        let keys: Vec<_> = self.keys().map(Jwk::to_json).collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }
}

impl FromIterator<Jwk> for Jwks {
    fn from_iter<I: IntoIterator<Item = Jwk>>(keys: I) -> Self {
        Self { entries: keys.into_iter().map(Ok).collect() }
    }
}

/// The members of a JWK that are read, public and private.
#[derive(Default)]
pub(crate) struct Members {
    kty: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    other_use: bool,
    has_private: bool,
    mistyped: Option<&'static str>,
}

impl Members {
    /// Takes one member; private ones are noted, not kept.
    pub(crate) fn take(&mut self, name: &str, value: Json<'_>) {
        let (name, slot) = match name {
            "kty" => ("kty", &mut self.kty),
            "alg" => ("alg", &mut self.alg),
            "kid" => ("kid", &mut self.kid),
            "crv" => ("crv", &mut self.crv),
            "x" => ("x", &mut self.x),
            "y" => ("y", &mut self.y),
            "n" => ("n", &mut self.n),
            "e" => ("e", &mut self.e),
            "use" => {
                self.other_use |= !matches!(&value, Json::Text(text) if text == "sig");
                return;
            }
            "key_ops" => {
                let ops = if let Json::Array(array) = value { texts(array) } else { None };
                let verifies = |ops: Vec<_>| ops.iter().any(|op| op == "verify" || op == "sign");
                self.other_use |= !ops.is_some_and(verifies);
                return;
            }
            "d" | "p" | "q" | "dp" | "dq" | "qi" | "oth" | "k" => {
                self.has_private = true;
                return;
            }
            _ => return,
        };
        match value {
            Json::Text(text) => *slot = Some(text.into_owned()),
            _ => self.mistyped = Some(name),
        }
    }

    fn into_public(self) -> Result<Jwk, KeyError> {
        if self.kty.as_deref() == Some("oct") {
            return Err(KeyError::SecretInPublic);
        }
        if self.has_private {
            return Err(KeyError::PrivateInPublic);
        }
        self.into_public_half()
    }

    /// The public half of what may be a private key.
    pub(crate) fn into_public_half(self) -> Result<Jwk, KeyError> {
        if let Some(name) = self.mistyped {
            return Err(KeyError::Member(name));
        }
        let need = |member: Option<String>, name| member.ok_or(KeyError::Member(name));
        let material = match need(self.kty, "kty")?.as_str() {
            "OKP" => {
                Material::Okp { crv: need(self.crv, "crv")?, x: need(self.x, "x")?, kty: Okp::Okp }
            }
            "EC" => Material::Ec {
                kty: Ec::Ec,
                crv: need(self.crv, "crv")?,
                x: need(self.x, "x")?,
                y: need(self.y, "y")?,
            },
            "RSA" => Material::Rsa { kty: Rsa::Rsa, n: need(self.n, "n")?, e: need(self.e, "e")? },
            _ => return Err(KeyError::Type),
        };
        Ok(Jwk { alg: self.alg, material, kid: self.kid, other_use: self.other_use })
    }
}

/// At most 100 characters of a name, in quotes, with control characters escaped: whoever publishes
/// the set chooses it, and a line feed would begin a forged line of the log.
fn shown(kid: Option<&str>) -> String {
    const MAX_CHARS: usize = 100;
    let Some(kid) = kid else { return "no kid".to_owned() };
    let more = if kid.chars().nth(MAX_CHARS).is_some() { "…" } else { "" };
    let start: String = kid.chars().take(MAX_CHARS).collect();
    format!("\"{}{more}\"", start.escape_debug())
}

/// Plain strings under plain names always have a JSON form, so nothing is lost here.
fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The bytes of a key's member, exactly `length` of them where that is given.
pub(crate) fn bytes(
    member: &'static str,
    text: &str,
    length: Option<usize>,
) -> Result<Vec<u8>, KeyError> {
    let bytes = base64url::decode(text).map_err(|_| KeyError::Member(member))?;
    if length.is_some_and(|length| bytes.len() != length) {
        return Err(KeyError::Member(member));
    }
    Ok(bytes)
}
