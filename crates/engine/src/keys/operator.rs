//! What an operator asks of the signing keys, also while servers use them.

use super::keeper::{SigningKeys, Survey};
use super::sealed::{self, Seal};
use super::{KeysError, StoredKey};
use crate::store::Rewrap;
use crate::time::Time;

/// How another key is to take over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// When every verifier knows it: nobody is refused.
    Prepared,
    /// At once. Verifiers that hold an older key set look for it, or refuse its tokens until they
    /// fetch the set again.
    Now,
    /// At once; and whatever any other key signed is refused as soon as verifiers fetch the set
    /// again. For keys that somebody else may have.
    Revoking,
}

/// What a rotation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// A key waits, and signs from this time on.
    Pending {
        /// Its `kid`.
        kid: String,
        /// The time.
        activates_at: Time,
    },
    /// This key signs.
    Active {
        /// Its `kid`.
        kid: String,
    },
}

/// What changing secrets did, by `kid`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Encrypted with the current secret now.
    pub rewrapped: Vec<String>,
    /// Were encrypted with it before.
    pub unchanged: Vec<String>,
    /// Not encrypted, as the npm package was told, which could not read them otherwise.
    pub plain: Vec<String>,
    /// Encrypted with none of the secrets.
    pub unknown: Vec<String>,
}

/// A key as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyReport {
    /// `kid`.
    pub kid: String,
    /// JOSE name; absent in rows of old versions.
    pub algorithm: Option<String>,
    /// What it does.
    pub state: KeyState,
    /// When it was made, or began to sign.
    pub created_at: Time,
    /// Until when it does that, if that is settled.
    pub until: Option<Time>,
    /// Under what its private half is kept.
    pub seal: Seal,
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It is published, and will sign.
    Pending,
    /// It signs.
    Active,
    /// It is published, and signs no more.
    Retiring,
    /// It is not published any more.
    Gone,
}

impl SigningKeys {
    /// Does what is due, so that a key signs, and answers with its `kid`.
    ///
    /// # Errors
    ///
    /// [`KeysError`]; what has been done until then stays done.
    pub async fn ensure(&self) -> Result<String, KeysError> {
        let ring = self.ring().await?;
        Ok(ring.signing().kid().unwrap_or_default().to_owned())
    }

    /// All keys, newest first.
    ///
    /// # Errors
    ///
    /// [`KeysError`] when the store cannot answer.
    pub async fn list(&self) -> Result<Vec<KeyReport>, KeysError> {
        let rows = self.store.signing_keys().await?;
        let now = self.clock.now();
        let Survey { signing, pending } = self.survey(&rows, now);
        let signing = signing.map(|(row, _)| row);
        let report = |row: &StoredKey| {
            let signs = signing.is_some_and(|signing| signing.id == row.id);
            let ends = row.expires_at.map(|end| end + self.times.grace_period);
            let (state, until) = if row.activates_at.is_some() {
                (KeyState::Pending, row.activates_at)
            } else if signs {
                let succeeded_at = pending.as_ref().and_then(|(pending, _)| pending.activates_at);
                (KeyState::Active, succeeded_at.or(row.expires_at))
            } else if self.is_published(row, now) {
                (KeyState::Retiring, ends)
            } else {
                (KeyState::Gone, None)
            };
            KeyReport {
                kid: row.id.clone(),
                algorithm: row.algorithm.clone(),
                state,
                created_at: row.created_at,
                until,
                seal: sealed::open(&row.private_key, &self.secrets)
                    .map_or(Seal::Unknown, |opened| opened.seal),
            }
        };
        Ok(rows.iter().map(report).collect())
    }

    /// Has another key take over. A key that waits already is the one.
    ///
    /// # Errors
    ///
    /// [`KeysError::Locked`] where keys sign and none of them opens; then nothing has changed.
    /// Otherwise what has been done until then stays done.
    pub async fn rotate(&self, rotation: Rotation) -> Result<Rotated, KeysError> {
        let rows = self.store.signing_keys().await?;
        let now = self.clock.now();
        let locked = rows.iter().find(|row| self.is_live(row, now));
        if let (Some(row), None) = (locked, self.survey(&rows, now).signing) {
            return Err(KeysError::Locked { kid: row.id.clone() });
        }
        if rotation == Rotation::Revoking {
            // Whoever has the keys that sign may have those that wait.
            for row in self.store.signing_keys().await?.iter().filter(|row| row.waits()) {
                self.store.discard_pending_key(&row.id).await?;
            }
        }
        loop {
            let rows = self.store.signing_keys().await?;
            let now = self.clock.now();
            let Survey { signing, pending } = self.survey(&rows, now);
            let activates_at = match rotation {
                Rotation::Prepared => now + self.times.published_ahead(),
                Rotation::Now | Rotation::Revoking => now,
            };
            match (pending, rotation) {
                (Some((key, false)), _) => {
                    self.store.discard_pending_key(&key.id).await?;
                }
                (Some((key, true)), Rotation::Prepared) => {
                    let activates_at = key.activates_at.unwrap_or(now);
                    return Ok(Rotated::Pending { kid: key.id.clone(), activates_at });
                }
                (Some((key, true)), _) => {
                    // Whoever else rotates may have come first: only a key that signs is answered.
                    if self.activate(key, &rows, now, rotation == Rotation::Revoking).await? {
                        return Ok(Rotated::Active { kid: key.id.clone() });
                    }
                }
                (None, Rotation::Prepared) if signing.is_none() => {
                    return Ok(Rotated::Active { kid: self.ensure().await? });
                }
                (None, _) => {
                    let key = self.generate(now)?;
                    self.add(StoredKey { activates_at: Some(activates_at), ..key }, &rows).await?;
                }
            }
        }
    }

    /// Encrypts all private keys with the current secret, so that the others can be dropped. Keys
    /// that are gone too: nobody knows whether they will be looked at again.
    ///
    /// # Errors
    ///
    /// [`KeysError`]; then nothing has changed.
    pub async fn rewrap(&self) -> Result<Rewrapped, KeysError> {
        let current = Seal::Secret(self.secrets.current_name());
        let mut report = Rewrapped::default();
        let mut rewraps = Vec::new();
        for row in self.store.signing_keys().await? {
            let Some(opened) = sealed::open(&row.private_key, &self.secrets) else {
                report.unknown.push(row.id);
                continue;
            };
            if opened.seal == Seal::Plain {
                report.plain.push(row.id);
            } else if opened.seal == current
                && sealed::names_current(&row.private_key, &self.secrets)
            {
                report.unchanged.push(row.id);
            } else {
                let to = sealed::seal(&opened.jwk, &self.secrets, &self.entropy)?;
                rewraps.push(Rewrap { kid: row.id, from: row.private_key, to });
            }
        }
        report.rewrapped = self.store.rewrap_signing_keys(rewraps).await?;
        Ok(report)
    }
}
