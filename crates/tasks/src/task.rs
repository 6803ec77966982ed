//! What a task is made of.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A task as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Task)]
pub struct Task<'a> {
    /// A UUID, made by the server.
    #[schema(value_type = String, format = "uuid", examples("019e9d1c-6d40-7cc3-98c4-dc0c0c07398f"))]
    pub id: Cow<'a, str>,
    /// Whose task it is: the `sub` of the token that made it.
    #[schema(value_type = String, examples("Zx3cVbNmAsDfGhJkQwErTyUiOpLkJhGf"))]
    pub user_id: Cow<'a, str>,
    /// 1 to 200 characters.
    #[schema(value_type = String, min_length = 1, max_length = 200, examples("Buy milk"))]
    pub title: Cow<'a, str>,
    /// Up to 1000 characters, or null.
    #[schema(value_type = Option<String>, required, max_length = 1000, examples("The oat one"))]
    pub description: Option<Cow<'a, str>>,
    /// Whether it is done.
    #[schema(examples(false))]
    pub completed: bool,
    /// When it was made: ISO 8601, UTC, milliseconds.
    #[schema(value_type = String, format = DateTime, examples("2026-11-21T04:00:00.000Z"))]
    pub created_at: Cow<'a, str>,
    /// When it was last changed: ISO 8601, UTC, milliseconds.
    #[schema(value_type = String, format = DateTime, examples("2026-11-21T04:00:00.000Z"))]
    pub updated_at: Cow<'a, str>,
}

impl Task<'_> {
    /// The same task, owning its text.
    #[must_use]
    pub fn into_owned(self) -> Task<'static> {
        Task {
            id: self.id.into_owned().into(),
            user_id: self.user_id.into_owned().into(),
            title: self.title.into_owned().into(),
            description: self.description.map(|text| text.into_owned().into()),
            completed: self.completed,
            created_at: self.created_at.into_owned().into(),
            updated_at: self.updated_at.into_owned().into(),
        }
    }
}

/// The id of a task: a UUID of version 7 (RFC 9562 section 5.7), so that ids grow with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TaskId(Uuid);

impl TaskId {
    /// Reads the hyphenated form, in either case; none of the other forms of a UUID.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 36 {
            return None;
        }
        Uuid::try_parse(text).ok().map(Self)
    }

    /// A new id. The context keeps ids of the same millisecond in the order they were made.
    pub(crate) fn new(now: Time, context: impl uuid::ClockSequence<Output = u64>) -> Self {
        let since_epoch = Duration::from_millis(now.0.as_millisecond().unsigned_abs());
        Self(Uuid::new_v7(uuid::Timestamp::from_unix(
            context,
            since_epoch.as_secs(),
            since_epoch.subsec_nanos(),
        )))
    }
}

impl From<Uuid> for TaskId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl From<TaskId> for Uuid {
    fn from(id: TaskId) -> Self {
        id.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A title: 1 to 200 characters (Unicode scalar values) without control characters, and without
/// white space at its ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    /// The most characters that a title has.
    pub const MAX: usize = 200;

    /// Trims and checks.
    ///
    /// # Errors
    /// What is wrong, in words for the person who typed it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.chars().any(char::is_control) {
            return Err("must not contain control characters");
        }
        if text.is_empty() || text.chars().count() > Self::MAX {
            return Err("must be 1 to 200 characters");
        }
        Ok(Self(text.to_owned()))
    }

    /// The title as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

/// A description: up to 1000 characters (Unicode scalar values), of which some show; line breaks
/// and tabs are its only control characters. Kept as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description(String);

impl Description {
    /// The most characters that a description has.
    pub const MAX: usize = 1000;

    /// Checks. Nothing but white space is no description.
    ///
    /// # Errors
    /// What is wrong, in words for the person who typed it.
    pub fn parse(text: &str) -> Result<Option<Self>, &'static str> {
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err("must not contain control characters other than line breaks and tabs");
        }
        if text.chars().count() > Self::MAX {
            return Err("must be at most 1000 characters");
        }
        Ok((!text.trim().is_empty()).then(|| Self(text.to_owned())))
    }

    /// The description as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

/// A point in time in whole milliseconds, written `2026-11-21T04:00:00.000Z`: of one length, so
/// that stored times compare as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(Timestamp);

impl Time {
    /// Reads an ISO 8601 time of the years 0 to 9999.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let time: Timestamp = text.parse().ok()?;
        // Years beyond carry a sign.
        text.starts_with(|c: char| c.is_ascii_digit()).then_some(Self(time))
    }
}

impl From<Timestamp> for Time {
    fn from(time: Timestamp) -> Self {
        Self(time)
    }
}

impl From<Time> for Timestamp {
    fn from(time: Time) -> Self {
        time.0
    }
}

impl From<SystemTime> for Time {
    /// Drops what is finer than a millisecond. A clock outside the years 1970 to 9999 is held at
    /// the nearer end.
    fn from(time: SystemTime) -> Self {
        let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let millis = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
        Self(Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}
