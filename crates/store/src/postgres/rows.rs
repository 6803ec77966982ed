//! Rows into values: what a column holds, checked. And values into parameters.

use jiff::Timestamp;
use tessera_engine::store::StoreError;
use tessera_engine::{Email, Session, SessionId, SessionToken, Time, User, UserId};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

pub(super) use crate::columns::{SESSION, SESSION_WIDTH, USER, USER_WIDTH};

/// The types of Better Auth's columns.
pub(super) const TEXT: Type = Type::TEXT;
pub(super) const TIME: Type = Type::TIMESTAMPTZ;
pub(super) const BOOLEAN: Type = Type::BOOL;

/// A session from the columns [`SESSION`], the first of which is number `at`.
pub(super) fn session(row: &Row, at: usize) -> Result<Session, StoreError> {
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
pub(super) fn user(row: &Row, at: usize) -> Result<User, StoreError> {
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
pub(super) fn value<'a, T: FromSql<'a>>(
    row: &'a Row,
    at: usize,
    table: &'static str,
    column: &'static str,
) -> Result<T, StoreError> {
    row.try_get(at).map_err(|_| StoreError::Corrupt { table, column })
}

/// A time.
pub(super) fn time(
    row: &Row,
    at: usize,
    table: &'static str,
    column: &'static str,
) -> Result<Time, StoreError> {
    value::<Timestamp>(row, at, table, column).map(Time::from)
}

/// A time, or nothing.
pub(super) fn optional_time(
    row: &Row,
    at: usize,
    table: &'static str,
    column: &'static str,
) -> Result<Option<Time>, StoreError> {
    Ok(value::<Option<Timestamp>>(row, at, table, column)?.map(Time::from))
}
