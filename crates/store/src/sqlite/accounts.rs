//! The table `account`, and a sign-up's row of `user`.

use rusqlite::{Connection, OptionalExtension, named_params, params};
use tessera_engine::linked::{LinkedAccount, PASSWORD_PROVIDER, UnlinkError};
use tessera_engine::store::{Credential, Cutoff, NewAccount, PasswordChange, SessionStart};
use tessera_engine::{Email, EndedSession, Ending, PasswordHash, Time, User, UserId};

use super::{rows, sessions, verifications};

const TABLE: &str = "account";

pub(super) fn create(db: &Connection, new: &NewAccount) -> rusqlite::Result<()> {
    let NewAccount { user, account_id, password, session } = new;
    add_user(db, user)?;
    add_credential(db, account_id, &user.id, password, user.created_at)?;
    match session {
        Some(session) => sessions::create(db, session),
        None => Ok(()),
    }
}

/// Sets the password, be there one yet or not.
pub(super) fn set_password(
    db: &Connection,
    account_id: &str,
    user: &UserId,
    password: &PasswordHash,
    now: Time,
) -> rusqlite::Result<()> {
    let changed = db
        .prepare_cached(
            r#"update "account" set "password" = ?3, "updatedAt" = ?4
               where "userId" = ?1 and "providerId" = ?2"#,
        )?
        .execute(params![user.as_str(), PASSWORD_PROVIDER, password.expose(), now.to_string()])?;
    match changed {
        0 => add_credential(db, account_id, user, password, now),
        _ => Ok(()),
    }
}

fn add_credential(
    db: &Connection,
    account_id: &str,
    user: &UserId,
    password: &PasswordHash,
    now: Time,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        r#"insert into "account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
           values (:id, :user, :provider, :user, :password, :now, :now)"#,
    )?
    .execute(named_params! {
        ":id": account_id,
        ":user": user.as_str(),
        ":provider": PASSWORD_PROVIDER,
        ":password": password.expose(),
        ":now": now.to_string(),
    })
    .map(drop)
}

pub(super) fn add_user(db: &Connection, user: &User) -> rusqlite::Result<()> {
    db.prepare_cached(
        r#"insert into "user" ("name", "email", "emailVerified", "image", "createdAt", "updatedAt", "id")
           values (:name, :email, :verified, :image, :created, :updated, :id)"#,
    )?
    .execute(named_params! {
        ":name": user.name,
        ":email": user.email.as_str(),
        ":verified": user.email_verified,
        ":image": user.image,
        ":created": user.created_at.to_string(),
        ":updated": user.updated_at.to_string(),
        ":id": user.id.as_str(),
    })
    .map(drop)
}

pub(super) fn find_credential(
    db: &Connection,
    email: &Email,
) -> rusqlite::Result<Option<Credential>> {
    let sql = format!(
        r#"select {}, a."password" from "user" u
           left join "account" a on a."userId" = u."id" and a."providerId" = '{PASSWORD_PROVIDER}'
           where u."email" = ?1 limit 1"#,
        rows::USER
    );
    db.prepare_cached(&sql)?
        .query_row([email.as_str()], |row| {
            let password: Option<String> = rows::value(row, rows::USER_WIDTH, TABLE, "password")?;
            Ok(Credential {
                user: rows::user(row, 0)?,
                password: password.map(PasswordHash::from_stored),
            })
        })
        .optional()
}

pub(super) fn start_session(db: &Connection, start: &SessionStart) -> rusqlite::Result<bool> {
    let SessionStart { session, checked, rehashed } = start;
    let user = &session.user_id;
    let is_current = match rehashed {
        Some(new) => replace_password(db, user, checked, new, session.created_at)?,
        None => has_password(db, user, checked)?,
    };
    if is_current {
        sessions::create(db, session)?;
    }
    Ok(is_current)
}

