//! The database, and what is set beside it.

use std::path::Path;

use tessera_db::PostgresUrl;

use super::Reader;
use crate::config::show::Shown;
use crate::config::sources::Source;
use crate::config::values::{self, DatabaseUrl};
use crate::config::{DatabaseConfig, Halves, settings};

/// One server hashes few passwords at a time, and everything else is quick.
const DATABASE_CONNECTIONS_DEFAULT: &str = "10";

impl Reader {
    /// The database, and what is set beside it.
    pub(super) fn database(
        &mut self,
        halves: Halves,
        folder: Option<&Path>,
    ) -> Option<DatabaseConfig> {
        use settings::{DATABASE_CONNECTIONS, DATABASE_URL};

        // Two processes on one machine have a file each.
        let file = if halves == Halves::Api { "tasks.db" } else { "tessera.db" };
        let derived = folder.map(|folder| format!("sqlite:{}", folder.join(file).display()));

        let path = match self.value_or(&DATABASE_URL, values::database, derived)? {
            DatabaseUrl::Sqlite(path) => path,
            DatabaseUrl::Postgres(url) => {
                if url.has_password() {
                    self.hide_password(&url);
                }
                let most = Some(DATABASE_CONNECTIONS_DEFAULT.to_owned());
                let connections = self.value_or(&DATABASE_CONNECTIONS, values::count, most)?;
                return Some(DatabaseConfig::Postgres { url, connections });
            }
        };
        if self.given.contains_key(DATABASE_CONNECTIONS.key) {
            let message = "means nothing for SQLite: set it only with a PostgreSQL DATABASE_URL";
            self.refuse(&DATABASE_CONNECTIONS, self.source(&DATABASE_CONNECTIONS), message);
        }
        Some(DatabaseConfig::Sqlite(path))
    }

    /// The URL was shown as it was set; and a command line shows itself.
    fn hide_password(&mut self, url: &PostgresUrl) {
        let setting = &settings::DATABASE_URL;
        let source = self.source(setting);
        self.shown.retain(|shown| !shown.is_of(setting));
        self.shown.push(Shown::without_password(setting, url.to_string(), source.clone()));
        if matches!(source, Source::Flag(_)) {
            let message = "has a password, which others can read on a command line: set \
                           DATABASE_URL in the environment or the file instead";
            self.refuse(setting, source, message);
        }
    }
}
