//! The table `user`, once a person has signed up.

use rusqlite::{Connection, OptionalExtension, named_params, params};
use tessera_engine::profile::UserChange;
use tessera_engine::store::{Cutoff, EmailProven};
use tessera_engine::{Email, EndedSession, Ending, Session, Time, User, UserId, VerificationId};

use super::{rows, sessions, verifications};

pub(super) fn update(
    db: &Connection,
    user: &UserId,
    change: &UserChange,
    now: Time,
) -> rusqlite::Result<Option<User>> {
    let UserChange { name, image } = change;
    db.prepare_cached(
        r#"update "user" set
               "name" = coalesce(:name, "name"),
               "image" = iif(:keeps_image, "image", :image),
               "updatedAt" = :now
           where "id" = :id"#,
    )?
    .execute(named_params! {
        ":name": name,
        ":keeps_image": image.is_none(),
        ":image": image.as_ref().and_then(Option::as_ref),
        ":now": now.to_string(),
        ":id": user.as_str(),
    })?;
    find(db, user)
}

pub(super) fn delete(
    db: &Connection,
    user: &UserId,
    redeem: Option<&VerificationId>,
    cutoff: Cutoff,
) -> rusqlite::Result<Option<Vec<EndedSession>>> {
    if let Some(identifier) = redeem {
        // Somebody else's row stays.
        if verifications::find(db, identifier, cutoff.ended_at)?.as_ref() != Some(user) {
            return Ok(None);
        }
        verifications::redeem(db, identifier, cutoff.ended_at)?;
    }
    let ended = sessions::end(db, &Ending::AllOf(user.clone()), cutoff)?;
    db.prepare_cached(r#"delete from "account" where "userId" = ?1"#)?.execute([user.as_str()])?;
    let deleted =
        db.prepare_cached(r#"delete from "user" where "id" = ?1"#)?.execute([user.as_str()])?;
    Ok((deleted > 0).then_some(ended))
}

pub(super) fn find(db: &Connection, user: &UserId) -> rusqlite::Result<Option<User>> {
    let sql = format!(r#"select {} from "user" u where u."id" = ?1"#, rows::USER);
    db.prepare_cached(&sql)?.query_row([user.as_str()], |row| rows::user(row, 0)).optional()
}

pub(super) fn verify_email(
    db: &Connection,
    user: &UserId,
    email: &Email,
    session: Option<&Session>,
    now: Time,
) -> rusqlite::Result<EmailProven> {
    match find(db, user)?.filter(|user| user.email == *email) {
        None => return Ok(EmailProven::NotTheirs),
        Some(user) if user.email_verified => return Ok(EmailProven::Before),
        Some(_) => {}
    }
    db.prepare_cached(
        r#"update "user" set "emailVerified" = 1, "updatedAt" = ?2 where "id" = ?1"#,
    )?
    .execute([user.as_str(), &now.to_string()])?;
    if let Some(session) = session {
        sessions::create(db, session)?;
    }
    Ok(EmailProven::First)
}

pub(super) fn change_email(
    db: &Connection,
    user: &UserId,
    from: &Email,
    to: &Email,
    now: Time,
) -> rusqlite::Result<Option<User>> {
    db.prepare_cached(
        r#"update "user" set "email" = ?3, "updatedAt" = ?4 where "id" = ?1 and "email" = ?2"#,
    )?
    .execute(params![user.as_str(), from.as_str(), to.as_str(), now.to_string()])
    .and_then(|changed| match changed {
        0 => Ok(None),
        _ => verifications::drop_resets(db, user).and_then(|()| find(db, user)),
    })
}
