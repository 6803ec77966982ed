//! What Better Auth's tables have to have, and whether those of a database do.
//!
//! Tables and columns that are not named here belong to plugins or to the application, and are left
//! alone; but a column that every insert has to name would make ours fail.

use std::fmt;

use tessera_db::{Column, DbError, Table};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Time,
    Boolean,
}

/// A column that the store reads or writes.
struct Needed {
    name: &'static str,
    kind: Kind,
    /// May be empty, so that it can be added to rows that are there already.
    optional: bool,
}

const fn text(name: &'static str) -> Needed {
    Needed { name, kind: Kind::Text, optional: false }
}

const fn time(name: &'static str) -> Needed {
    Needed { name, kind: Kind::Time, optional: false }
}

impl Needed {
    const fn or_null(self) -> Self {
        Self { optional: true, ..self }
    }
}

/// Better Auth's tables.
const TABLES: [(&str, &[Needed]); 5] = [
    (
        "user",
        &[
            text("id"),
            text("name"),
            text("email"),
            Needed { name: "emailVerified", kind: Kind::Boolean, optional: false },
            text("image").or_null(),
            time("createdAt"),
            time("updatedAt"),
        ],
    ),
    (
        "session",
        &[
            text("id"),
            time("expiresAt"),
            text("token"),
            time("createdAt"),
            time("updatedAt"),
            text("ipAddress").or_null(),
            text("userAgent").or_null(),
            text("userId"),
        ],
    ),
    (
        "account",
        &[
            text("id"),
            text("accountId"),
            text("providerId"),
            text("userId"),
            text("accessToken").or_null(),
            text("refreshToken").or_null(),
            text("idToken").or_null(),
            time("accessTokenExpiresAt").or_null(),
            time("refreshTokenExpiresAt").or_null(),
            text("scope").or_null(),
            text("password").or_null(),
            time("createdAt"),
            time("updatedAt"),
        ],
    ),
    (
        "verification",
        &[
            text("id"),
            text("identifier"),
            text("value"),
            time("expiresAt"),
            time("createdAt"),
            time("updatedAt"),
        ],
    ),
    (
        "jwks",
        &[
            text("id"),
            text("publicKey"),
            text("privateKey"),
            time("createdAt"),
            time("expiresAt").or_null(),
            text("alg").or_null(),
            text("crv").or_null(),
        ],
    ),
];

/// The indexes of theirs that are no keys.
const INDEXES: [(&str, &str); 3] =
    [("session", "userId"), ("account", "userId"), ("verification", "identifier")];

/// What Better Auth's tables of a usable database lack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lacking {
    /// Tables that are not there.
    pub tables: Vec<&'static str>,
    /// Columns that are not there and may be empty.
    pub columns: Vec<MissingColumn>,
    /// Indexes that are not there, those of tables that are not there included.
    pub indexes: Vec<MissingIndex>,
}

/// An index that is not there: an older version of Better Auth did not make it, or somebody dropped
/// it. Everything works without it, more slowly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingIndex {
    /// The table.
    pub table: &'static str,
    /// The column by which it finds rows.
    pub column: &'static str,
}

impl MissingIndex {
    /// The statement that makes it, in either database.
    #[must_use]
    pub fn making(self) -> String {
        let Self { table, column } = self;
        format!(
            "create index if not exists \"{table}_{column}_idx\" on \"{table}\" (\"{column}\");\n"
        )
    }
}

impl Lacking {
    /// What a database lacks that is not there yet.
    #[must_use]
    pub fn everything() -> Self {
        let indexes = INDEXES.map(|(table, column)| MissingIndex { table, column });
        Self {
            tables: TABLES.map(|(table, _)| table).into(),
            columns: Vec::new(),
            indexes: indexes.into(),
        }
    }
}

/// A column that is not there and may be empty: an older version of Better Auth did not make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingColumn {
    /// The table, which is there.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    pub(crate) kind: Kind,
}

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

/// Tables that the store cannot use: everything that is wrong with them, at once.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct UnusableSchema(Vec<Problem>);

#[derive(Debug, PartialEq, Eq)]
enum Problem {
    /// It takes no rows.
    View {
        table: &'static str,
    },
    /// What its rows hold is none of the times that the store reads.
    Times {
        table: &'static str,
        column: &'static str,
    },
    /// Its rows need a value that only whoever made them knows.
    Missing {
        table: &'static str,
        column: &'static str,
    },
    Type {
        table: &'static str,
        column: &'static str,
        declared: String,
        kind: Kind,
    },
    /// Two people could have one address, two sessions one token, two rows one id.
    Repeatable {
        table: &'static str,
        column: &'static str,
    },
    /// No insert of ours names it.
    Required {
        table: &'static str,
        column: String,
    },
}

