//! The signing keys: the table `jwks`, and `tessera_pending_key` for those that wait.

use rusqlite::{Connection, OptionalExtension, named_params};
use tessera_engine::store::{Rewrap, Succession};
use tessera_engine::{StoredKey, Time};
use zeroize::Zeroizing;

use super::rows;

pub(super) fn all(db: &Connection) -> rusqlite::Result<Vec<StoredKey>> {
    // One statement, so that a key that moves from one table to the other is in one of them.
    db.prepare_cached(
        r#"select "id", "publicKey", "privateKey", "createdAt", "expiresAt", "alg", "crv",
               null as "activatesAt"
           from "jwks"
           union all
           select "id", "publicKey", "privateKey", "createdAt", null, "alg", "crv", "activatesAt"
           from "tessera_pending_key"
           order by "createdAt" desc, "id" desc"#,
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
            activates_at: rows::optional_time(row, 7, "tessera_pending_key", "activatesAt")?,
        })
    })?
    .collect()
}

pub(super) fn add(
    db: &Connection,
    key: &StoredKey,
    newest: Option<&str>,
) -> rusqlite::Result<bool> {
    let found: Option<String> = db
        .prepare_cached(r#"select "id" from "jwks" order by "createdAt" desc, "id" desc limit 1"#)?
        .query_row([], |row| row.get(0))
        .optional()?;
    if found.as_deref() != newest {
        return Ok(false);
    }
    let Some(activates_at) = key.activates_at else {
        return insert(db, key).map(|()| true);
    };
    db.prepare_cached(
        r#"insert into "tessera_pending_key"
               ("id", "publicKey", "privateKey", "createdAt", "activatesAt", "alg", "crv")
           values (:id, :public, :private, :created, :activates, :alg, :crv)
           on conflict ("alg") do nothing"#,
    )?
    .execute(named_params! {
        ":id": key.id,
        ":public": key.public_key,
        ":private": key.private_key.as_str(),
        ":created": key.created_at.to_string(),
        ":activates": activates_at.to_string(),
        ":alg": key.algorithm,
        ":crv": key.curve,
    })
    .map(|added| added == 1)
}

fn insert(db: &Connection, key: &StoredKey) -> rusqlite::Result<()> {
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

pub(super) fn activate(db: &Connection, succession: &Succession) -> rusqlite::Result<bool> {
    let Succession { kid, at, retires, revokes_others } = succession;
    let at = at.to_string();
    let moved = db
        .prepare_cached(
            r#"insert into "jwks" ("id", "publicKey", "privateKey", "createdAt", "alg", "crv")
               select "id", "publicKey", "privateKey", :at, "alg", "crv"
               from "tessera_pending_key" where "id" = :id"#,
        )?
        .execute(named_params! { ":id": kid, ":at": at })?;
    if moved == 0 {
        return Ok(false);
    }
    discard(db, kid)?;
    if *revokes_others {
        return revoke_others(db, kid).map(|()| true);
    }
    let mut retire = db.prepare_cached(
        r#"update "jwks" set "expiresAt" = :at
           where "id" = :id and ("expiresAt" is null or "expiresAt" > :at)"#,
    )?;
    for kid in retires {
        retire.execute(named_params! { ":id": kid, ":at": at })?;
    }
    Ok(true)
}

pub(super) fn discard(db: &Connection, kid: &str) -> rusqlite::Result<bool> {
    db.prepare_cached(r#"delete from "tessera_pending_key" where "id" = :id"#)?
        .execute(named_params! { ":id": kid })
        .map(|deleted| deleted == 1)
}

fn revoke_others(db: &Connection, kid: &str) -> rusqlite::Result<()> {
    let epoch = Time::from_millis(0).to_string();
    db.prepare_cached(r#"update "jwks" set "expiresAt" = :epoch where "id" <> :id"#)?
        .execute(named_params! { ":id": kid, ":epoch": epoch })?;
    db.prepare_cached(r#"delete from "tessera_pending_key" where "id" <> :id"#)?
        .execute(named_params! { ":id": kid })
        .map(drop)
}

pub(super) fn rewrap(db: &Connection, rewraps: &[Rewrap]) -> rusqlite::Result<Vec<String>> {
    let mut rewrapped = Vec::new();
    for table in ["jwks", "tessera_pending_key"] {
        let mut statement = db.prepare_cached(&format!(
            r#"update "{table}" set "privateKey" = :to where "id" = :id and "privateKey" = :from"#,
        ))?;
        for Rewrap { kid, from, to } in rewraps {
            let (from, to) = (from.as_str(), to.as_str());
            if statement.execute(named_params! { ":id": kid, ":from": from, ":to": to })? == 1 {
                rewrapped.push(kid.clone());
            }
        }
    }
    Ok(rewrapped)
}