pub(super) fn find_password(
    db: &Connection,
    user: &UserId,
) -> rusqlite::Result<Option<PasswordHash>> {
    let password: Option<Option<String>> = db
        .prepare_cached(
            r#"select "password" from "account" where "userId" = ?1 and "providerId" = ?2"#,
        )?
        .query_row([user.as_str(), PASSWORD_PROVIDER], |row| rows::value(row, 0, TABLE, "password"))
        .optional()?;
    Ok(password.flatten().map(PasswordHash::from_stored))
}

pub(super) fn change_password(
    db: &Connection,
    change: &PasswordChange,
    cutoff: Cutoff,
) -> rusqlite::Result<Option<Vec<EndedSession>>> {
    let PasswordChange { user, checked, new, session } = change;
    if !replace_password(db, user, checked, new, cutoff.ended_at)? {
        return Ok(None);
    }
    let Some(session) = session else {
        return Ok(Some(Vec::new()));
    };
    verifications::drop_resets(db, user)?;
    let ended = sessions::end(db, &Ending::AllOf(user.clone()), cutoff)?;
    sessions::create(db, session)?;
    Ok(Some(ended))
}

pub(super) fn of_user(db: &Connection, user: &UserId) -> rusqlite::Result<Vec<LinkedAccount>> {
    db.prepare_cached(
        r#"select "accountId", "providerId", "userId", "createdAt", "updatedAt", "id", "scope"
           from "account" where "userId" = ?1 order by "createdAt", "id""#,
    )?
    .query_map([user.as_str()], |row| {
        let scope: Option<String> = rows::value(row, 6, TABLE, "scope")?;
        Ok(LinkedAccount {
            account_id: rows::value(row, 0, TABLE, "accountId")?,
            provider_id: rows::value(row, 1, TABLE, "providerId")?,
            user_id: UserId::from_stored(rows::value(row, 2, TABLE, "userId")?),
            created_at: rows::time(row, 3, TABLE, "createdAt")?,
            updated_at: rows::time(row, 4, TABLE, "updatedAt")?,
            id: rows::value(row, 5, TABLE, "id")?,
            scopes: scope.as_deref().map_or_else(Vec::new, LinkedAccount::scopes_from_stored),
        })
    })?
    .collect()
}

pub(super) fn unlink(
    db: &Connection,
    user: &UserId,
    id: &str,
) -> rusqlite::Result<Result<(), UnlinkError>> {
    let accounts: u32 = db
        .prepare_cached(r#"select count(*) from "account" where "userId" = ?1"#)?
        .query_row([user.as_str()], |row| row.get(0))?;
    if accounts == 1 {
        return Ok(Err(UnlinkError::LastAccount));
    }
    let deleted = db
        .prepare_cached(r#"delete from "account" where "userId" = ?1 and "id" = ?2"#)?
        .execute(params![user.as_str(), id])?;
    Ok(if deleted == 0 { Err(UnlinkError::NotFound) } else { Ok(()) })
}

/// Whether this is still the person's password.
fn has_password(db: &Connection, user: &UserId, password: &PasswordHash) -> rusqlite::Result<bool> {
    db.prepare_cached(
        r#"select 1 from "account" where "userId" = ?1 and "providerId" = ?2 and "password" = ?3"#,
    )?
    .exists(params![user.as_str(), PASSWORD_PROVIDER, password.expose()])
}

/// Replaces a password, unless it is no longer `old`.
fn replace_password(
    db: &Connection,
    user: &UserId,
    old: &PasswordHash,
    new: &PasswordHash,
    now: Time,
) -> rusqlite::Result<bool> {
    let changed = db
        .prepare_cached(
            r#"update "account" set "password" = :new, "updatedAt" = :now
               where "userId" = :user and "providerId" = :provider and "password" = :old"#,
        )?
        .execute(named_params! {
            ":new": new.expose(),
            ":now": now.to_string(),
            ":user": user.as_str(),
            ":provider": PASSWORD_PROVIDER,
            ":old": old.expose(),
        })?;
    Ok(changed > 0)
}
