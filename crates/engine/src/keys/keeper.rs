//! What is due for the signing keys, decided from the rows alone, so that all servers on a database
//! come to the same.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tessera_token::{Algorithm, Jwks, KeySet, SigningKey};

use super::ring::{KeyRing, PublishedKeys};
use super::times::KeyTimes;
use super::{KeysError, StoredKey};
use crate::auth_secrets::AuthSecrets;
use crate::entropy::Entropy;
use crate::store::{Store, Succession};
use crate::time::{Clock, Time};

/// The key pairs in a store: makes them, lets the next one take over, and answers an operator.
///
/// Any number of servers and operators may do this on one database at once. Each step is one
/// transaction that happens only if what it rests on still holds; whoever comes second looks again.
pub struct SigningKeys {
    pub(super) store: Arc<dyn Store>,
    pub(super) secrets: AuthSecrets,
    pub(super) algorithm: Algorithm,
    pub(super) times: KeyTimes,
    pub(super) clock: Clock,
    pub(super) entropy: Entropy,
    /// The `kid`s of which the log has said that something is wrong with them.
    complained: Mutex<HashSet<String>>,
}

/// The rows that matter to signing, opened.
pub(super) struct Survey<'a> {
    /// The one that signs.
    pub(super) signing: Option<(&'a StoredKey, SigningKey)>,
    /// The one that is to be next, and whether it opens.
    pub(super) pending: Option<(&'a StoredKey, bool)>,
}

/// The next thing to do.
enum Due<'a> {
    Nothing,
    /// There is no key to sign with.
    Mint,
    /// The key that signs needs a successor, from this time on.
    Prepare(Time),
    Activate(&'a StoredKey),
    /// It was to take over, and cannot be opened.
    Discard(&'a str),
}

impl SigningKeys {
    /// Key pairs of this algorithm, private halves encrypted with these secrets.
    pub fn new(
        store: Arc<dyn Store>,
        secrets: AuthSecrets,
        algorithm: Algorithm,
        times: KeyTimes,
        clock: Clock,
        entropy: Entropy,
    ) -> Self {
        let complained = Mutex::default();
        Self { store, secrets, algorithm, times, clock, entropy, complained }
    }

    /// Does what is due, and answers with the keys as they are then.
    pub(crate) async fn ring(&self) -> Result<KeyRing, KeysError> {
        loop {
            let rows = self.store.signing_keys().await?;
            let now = self.clock.now();
            let survey = self.survey(&rows, now);
            match self.due(&survey, now) {
                Due::Nothing => {
                    if let Some((_, signing)) = survey.signing {
                        return Ok(self.assemble(signing, &rows, now));
                    }
                }
                Due::Mint => {
                    // The newest, also for the npm package and where clocks differ.
                    let newest = rows.iter().find(|row| !row.waits());
                    let after = newest.map(|row| row.created_at + Duration::from_millis(1));
                    let key = self.generate(after.map_or(now, |after| after.max(now)))?;
                    self.add(key, &rows).await?;
                }
                Due::Prepare(activates_at) => {
                    let key = StoredKey { activates_at: Some(activates_at), ..self.generate(now)? };
                    self.add(key, &rows).await?;
                }
                Due::Activate(key) => {
                    self.activate(key, &rows, now, false).await?;
                }
                Due::Discard(kid) => {
                    self.store.discard_pending_key(kid).await?;
                }
            }
        }
    }

    pub(super) fn generate(&self, now: Time) -> Result<StoredKey, KeysError> {
        StoredKey::generate(self.algorithm, &self.secrets, &self.entropy, now)
    }

    /// Adds a key, unless somebody else has changed the keys since `rows` were read.
    pub(super) async fn add(&self, key: StoredKey, rows: &[StoredKey]) -> Result<bool, KeysError> {
        let newest = rows.iter().find(|row| !row.waits()).map(|row| row.id.clone());
        let (kid, signs) = (key.id.clone(), key.activates_at);
        let added = self.store.add_signing_key(key, newest).await?;
        match signs {
            _ if !added => {}
            None => tracing::info!(kid, algorithm = %self.algorithm, "made a signing key"),
            Some(at) => tracing::info!(
                kid, algorithm = %self.algorithm, signs_from = %at, "made the next signing key"
            ),
        }
        Ok(added)
    }

    /// Lets a pending key sign, in place of those that could until now. False when somebody else
    /// has done it, or discarded the key.
    pub(super) async fn activate(
        &self,
        key: &StoredKey,
        rows: &[StoredKey],
        now: Time,
        revokes_others: bool,
    ) -> Result<bool, KeysError> {
        let signed = rows.iter().filter(|row| self.is_live(row, now));
        let retires = signed.filter(|row| row.open(&self.secrets, self.algorithm).is_ok());
        let succession = Succession {
            kid: key.id.clone(),
            at: now,
            retires: retires.map(|row| row.id.clone()).collect(),
            revokes_others,
        };
        let activated = self.store.activate_signing_key(succession).await?;
        if activated {
            tracing::info!(kid = key.id, "another signing key has taken over");
        }
        Ok(activated)
    }

    pub(super) fn survey<'a>(&self, rows: &'a [StoredKey], now: Time) -> Survey<'a> {
        let live = rows.iter().filter(|row| self.is_live(row, now));
        let lapsed = rows.iter().filter(|row| self.may_sign_on(row, now));
        let signing = live.chain(lapsed).find_map(|row| Some((row, self.open(row)?)));
        let pending = rows.iter().find(|row| row.waits() && self.is_ours(row));
        let pending = pending.map(|row| (row, self.open(row).is_some()));
        Survey { signing, pending }
    }

    fn due<'a>(&self, Survey { signing, pending }: &Survey<'a>, now: Time) -> Due<'a> {
        let Some((signing, _)) = signing else {
            return match pending {
                Some((key, true)) => Due::Activate(key),
                _ => Due::Mint,
            };
        };
        match pending {
            Some((key, _)) if key.activates_at.is_none_or(|at| now < at) => Due::Nothing,
            Some((key, true)) => Due::Activate(key),
            Some((key, false)) => Due::Discard(&key.id),
            None => {
                let rotation = self.times.rotation_interval;
                let rotation = rotation.map(|interval| signing.created_at + interval);
                let soonest = now + self.times.published_ahead();
                match rotation.into_iter().chain(signing.expires_at).min() {
                    Some(at) if at <= soonest => Due::Prepare(soonest),
                    _ => Due::Nothing,
                }
            }
        }
    }

    fn is_ours(&self, row: &StoredKey) -> bool {
        row.algorithm_or(self.algorithm) == Some(self.algorithm)
    }

    pub(super) fn is_live(&self, row: &StoredKey, now: Time) -> bool {
        let lives = row.expires_at.is_none_or(|end| now < end);
        !row.waits() && lives && self.is_ours(row)
    }

    /// Whether its time is over, and it is published for so long yet that it may sign until its
    /// successor is known to all: nobody would know one that begins at once.
    fn may_sign_on(&self, row: &StoredKey, now: Time) -> bool {
        let is_published_yet = |end: Time| end <= now && now < end + self.times.spare;
        self.is_ours(row) && !row.is_revoked() && row.expires_at.is_some_and(is_published_yet)
    }

    /// Whether it stands in `/jwks`.
    pub(super) fn is_published(&self, row: &StoredKey, now: Time) -> bool {
        !row.is_revoked() && row.expires_at.is_none_or(|end| now < end + self.times.grace_period)
    }

    fn open(&self, row: &StoredKey) -> Option<SigningKey> {
        let opened = row.open(&self.secrets, self.algorithm);
        if let Err(reason) = &opened
            && self.is_new_complaint(&row.id)
        {
            tracing::error!(
                kid = row.id, %reason, "signing key set aside: it still verifies, but cannot sign"
            );
        }
        opened.ok()
    }

    fn assemble(&self, signing: SigningKey, rows: &[StoredKey], now: Time) -> KeyRing {
        let published = rows.iter().filter(|row| self.is_published(row, now));
        let jwks = Jwks::from_iter(published.filter_map(|row| {
            let published = row.published(self.algorithm);
            if let Err(reason) = &published
                && self.is_new_complaint(&row.id)
            {
                tracing::error!(kid = row.id, %reason, "signing key cannot be published");
            }
            published.ok()
        }));
        let (verification, skipped) = KeySet::from_jwks(&jwks);
        for skipped in skipped {
            if self.is_new_complaint(skipped.kid.as_deref().unwrap_or_default()) {
                tracing::warn!(%skipped, "published key cannot verify");
            }
        }
        let published = PublishedKeys::new(jwks.to_json(), self.times.jwks_max_age);
        KeyRing::published_as(signing, verification, published)
    }

    /// The keys are read every half a minute; what is wrong with one is said once.
    fn is_new_complaint(&self, kid: &str) -> bool {
        self.complained.lock().insert(kid.to_owned())
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeys")
            .field("algorithm", &self.algorithm)
            .field("times", &self.times)
            .finish_non_exhaustive()
    }
}
