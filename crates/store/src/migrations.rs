//! The tables, step by step.

use tessera_db::{Migration, Migrations};

/// Better Auth's tables as the npm package makes them on SQLite and on PostgreSQL, and our own.
///
/// Each statement leaves alone what is already there, so a database made by npm opens unchanged.
pub static MIGRATIONS: Migrations = Migrations {
    component: "auth",
    steps: &[
        Migration {
            after: 0,
            version: 1,
            name: "better auth tables",
            sqlite: include_str!("../migrations/0001_better_auth_tables.sqlite.sql"),
            postgres: include_str!("../migrations/0001_better_auth_tables.postgres.sql"),
        },
        Migration {
            after: 1,
            version: 2,
            name: "ended sessions",
            sqlite: include_str!("../migrations/0002_ended_sessions.sqlite.sql"),
            postgres: include_str!("../migrations/0002_ended_sessions.postgres.sql"),
        },
        Migration {
            after: 2,
            version: 3,
            name: "pending keys",
            sqlite: include_str!("../migrations/0003_pending_keys.sqlite.sql"),
            postgres: include_str!("../migrations/0003_pending_keys.postgres.sql"),
        },
    ],
};
