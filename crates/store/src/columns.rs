//! The columns that are read together, the same on every database.

/// The columns of `session`, as `s`, that `rows::session` reads, in its order.
pub(crate) const SESSION: &str = r#"s."expiresAt", s."token", s."createdAt", s."updatedAt",
    coalesce(s."ipAddress", ''), coalesce(s."userAgent", ''), s."userId", s."id""#;

/// How many these are.
pub(crate) const SESSION_WIDTH: usize = 8;

/// The columns of `user`, as `u`, that `rows::user` reads, in its order.
pub(crate) const USER: &str = r#"u."name", u."email", u."emailVerified", u."image",
    u."createdAt", u."updatedAt", u."id""#;

/// How many these are.
pub(crate) const USER_WIDTH: usize = 7;
