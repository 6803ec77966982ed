//! Policies, vectors and verdicts, as they stand in the files; `conformance/README.md` is the
//! description for whoever reads them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::forge::Forge;
use crate::object::{Object, set};

/// The time of most vectors, in Unix seconds.
pub(crate) const NOW: u64 = 1_800_000_000;
pub(crate) const ISSUER: &str = "https://auth.example.com";
pub(crate) const AUDIENCE: &str = "https://api.example.com";

/// A file of vectors.
#[derive(Serialize)]
pub(crate) struct Theme {
    #[serde(skip)]
    pub(crate) name: &'static str,
    about: &'static str,
    policies: BTreeMap<String, Policy>,
    vectors: Vec<Vector>,
    #[serde(skip)]
    policy: String,
    #[serde(skip)]
    now: u64,
}

/// What a verifier is told before it sees a token.
#[derive(Clone, Serialize)]
pub(crate) struct Policy {
    pub(crate) issuer: &'static str,
    pub(crate) audiences: Vec<&'static str>,
    pub(crate) keys: Option<Vec<Keys>>,
    pub(crate) leeway: u64,
    pub(crate) max_token_bytes: usize,
    pub(crate) required: Vec<String>,
    pub(crate) ended_sessions: Vec<&'static str>,
}

/// One source of keys.
#[derive(Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum Keys {
    /// A shared secret in base64url, for one algorithm.
    Secret { secret: String, alg: &'static str },
    /// A published set, as JSON text.
    Set { jwks: String },
}

#[derive(Serialize)]
struct Vector {
    id: String,
    about: String,
    policy: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<Claims>,
}

/// What an accepted token says.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Claims {
    pub(crate) iss: &'static str,
    pub(crate) aud: &'static str,
    pub(crate) sub: &'static str,
    pub(crate) email: Option<&'static str>,
    pub(crate) sid: Option<&'static str>,
    pub(crate) iat: u64,
    pub(crate) exp: u64,
}

/// What [`Forge::claims`] say.
pub(crate) const ADA: Claims = Claims {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: "ada",
    email: Some("ada@example.com"),
    sid: Some("s1"),
    iat: NOW,
    exp: NOW + 900,
};

impl Keys {
    /// A published set of these keys.
    pub(crate) fn set(keys: impl IntoIterator<Item = Object>) -> Self {
        Self::Set { jwks: set(keys) }
    }
}

impl Policy {
    /// The usual policy over these keys.
    pub(crate) fn over(keys: impl IntoIterator<Item = Keys>) -> Self {
        Self {
            issuer: ISSUER,
            audiences: vec![AUDIENCE],
            keys: Some(keys.into_iter().collect()),
            leeway: 5,
            max_token_bytes: 16_384,
            required: Vec::new(),
            ended_sessions: Vec::new(),
        }
    }

    /// The usual policy over the one secret that signs most tokens.
    pub(crate) fn usual(forge: &Forge) -> Self {
        Self::over([forge.secret("hs256", "HS256")])
    }
}

impl Theme {
    pub(crate) fn new(name: &'static str, about: &'static str) -> Self {
        let (policies, vectors) = (BTreeMap::new(), Vec::new());
        Self { name, about, policies, vectors, policy: String::new(), now: NOW }
    }

    /// The policy of the vectors that follow.
    pub(crate) fn policy(&mut self, name: &str, policy: Policy) {
        assert!(self.policies.insert(name.to_owned(), policy).is_none(), "{name} is there already");
        name.clone_into(&mut self.policy);
    }

    /// Goes back to a policy that was given before.
    pub(crate) fn under(&mut self, name: &str) {
        assert!(self.policies.contains_key(name), "{name} is not there");
        name.clone_into(&mut self.policy);
    }

    /// The time of the vectors that follow.
    pub(crate) const fn at(&mut self, now: u64) {
        self.now = now;
    }

    /// The token is accepted, and this is what it says.
    pub(crate) fn accept(&mut self, id: &str, about: &str, token: String, claims: Claims) {
        self.add(id, about, Some(token), "accept", None, Some(claims));
    }

    /// The token is bad.
    pub(crate) fn refuse(&mut self, id: &str, about: &str, token: String, code: &'static str) {
        self.add(id, about, Some(token), "refuse", Some(code), None);
    }

    /// Nothing can be said about the token now.
    pub(crate) fn cannot_tell(&mut self, id: &str, about: &str, token: String, code: &'static str) {
        self.add(id, about, Some(token), "cannot_tell", Some(code), None);
    }

    /// No verifier can be made of the policy, which is used for nothing else.
    pub(crate) fn no_verifier(
        &mut self,
        id: &str,
        about: &str,
        policy: Policy,
        code: &'static str,
    ) {
        self.policy(id, policy);
        self.add(id, about, None, "no_verifier", Some(code), None);
    }

    fn add(
        &mut self,
        id: &str,
        about: &str,
        token: Option<String>,
        verdict: &'static str,
        code: Option<&'static str>,
        claims: Option<Claims>,
    ) {
        let (id, about) = (format!("{}-{id}", self.name), about.to_owned());
        let now = token.is_some().then_some(self.now);
        self.vectors.push(Vector {
            id,
            about,
            policy: self.policy.clone(),
            now,
            token,
            verdict,
            code,
            claims,
        });
    }
}
