//! Which part of a list is asked for.

use std::fmt;

use crate::problem::{FieldErrors, Problem};
use crate::task::{TaskId, Time};

/// A part of a list, newest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The most tasks to list; `None` lists all that are left.
    pub limit: Option<u8>,
    /// After which task to begin; `None` begins with the newest.
    pub after: Option<Cursor>,
}

/// A place in a list: that of the last task seen. It stays valid when tasks come and go, also when
/// that task goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) created_at: Time,
    pub(crate) id: TaskId,
}

impl Page {
    const MAX: u8 = 200;

    /// Reads `limit` and `cursor` from a query string; other members are not ours to judge.
    pub(crate) fn parse(query: &[(String, String)]) -> Result<Self, Problem> {
        let mut page = Self::default();
        let mut wrong = FieldErrors::new();
        for (name, value) in query {
            match name.as_str() {
                "limit" => match value.parse() {
                    Ok(limit @ 1..=Self::MAX) => page.limit = Some(limit),
                    _ => {
                        wrong.insert(name.clone(), "must be a whole number from 1 to 200");
                    }
                },
                "cursor" => match Cursor::parse(value) {
                    Some(cursor) => page.after = Some(cursor),
                    None => {
                        wrong.insert(name.clone(), "must be a next_cursor of this list");
                    }
                },
                _ => {}
            }
        }
        if wrong.is_empty() { Ok(page) } else { Err(Problem::Invalid(wrong)) }
    }
}

impl Cursor {
    /// Reads what [`Cursor`]'s `Display` wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(text).ok()?;
        let text = std::str::from_utf8(&bytes).ok()?;
        let (created_at, id) = text.split_once(' ')?;
        Some(Self { created_at: Time::parse(created_at)?, id: TaskId::parse(id)? })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{} {}", self.created_at, self.id);
        f.write_str(&base64_simd::URL_SAFE_NO_PAD.encode_to_string(text))
    }
}
