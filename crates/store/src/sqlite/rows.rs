//! Rows into values: what a column holds, checked.

use rusqlite::Row;
use rusqlite::types::Type;
use tessera_engine::{Email, Session, SessionId, SessionToken, Time, User, UserId};

/// A column that holds something else than it should. Travels inside a `rusqlite::Error`.
#[derive(Debug, thiserror::Error)]
#[error("{table}.{column} holds a value of an unknown form")]
pub(crate) struct CorruptColumn {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
}

/// The columns of `session` that [`session`] reads, in its order.
pub(crate) const SESSION: &str = r#"s."expiresAt", s."token", s."createdAt", s."updatedAt",
    coalesce(s."ipAddress", ''), coalesce(s."userAgent", ''), s."userId", s."id""#;

/// The columns of `user` that [`user`] reads, in its order.
pub(crate) const USER: &str = r#"u."name", u."email", u."emailVerified", u."image",
    u."createdAt", u."updatedAt", u."id""#;

/// A session from the columns [`SESSION`], the first of which is number `at`.
pub(crate) fn session(row: &Row<'_>, at: usize) -> rusqlite::Result<Session> {
    Ok(Session {
        expires_at: time(row, at, "session", "expiresAt")?,
        token: SessionToken::presented(row.get::<_, String>(at + 1)?),
        created_at: time(row, at + 2, "session", "createdAt")?,
        updated_at: time(row, at + 3, "session", "updatedAt")?,
        ip_address: row.get(at + 4)?,
        user_agent: row.get(at + 5)?,
        user_id: UserId::from_stored(row.get(at + 6)?),
        id: SessionId::from_stored(row.get(at + 7)?),
    })
}

/// An account from the columns [`USER`], the first of which is number `at`.
pub(crate) fn user(row: &Row<'_>, at: usize) -> rusqlite::Result<User> {
    Ok(User {
        name: row.get(at)?,
        email: Email::from_stored(row.get(at + 1)?),
        email_verified: row.get(at + 2)?,
        image: row.get(at + 3)?,
        created_at: time(row, at + 4, "user", "createdAt")?,
        updated_at: time(row, at + 5, "user", "updatedAt")?,
        id: UserId::from_stored(row.get(at + 6)?),
    })
}

/// How many columns [`SESSION`] has.
pub(crate) const SESSION_WIDTH: usize = 8;

/// A time, stored as text.
pub(crate) fn time(
    row: &Row<'_>,
    at: usize,
    table: &'static str,
    column: &'static str,
) -> rusqlite::Result<Time> {
    optional_time(row, at, table, column)?.ok_or_else(|| corrupt(at, table, column))
}

/// A time, stored as text, or nothing.
pub(crate) fn optional_time(
    row: &Row<'_>,
    at: usize,
    table: &'static str,
    column: &'static str,
) -> rusqlite::Result<Option<Time>> {
    let text = row.get_ref(at)?.as_str_or_null().map_err(|_| corrupt(at, table, column))?;
    text.map(|text| Time::parse(text).map_err(|_| corrupt(at, table, column))).transpose()
}

fn corrupt(at: usize, table: &'static str, column: &'static str) -> rusqlite::Error {
    let cause = Box::new(CorruptColumn { table, column });
    rusqlite::Error::FromSqlConversionFailure(at, Type::Text, cause)
}
