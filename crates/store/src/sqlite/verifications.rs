//! The table `verification`: what has been mailed to somebody and works once.

use rusqlite::{Connection, OptionalExtension, named_params};
use tessera_engine::store::{PasswordReset, Reset, ResetEnding};
use tessera_engine::{Ending, Purpose, Time, UserId, Verification, VerificationId};

use super::{accounts, rows, sessions, users};

pub(super) fn create(db: &Connection, new: &Verification) -> rusqlite::Result<()> {
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

/// Times are compared once they have been read: one that is none is never later than now.
pub(super) fn find(
    db: &Connection,
    identifier: &VerificationId,
    now: Time,
) -> rusqlite::Result<Option<UserId>> {
    let found = db
        .prepare_cached(
            r#"select "value", "expiresAt" from "verification" where "identifier" = ?1"#,
        )?
        .query_row([identifier.expose()], |row| {
            let user = UserId::from_stored(rows::value(row, 0, "verification", "value")?);
            Ok((user, rows::time(row, 1, "verification", "expiresAt")?))
        })
        .optional()?;
    Ok(found.and_then(|(user, expires_at)| (expires_at >= now).then_some(user)))
}

/// The one way to use a row up. Whoever calls it does what the row allows in the same transaction.
///
/// Nobody can come between the look and the deletion: all writes are made by one writer, in turn. It
/// looks first because texts do not always compare as the times they stand for.
pub(super) fn redeem(
    db: &Connection,
    identifier: &VerificationId,
    now: Time,
) -> rusqlite::Result<Option<UserId>> {
    let found = find(db, identifier, now)?;
    if found.is_some() {
        db.prepare_cached(r#"delete from "verification" where "identifier" = ?1"#)?
            .execute([identifier.expose()])?;
    }
    Ok(found)
}

/// No link that was mailed for a new password is good any more.
pub(super) fn drop_resets(db: &Connection, user: &UserId) -> rusqlite::Result<()> {
    let resets = format!("{}%", Purpose::ResetPassword.prefix());
    db.prepare_cached(r#"delete from "verification" where "value" = ?1 and "identifier" like ?2"#)?
        .execute([user.as_str(), &resets])
        .map(drop)
}

pub(super) fn reset_password(
    db: &Connection,
    reset: &PasswordReset,
) -> rusqlite::Result<Option<Reset>> {
    let PasswordReset { identifier, password, account_id, ending, cutoff } = reset;
    let now = cutoff.ended_at;
    let Some(user_id) = redeem(db, identifier, now)? else {
        return Ok(None);
    };
    let Some(user) = users::find(db, &user_id)? else {
        // A link to an account that has gone is used up like any other.
        return Ok(None);
    };
    accounts::set_password(db, account_id, &user_id, password, now)?;
    drop_resets(db, &user_id)?;
    let ended = match ending {
        ResetEnding::Unproven if user.email_verified => Vec::new(),
        ResetEnding::All | ResetEnding::Unproven => {
            sessions::end(db, &Ending::AllOf(user_id.clone()), *cutoff)?
        }
    };
    Ok(Some(Reset { user_id, ended }))
}
