//! The tables.

use tessera_db::{DbError, Migration, Migrations, Sqlite};

use super::SqliteStore;
use crate::schema::{self, Kind, Lacking, MissingColumn, UnusableSchema};

/// Better Auth's tables as the npm package makes them on SQLite, and our own.
///
/// Each statement leaves alone what is already there, so a database made by npm opens unchanged.
/// Dates are text (`2026-11-21T04:00:00.000Z`) whatever the column type says, and compare as text.
pub static MIGRATIONS: Migrations = Migrations {
    component: "auth",
    steps: &[
        Migration { version: 1, name: "better auth tables", sql: BETTER_AUTH },
        Migration { version: 2, name: "ended sessions", sql: ENDED_SESSIONS },
    ],
};

const BETTER_AUTH: &str = r#"
create table if not exists "user" (
    "id" text not null primary key,
    "name" text not null,
    "email" text not null unique,
    "emailVerified" integer not null,
    "image" text,
    "createdAt" date not null,
    "updatedAt" date not null
);
create table if not exists "session" (
    "id" text not null primary key,
    "expiresAt" date not null,
    "token" text not null unique,
    "createdAt" date not null,
    "updatedAt" date not null,
    "ipAddress" text,
    "userAgent" text,
    "userId" text not null references "user" ("id") on delete cascade
);
create table if not exists "account" (
    "id" text not null primary key,
    "accountId" text not null,
    "providerId" text not null,
    "userId" text not null references "user" ("id") on delete cascade,
    "accessToken" text,
    "refreshToken" text,
    "idToken" text,
    "accessTokenExpiresAt" date,
    "refreshTokenExpiresAt" date,
    "scope" text,
    "password" text,
    "createdAt" date not null,
    "updatedAt" date not null
);
create table if not exists "verification" (
    "id" text not null primary key,
    "identifier" text not null,
    "value" text not null,
    "expiresAt" date not null,
    "createdAt" date not null,
    "updatedAt" date not null
);
create table if not exists "jwks" (
    "id" text not null primary key,
    "publicKey" text not null,
    "privateKey" text not null,
    "createdAt" date not null,
    "expiresAt" date,
    "alg" text,
    "crv" text
);
create index if not exists "session_userId_idx" on "session" ("userId");
create index if not exists "account_userId_idx" on "account" ("userId");
create index if not exists "verification_identifier_idx" on "verification" ("identifier");
"#;

const ENDED_SESSIONS: &str = r#"
create table if not exists "tessera_ended_session" (
    "id" text not null primary key,
    "userId" text not null,
    "until" text not null
);
create index if not exists "tessera_ended_session_until_idx" on "tessera_ended_session" ("until");
"#;

/// Why the tables of a database could not be compared with what the store needs.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// They cannot be used.
    #[error(transparent)]
    Unusable(#[from] UnusableSchema),
    /// They cannot be read.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl SqliteStore {
    /// What Better Auth's tables in this database lack. Changes nothing.
    ///
    /// # Errors
    /// When they have something that the store cannot do with.
    pub fn compare(db: &Sqlite) -> Result<Lacking, CompareError> {
        Ok(schema::compare(&db.tables()?, holds)?)
    }

    /// The statement that adds a column.
    pub fn adding(missing: MissingColumn) -> String {
        let MissingColumn { table, column, kind } = missing;
        let declared = match kind {
            Kind::Text => "text",
            Kind::Time => "date",
            Kind::Boolean => "integer",
        };
        format!("alter table \"{table}\" add column \"{column}\" {declared};\n")
    }
}

/// SQLite turns what is stored into the kind that a column prefers, which it makes out of its
/// declared type (<https://www.sqlite.org/datatype3.html>, section 3.1). Numbers keep texts that
/// are none, and so times; but not ids, and times in a column of whole numbers are not ours.
fn holds(declared: &str, kind: Kind) -> bool {
    let has = |part: &str| declared.contains(part);
    let (integer, text) = (has("INT"), has("CHAR") || has("CLOB") || has("TEXT"));
    let (untyped, blob) = (declared.is_empty() || declared == "ANY", has("BLOB"));
    let real = has("REAL") || has("FLOA") || has("DOUB");
    match kind {
        _ if untyped => true,
        Kind::Text => text && !integer,
        Kind::Time => !integer && !real && !blob,
        Kind::Boolean => integer || !(text || real || blob),
    }
}
