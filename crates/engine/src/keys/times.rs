//! When a key is published, signs, and is no longer published.

use std::time::Duration;

/// How long the parts of a key's life are. Only spans that sign nobody out can be had: a key is
/// published before it signs for as long as anybody may hold an older `/jwks`, and after it has
/// signed for as long as its last token lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyTimes {
    pub(crate) jwks_max_age: Duration,
    pub(crate) grace_period: Duration,
    pub(crate) rotation_interval: Option<Duration>,
    /// By how much the grace period is longer than it needs to be.
    pub(crate) spare: Duration,
}

/// Spans under which good tokens would be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyTimesError {
    /// A key would be withdrawn while its tokens live.
    #[error("the grace period must be at least {} s", least.as_secs())]
    GraceTooShort {
        /// How long it has to be.
        least: Duration,
    },
    /// A key would be replaced before it could sign.
    #[error("the rotation interval must be at least {} s", least.as_secs())]
    RotationTooOften {
        /// How long it has to be.
        least: Duration,
    },
}

impl KeyTimes {
    /// How often a server looks at what others have done to the keys.
    pub const RELOAD: Duration = Duration::from_secs(30);

    /// Between one server's doing and another's noticing: a reload, and as much again for clocks
    /// that differ.
    const MARGIN: Duration = Duration::from_secs(60);

    /// The most by which a verifier may let a token outlive its `exp`.
    const LEEWAY: Duration = Duration::from_secs(300);

    /// `jwks_max_age`: how long anybody may keep `/jwks`. `grace_period`: how long a key stays
    /// published after it has signed. `rotation_interval`: how long a key signs; `None`: until
    /// somebody asks for another.
    ///
    /// # Errors
    ///
    /// [`KeyTimesError`] for a grace period shorter than the life of a token that lives
    /// `token_lifetime`, and for an interval shorter than twice the time that a key is published
    /// before it signs.
    pub fn new(
        jwks_max_age: Duration,
        grace_period: Duration,
        rotation_interval: Option<Duration>,
        token_lifetime: Duration,
    ) -> Result<Self, KeyTimesError> {
        let least = token_lifetime + Self::LEEWAY + jwks_max_age + Self::MARGIN;
        let spare =
            grace_period.checked_sub(least).ok_or(KeyTimesError::GraceTooShort { least })?;
        let times = Self { jwks_max_age, grace_period, rotation_interval, spare };
        let least = times.published_ahead() * 2;
        if rotation_interval.is_some_and(|interval| interval < least) {
            return Err(KeyTimesError::RotationTooOften { least });
        }
        Ok(times)
    }

    /// How long a key is published before it signs: twice the age that `/jwks` may have, since a
    /// verifier may be given it by a cache that has had it as long, and a margin.
    pub fn published_ahead(&self) -> Duration {
        self.jwks_max_age * 2 + Self::MARGIN
    }
}

impl Default for KeyTimes {
    /// `/jwks` for five minutes; thirty days of grace and no rotation, as with Better Auth.
    fn default() -> Self {
        let jwks_max_age = Duration::from_secs(5 * 60);
        let grace_period = Duration::from_secs(30 * 24 * 60 * 60);
        Self { jwks_max_age, grace_period, rotation_interval: None, spare: Duration::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn t4_a_key_is_published_for_longer_than_its_last_token_lives() {
        let times = |grace| KeyTimes::new(5 * MINUTE, grace, None, 15 * MINUTE);
        let least = 26 * MINUTE;
        assert_eq!(times(least).unwrap().spare, Duration::ZERO);
        let short = least - Duration::from_secs(1);
        assert_eq!(times(short), Err(KeyTimesError::GraceTooShort { least }));
    }

    #[test]
    fn n2_a_key_is_not_replaced_before_it_could_sign() {
        let times = |interval| KeyTimes::new(5 * MINUTE, 60 * MINUTE, Some(interval), MINUTE);
        let least = 22 * MINUTE;
        assert_eq!(times(least).unwrap().published_ahead(), 11 * MINUTE);
        let short = least - Duration::from_secs(1);
        assert_eq!(times(short), Err(KeyTimesError::RotationTooOften { least }));
    }
}
