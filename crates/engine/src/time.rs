//! Points in time, and the clock that hands them out.

use std::fmt;
use std::ops::{Add, Sub};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// A point in time in whole milliseconds, UTC.
///
/// Shown, stored and sent as Better Auth writes dates: ISO 8601 with exactly three fractional
/// digits and `Z` (`2026-11-21T04:00:00.000Z`), so that stored values compare as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    millis: i64,
}

/// The text is not an ISO 8601 time, or lies outside the years that [`Time`] can show.
#[derive(Debug, thiserror::Error)]
#[error("not an ISO 8601 time")]
pub struct InvalidTime;

impl Time {
    /// The earliest moment that has the stored form: the first of the year 0000.
    const MIN: i64 = -62_167_219_200_000;
    /// The last moment that has the stored form: the end of the year 9999, as far as `jiff` goes.
    const MAX: i64 = 253_402_207_200_000;

    /// The time that many milliseconds after the Unix epoch, held within the years 0000 to 9999.
    pub fn from_millis(millis: i64) -> Self {
        Self { millis: millis.clamp(Self::MIN, Self::MAX) }
    }

    /// Reads any RFC 3339 form, dropping what is finer than a millisecond.
    pub fn parse(text: &str) -> Result<Self, InvalidTime> {
        let timestamp: Timestamp = text.parse().map_err(|_| InvalidTime)?;
        Ok(Self::from_millis(timestamp.as_millisecond()))
    }

    /// Milliseconds since the Unix epoch.
    pub fn as_millis(self) -> i64 {
        self.millis
    }

    /// Whole seconds since the Unix epoch, the JWT `NumericDate` (RFC 7519 section 2).
    pub fn as_unix_seconds(self) -> u64 {
        u64::try_from(self.millis / 1000).unwrap_or(0)
    }
}

impl From<Timestamp> for Time {
    fn from(timestamp: Timestamp) -> Self {
        Self::from_millis(timestamp.as_millisecond())
    }
}

impl From<Time> for Timestamp {
    fn from(time: Time) -> Self {
        // What a `Time` can be lies within what a `Timestamp` can be.
        Self::from_millisecond(time.millis).unwrap_or(Self::MAX)
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.millis.saturating_add(millis))
    }
}

impl Sub<Duration> for Time {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.millis.saturating_sub(millis))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_millisecond(self.millis) {
            Ok(timestamp) => write!(f, "{timestamp:.3}"),
            Err(_) => Err(fmt::Error),
        }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where the engine reads the time: the system's clock, or one that a test sets.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Time + Send + Sync>);

impl Clock {
    /// The operating system's clock.
    pub fn system() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where the engine's time begins"
        )]
        Self::new(|| Timestamp::now().into())
    }

    /// A clock that asks `read` each time.
    pub fn new(read: impl Fn() -> Time + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The time now.
    pub fn now(&self) -> Time {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_exactly_three_fractional_digits() {
        assert_eq!(Time::from_millis(0).to_string(), "1970-01-01T00:00:00.000Z");
        let time = Time::parse("2026-11-21T04:00:00.1239Z").unwrap();
        assert_eq!(time.to_string(), "2026-11-21T04:00:00.123Z");
        assert_eq!(Time::parse(&time.to_string()).unwrap(), time);
    }

    #[test]
    fn arithmetic_stays_within_what_can_be_shown() {
        let end = Time::from_millis(0) + Duration::MAX;
        assert!(end.to_string().starts_with("9999-"));
        let start = Time::from_millis(0) - Duration::MAX;
        assert_eq!(start.to_string(), "0000-01-01T00:00:00.000Z");
    }

    #[test]
    fn refuses_what_is_not_a_time() {
        for text in ["", "yesterday", "2026-13-01T00:00:00.000Z", "1700000000"] {
            assert!(Time::parse(text).is_err(), "{text}");
        }
    }
}
