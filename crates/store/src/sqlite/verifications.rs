//! The table `verification`: what has been mailed to somebody and works once.

use rusqlite::{Connection, OptionalExtension, named_params};
use tessera_engine::store::{PasswordReset, Reset, ResetEnding};
use tessera_engine::{Ending, Time, UserId, Verification, VerificationId};

use super::{accounts, sessions, users};

pub(crate) fn create(db: &Connection, new: &Verification) -> rusqlite::Result<()> {
    db.prepare_cached(r#"delete from "verification" where "expiresAt" < ?1"#)?
        .execute([new.created_at.to_string()])?;
    db.prepare_cached(
        r#"insert into "verification" ("id", "identifier", "value", "expiresAt", "createdAt", "updatedAt")
           values (:id, :identifier, :value, :expires, :now, :now)"#,
    )?
    .execute(named_params! {
        ":id": new.id,
        ":identifier": new.identifier.expose(),
        ":value": new.user_id.as_str(),
        ":expires": new.expires_at.to_string(),
        ":now": new.created_at.to_string(),
    })
    .map(drop)
}

pub(crate) fn find(
    db: &Connection,
    identifier: &VerificationId,
    now: Time,
) -> rusqlite::Result<Option<UserId>> {
    db.prepare_cached(
        r#"select "value" from "verification" where "identifier" = ?1 and "expiresAt" >= ?2"#,
    )?
    .query_row([identifier.expose(), &now.to_string()], |row| {
        row.get("value").map(UserId::from_stored)
    })
    .optional()
}

/// The one way to use a row up. Whoever calls it does what the row allows in the same transaction.
pub(crate) fn redeem(
    db: &Connection,
    identifier: &VerificationId,
    now: Time,
) -> rusqlite::Result<Option<UserId>> {
    db.prepare_cached(
        r#"delete from "verification" where "identifier" = ?1 and "expiresAt" >= ?2
           returning "value""#,
    )?
    .query_map([identifier.expose(), &now.to_string()], |row| {
        row.get("value").map(UserId::from_stored)
    })?
    .last()
    .transpose()
}

pub(crate) fn reset_password(
    db: &Connection,
    reset: &PasswordReset,
) -> rusqlite::Result<Option<Reset>> {
    let PasswordReset { identifier, password, account_id, ending, cutoff } = reset;
    let now = cutoff.ended_at;
    let Some(user_id) = redeem(db, identifier, now)? else {
        return Ok(None);
    };
    let Some(user) = users::find(db, &user_id)? else {
        return Ok(None);
    };
    accounts::set_password(db, account_id, &user_id, password, now)?;
    let ended = match ending {
        ResetEnding::Unproven if user.email_verified => Vec::new(),
        ResetEnding::All | ResetEnding::Unproven => {
            sessions::end(db, &Ending::AllOf(user_id.clone()), *cutoff)?
        }
    };
    Ok(Some(Reset { user_id, ended }))
}
