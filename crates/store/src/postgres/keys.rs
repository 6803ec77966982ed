//! The signing keys: the table `jwks`, and `tessera_pending_key` for those that wait.

use jiff::Timestamp;
use tessera_db::{DbError, Postgres, Transaction};
use tessera_engine::StoredKey;
use tessera_engine::store::{Rewrap, StoreError, Succession};
use zeroize::Zeroizing;

use super::rows::{self, TEXT, TIME};
use crate::failure::failed;

/// Held by whoever changes keys, until its transaction ends; the number is `tesskey` in ASCII.
const LOCK: &str = "select pg_advisory_xact_lock(32762643830498681)";

pub(super) async fn all(db: &Postgres) -> Result<Vec<StoredKey>, StoreError> {
    // One statement, so that a key that moves from one table to the other is in one of them.
    let found = db
        .query(
            r#"select "id", "publicKey", "privateKey", "createdAt", "expiresAt", "alg", "crv",
                   null::timestamptz as "activatesAt"
               from "jwks"
               union all
               select "id", "publicKey", "privateKey", "createdAt", null, "alg", "crv", "activatesAt"
               from "tessera_pending_key"
               order by "createdAt" desc, "id" desc"#,
            &[],
        )
        .await
        .map_err(failed)?;
    found
        .iter()
        .map(|row| {
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
        })
        .collect()
}

pub(super) async fn add(
    db: &Postgres,
    key: &StoredKey,
    newest: Option<&str>,
) -> Result<bool, DbError> {
    let mut transaction = begin(db).await?;
    let found = transaction
        .query(r#"select "id" from "jwks" order by "createdAt" desc, "id" desc limit 1"#, &[])
        .await?;
    let found: Option<&str> = found.first().map(|row| row.try_get(0)).transpose()?;
    if found != newest {
        return Ok(false);
    }
    let (sql, time) = match key.activates_at {
        None => (
            r#"insert into "jwks" ("id", "publicKey", "privateKey", "createdAt", "expiresAt", "alg", "crv")
               values ($1, $2, $3, $4, $5, $6, $7)"#,
            key.expires_at,
        ),
        waits_until => (
            r#"insert into "tessera_pending_key"
                   ("id", "publicKey", "privateKey", "createdAt", "activatesAt", "alg", "crv")
               values ($1, $2, $3, $4, $5, $6, $7) on conflict ("alg") do nothing"#,
            waits_until,
        ),
    };
    let added = transaction
        .execute(
            sql,
            &[
                (&key.id, TEXT),
                (&key.public_key, TEXT),
                (&key.private_key.as_str(), TEXT),
                (&Timestamp::from(key.created_at), TIME),
                (&time.map(Timestamp::from), TIME),
                (&key.algorithm, TEXT),
                (&key.curve, TEXT),
            ],
        )
        .await?;
    transaction.commit().await?;
    Ok(added == 1)
}

pub(super) async fn activate(db: &Postgres, succession: &Succession) -> Result<bool, DbError> {
    let Succession { kid, at, retires, revokes_others } = succession;
    let at = Timestamp::from(*at);
    let mut transaction = begin(db).await?;
    let moved = transaction
        .execute(
            r#"with "moved" as (delete from "tessera_pending_key" where "id" = $1 returning *)
               insert into "jwks" ("id", "publicKey", "privateKey", "createdAt", "alg", "crv")
               select "id", "publicKey", "privateKey", $2, "alg", "crv" from "moved""#,
            &[(kid, TEXT), (&at, TIME)],
        )
        .await?;
    if moved == 0 {
        return Ok(false);
    }
    if *revokes_others {
        for sql in [
            r#"update "jwks" set "expiresAt" = 'epoch' where "id" <> $1"#,
            r#"delete from "tessera_pending_key" where "id" <> $1"#,
        ] {
            transaction.execute(sql, &[(kid, TEXT)]).await?;
        }
        transaction.commit().await?;
        return Ok(true);
    }
    for kid in retires {
        transaction
            .execute(
                r#"update "jwks" set "expiresAt" = $2
                   where "id" = $1 and ("expiresAt" is null or "expiresAt" > $2)"#,
                &[(kid, TEXT), (&at, TIME)],
            )
            .await?;
    }
    transaction.commit().await?;
    Ok(true)
}

pub(super) async fn discard(db: &Postgres, kid: &str) -> Result<bool, DbError> {
    let mut transaction = begin(db).await?;
    let delete = r#"delete from "tessera_pending_key" where "id" = $1"#;
    let deleted = transaction.execute(delete, &[(&kid, TEXT)]).await?;
    transaction.commit().await?;
    Ok(deleted == 1)
}

pub(super) async fn rewrap(db: &Postgres, rewraps: &[Rewrap]) -> Result<Vec<String>, DbError> {
    let mut transaction = begin(db).await?;
    let mut rewrapped = Vec::new();
    for table in ["jwks", "tessera_pending_key"] {
        let sql = format!(
            r#"update "{table}" set "privateKey" = $3 where "id" = $1 and "privateKey" = $2"#
        );
        for Rewrap { kid, from, to } in rewraps {
            let parameters =
                [(kid as _, TEXT), (&from.as_str() as _, TEXT), (&to.as_str() as _, TEXT)];
            if transaction.execute(&sql, &parameters).await? == 1 {
                rewrapped.push(kid.clone());
            }
        }
    }
    transaction.commit().await?;
    Ok(rewrapped)
}

async fn begin(db: &Postgres) -> Result<Transaction, DbError> {
    let mut transaction = db.begin().await?;
    transaction.query(LOCK, &[]).await?;
    Ok(transaction)
}
