//! The table `jwks`.

use rusqlite::{Connection, named_params};
use tessera_engine::StoredKey;
use zeroize::Zeroizing;

use super::rows;

pub(crate) fn all(db: &Connection) -> rusqlite::Result<Vec<StoredKey>> {
    db.prepare_cached(
        r#"select "id", "publicKey", "privateKey", "createdAt", "expiresAt", "alg", "crv"
           from "jwks" order by "createdAt" desc"#,
    )?
    .query_map([], |row| {
        Ok(StoredKey {
            id: rows::value(row, 0, "jwks", "id")?,
            public_key: rows::value(row, 1, "jwks", "publicKey")?,
            private_key: Zeroizing::new(rows::value(row, 2, "jwks", "privateKey")?),
            created_at: rows::time(row, 3, "jwks", "createdAt")?,
            expires_at: rows::optional_time(row, 4, "jwks", "expiresAt")?,
            algorithm: rows::value(row, 5, "jwks", "alg")?,
            curve: rows::value(row, 6, "jwks", "crv")?,
        })
    })?
    .collect()
}

pub(crate) fn add(db: &Connection, key: &StoredKey) -> rusqlite::Result<()> {
    db.prepare_cached(
        r#"insert into "jwks" ("id", "publicKey", "privateKey", "createdAt", "expiresAt", "alg", "crv")
           values (:id, :public, :private, :created, :expires, :alg, :crv)"#,
    )?
    .execute(named_params! {
        ":id": key.id,
        ":public": key.public_key,
        ":private": key.private_key.as_str(),
        ":created": key.created_at.to_string(),
        ":expires": key.expires_at.map(|time| time.to_string()),
        ":alg": key.algorithm,
        ":crv": key.curve,
    })
    .map(drop)
}
