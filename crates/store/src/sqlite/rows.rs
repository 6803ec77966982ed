//! Rows into values: what a column holds, checked.

use rusqlite::Row;
use rusqlite::types::{FromSql, Type};
use tessera_engine::{Email, Session, SessionId, SessionToken, Time, User, UserId};

pub(crate) use crate::columns::{SESSION, SESSION_WIDTH, USER, USER_WIDTH};

/// A column that holds something else than it should. Travels inside a `rusqlite::Error`.
#[derive(Debug, thiserror::Error)]
#[error("{table}.{column} holds a value of an unknown form")]
pub(crate) struct CorruptColumn {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
}

/// A session from the columns [`SESSION`], the first of which is number `at`.
pub(crate) fn session(row: &Row<'_>, at: usize) -> rusqlite::Result<Session> {
    Ok(Session {
        expires_at: time(row, at, "session", "expiresAt")?,
        token: SessionToken::presented(value::<String>(row, at + 1, "session", "token")?),
        created_at: time(row, at + 2, "session", "createdAt")?,
        updated_at: time(row, at + 3, "session", "updatedAt")?,
        ip_address: value(row, at + 4, "session", "ipAddress")?,
        user_agent: value(row, at + 5, "session", "userAgent")?,
        user_id: UserId::from_stored(value(row, at + 6, "session", "userId")?),
        id: SessionId::from_stored(value(row, at + 7, "session", "id")?),
    })
}

/// An account from the columns [`USER`], the first of which is number `at`.
pub(crate) fn user(row: &Row<'_>, at: usize) -> rusqlite::Result<User> {
    Ok(User {
        name: value(row, at, "user", "name")?,
        email: Email::from_stored(value(row, at + 1, "user", "email")?),
        email_verified: value(row, at + 2, "user", "emailVerified")?,
        image: value(row, at + 3, "user", "image")?,
        created_at: time(row, at + 4, "user", "createdAt")?,
        updated_at: time(row, at + 5, "user", "updatedAt")?,
        id: UserId::from_stored(value(row, at + 6, "user", "id")?),
    })
}

/// A value of the type that the column should have.
pub(crate) fn value<T: FromSql>(
    row: &Row<'_>,
    at: usize,
    table: &'static str,
    column: &'static str,
) -> rusqlite::Result<T> {
    row.get(at).map_err(|_| corrupt(at, table, column))
}

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