/// Compares the tables of a database with what the store needs. `same` says whether two names are
/// one to the database, `holds` whether a column of a declared type holds such values unchanged.
pub(crate) fn compare(
    tables: &[Table],
    same: impl Fn(&str, &str) -> bool,
    holds: impl Fn(&str, Kind) -> bool,
) -> Result<Lacking, UnusableSchema> {
    let (mut lacking, mut problems) = (Lacking::default(), Vec::new());
    for (table, needed) in TABLES {
        let Some(found) = tables.iter().find(|found| same(&found.name, table)) else {
            lacking.tables.push(table);
            continue;
        };
        if found.is_view {
            problems.push(Problem::View { table });
            continue;
        }
        let column = |name: &str| found.columns.iter().find(|column| same(&column.name, name));
        for &Needed { name, kind, optional } in needed {
            match column(name) {
                Some(Column { declared, .. }) if holds(declared, kind) => {}
                Some(Column { declared, .. }) => {
                    let declared = declared.clone();
                    problems.push(Problem::Type { table, column: name, declared, kind });
                }
                None if optional => {
                    lacking.columns.push(MissingColumn { table, column: name, kind });
                }
                None => problems.push(Problem::Missing { table, column: name }),
            }
        }
        let keys = needed.iter().map(|needed| needed.name);
        for name in keys.filter(|name| is_key(table, name)) {
            if column(name).is_some_and(|column| !column.unique) {
                problems.push(Problem::Repeatable { table, column: name });
            }
        }
        let ours = |column: &Column| needed.iter().any(|needed| same(&column.name, needed.name));
        for column in found.columns.iter().filter(|column| column.required && !ours(column)) {
            problems.push(Problem::Required { table, column: column.name.clone() });
        }
    }
    lacking.indexes = INDEXES
        .into_iter()
        .filter(|&(table, name)| {
            let found = tables.iter().filter(|found| same(&found.name, table));
            let mut columns = found.flat_map(|found| &found.columns);
            !columns.any(|column| same(&column.name, name) && column.indexed)
        })
        .map(|(table, column)| MissingIndex { table, column })
        .collect();
    if problems.is_empty() { Ok(lacking) } else { Err(UnusableSchema(problems)) }
}

/// Whether the store relies on no two rows having the same value.
fn is_key(table: &str, column: &str) -> bool {
    column == "id" || matches!((table, column), ("user", "email") | ("session", "token"))
}

/// The columns of times in the tables that are there.
pub(crate) fn times(lacking: &Lacking) -> impl Iterator<Item = (&'static str, &'static str)> {
    let there = TABLES.iter().filter(|(table, _)| !lacking.tables.contains(table));
    let times = there.flat_map(|&(table, needed)| {
        let times = needed.iter().filter(|needed| needed.kind == Kind::Time);
        times.map(move |needed| (table, needed.name))
    });
    times.filter(|&(table, column)| {
        !lacking.columns.iter().any(|missing| (missing.table, missing.column) == (table, column))
    })
}

/// Refuses columns whose times cannot be read.
pub(crate) fn refuse_times(
    columns: Vec<(&'static str, &'static str)>,
) -> Result<(), UnusableSchema> {
    let problems = columns.into_iter().map(|(table, column)| Problem::Times { table, column });
    let problems: Vec<_> = problems.collect();
    if problems.is_empty() { Ok(()) } else { Err(UnusableSchema(problems)) }
}

impl fmt::Display for MissingColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.table, self.column)
    }
}

impl fmt::Display for MissingIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an index on {}.{}", self.table, self.column)
    }
}

impl fmt::Display for UnusableSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the tables in this database cannot be used:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::View { table } => write!(f, "{table} is a view, and has to be a table"),
            Self::Times { table, column } => write!(
                f,
                "{table}.{column} holds times that are not texts, as Prisma writes them: turn them \
                 into texts such as 2026-11-21T04:00:00.000Z first"
            ),
            Self::Missing { table, column } => write!(
                f,
                "{table}.{column} is missing, and cannot be added without knowing its values: \
                 bring the database up to date with Better Auth's own migration first"
            ),
            Self::Type { table, column, declared, kind } => {
                let expected = match kind {
                    Kind::Text => "text",
                    Kind::Time => "times as Better Auth's own adapter writes them",
                    Kind::Boolean => "a boolean as Better Auth's own adapter writes it",
                };
                write!(
                    f,
                    "{table}.{column} has the type {declared}, which does not hold {expected}"
                )
            }
            Self::Repeatable { table, column } => write!(
                f,
                "{table}.{column} has no unique index, and must not have one value twice: add one"
            ),
            Self::Required { table, column } => write!(
                f,
                "{table}.{column} must not be null and has no default, and no row of Tessera's has \
                 a value for it: give it a default, or allow null"
            ),
        }
    }
}
