//! The tables `user` and `account`.

use jiff::Timestamp;
use tessera_db::{DbError, Postgres, Transaction};
use tessera_engine::linked::{LinkedAccount, UnlinkError};
use tessera_engine::store::{
    CreateAccountError, Credential, Cutoff, NewAccount, PasswordChange, SessionStart, StoreError,
};
use tessera_engine::{Email, EndedSession, Ending, PasswordHash, Time, User, UserId};

use super::rows::{self, BOOLEAN, TEXT, TIME};
use super::{sessions, users, verifications};
use crate::failure::failed;

/// `account.providerId` of the account row that holds a password.
const CREDENTIAL: &str = "credential";

pub(super) async fn create(db: &Postgres, new: &NewAccount) -> Result<(), CreateAccountError> {
    match insert(db, new).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(CreateAccountError::EmailTaken),
        Err(error) => Err(failed(error).into()),
    }
}

/// False when another account has the address.
async fn insert(db: &Postgres, new: &NewAccount) -> Result<bool, DbError> {
    let NewAccount { user, account_id, password, session } = new;
    let mut transaction = db.begin().await?;
    if !add_user(&mut transaction, user).await? {
        return Ok(false);
    }
    add_credential(&mut transaction, account_id, &user.id, password, user.created_at).await?;
    if let Some(session) = session {
        sessions::create(&mut transaction, session).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

async fn add_credential(
    transaction: &mut Transaction,
    account_id: &str,
    user: &UserId,
    password: &PasswordHash,
    now: Time,
) -> Result<(), DbError> {
    transaction
        .execute(
            r#"insert into "account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
               values ($1, $2, $3, $2, $4, $5, $5)"#,
            &[
                (&account_id, TEXT),
                (&user.as_str(), TEXT),
                (&CREDENTIAL, TEXT),
                (&password.expose(), TEXT),
                (&Timestamp::from(now), TIME),
            ],
        )
        .await
        .map(drop)
}

/// Sets the password, be there one yet or not.
pub(super) async fn set_password(
    transaction: &mut Transaction,
    account_id: &str,
    user: &UserId,
    password: &PasswordHash,
    now: Time,
) -> Result<(), DbError> {
    let changed = transaction
        .execute(
            r#"update "account" set "password" = $3, "updatedAt" = $4
               where "userId" = $1 and "providerId" = $2"#,
            &[
                (&user.as_str(), TEXT),
                (&CREDENTIAL, TEXT),
                (&password.expose(), TEXT),
                (&Timestamp::from(now), TIME),
            ],
        )
        .await?;
    match changed {
        0 => add_credential(transaction, account_id, user, password, now).await,
        _ => Ok(()),
    }
}

/// False when another account has the address. Of several that race for one, the others wait here
/// until the first has committed.
async fn add_user(transaction: &mut Transaction, user: &User) -> Result<bool, DbError> {
    let added = transaction
        .execute(
            r#"insert into "user" ("name", "email", "emailVerified", "image", "createdAt", "updatedAt", "id")
               values ($1, $2, $3, $4, $5, $6, $7) on conflict ("email") do nothing"#,
            &[
                (&user.name, TEXT),
                (&user.email.as_str(), TEXT),
                (&user.email_verified, BOOLEAN),
                (&user.image, TEXT),
                (&Timestamp::from(user.created_at), TIME),
                (&Timestamp::from(user.updated_at), TIME),
                (&user.id.as_str(), TEXT),
            ],
        )
        .await?;
    Ok(added == 1)
}

pub(super) async fn find_credential(
    db: &Postgres,
    email: &Email,
) -> Result<Option<Credential>, StoreError> {
    let sql = format!(
        r#"select {}, a."password" from "user" u
           left join "account" a on a."userId" = u."id" and a."providerId" = '{CREDENTIAL}'
           where u."email" = $1 limit 1"#,
        rows::USER
    );
    let found = db.query(&sql, &[(&email.as_str(), TEXT)]).await.map_err(failed)?;
    let credential = |row| {
        let password: Option<String> = rows::value(row, rows::USER_WIDTH, "account", "password")?;
        Ok(Credential {
            user: rows::user(row, 0)?,
            password: password.map(PasswordHash::from_stored),
        })
    };
    found.first().map(credential).transpose()
}

/// The person is locked: whoever changes the password or deletes the account comes before or after.
pub(super) async fn start_session(db: &Postgres, start: &SessionStart) -> Result<bool, StoreError> {
    let SessionStart { session, checked, rehashed } = start;
    let user = &session.user_id;
    let mut transaction = db.begin().await.map_err(failed)?;
    if users::lock(&mut transaction, user).await?.is_none() {
        return Ok(false);
    }
    let is_current = match rehashed {
        Some(new) => {
            replace_password(&mut transaction, user, checked, new, session.created_at).await
        }
        None => has_password(&mut transaction, user, checked).await,
    };
    if !is_current.map_err(failed)? {
        return Ok(false);
    }
    sessions::create(&mut transaction, session).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(true)
}

pub(super) async fn find_password(
    db: &Postgres,
    user: &UserId,
) -> Result<Option<PasswordHash>, StoreError> {
    let found = db
        .query(
            r#"select "password" from "account" where "userId" = $1 and "providerId" = $2"#,
            &[(&user.as_str(), TEXT), (&CREDENTIAL, TEXT)],
        )
        .await
        .map_err(failed)?;
    let Some(row) = found.first() else { return Ok(None) };
    let password: Option<String> = rows::value(row, 0, "account", "password")?;
    Ok(password.map(PasswordHash::from_stored))
}

pub(super) async fn change_password(
    db: &Postgres,
    change: &PasswordChange,
    cutoff: Cutoff,
) -> Result<Option<Vec<EndedSession>>, StoreError> {
    let PasswordChange { user, checked, new, session } = change;
    let mut transaction = db.begin().await.map_err(failed)?;
    users::lock(&mut transaction, user).await?;
    let replaced = replace_password(&mut transaction, user, checked, new, cutoff.ended_at);
    if !replaced.await.map_err(failed)? {
        return Ok(None);
    }
    let mut ended = Vec::new();
    if let Some(session) = session {
        verifications::drop_resets(&mut transaction, user).await.map_err(failed)?;
        ended = sessions::end(&mut transaction, &Ending::AllOf(user.clone()), cutoff).await?;
        sessions::create(&mut transaction, session).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)?;
    Ok(Some(ended))
}

pub(super) async fn of_user(
    db: &Postgres,
    user: &UserId,
) -> Result<Vec<LinkedAccount>, StoreError> {
    const TABLE: &str = "account";
    let found = db
        .query(
            r#"select "accountId", "providerId", "userId", "createdAt", "updatedAt", "id", "scope"
               from "account" where "userId" = $1 order by "createdAt", "id""#,
            &[(&user.as_str(), TEXT)],
        )
        .await
        .map_err(failed)?;
    found
        .iter()
        .map(|row| {
            let scope: Option<&str> = rows::value(row, 6, TABLE, "scope")?;
            Ok(LinkedAccount {
                account_id: rows::value(row, 0, TABLE, "accountId")?,
                provider_id: rows::value(row, 1, TABLE, "providerId")?,
                user_id: UserId::from_stored(rows::value(row, 2, TABLE, "userId")?),
                created_at: rows::time(row, 3, TABLE, "createdAt")?,
                updated_at: rows::time(row, 4, TABLE, "updatedAt")?,
                id: rows::value(row, 5, TABLE, "id")?,
                scopes: scope.map_or_else(Vec::new, LinkedAccount::scopes_from_stored),
            })
        })
        .collect()
}

/// The person is locked: of the last two accounts, only one can go.
pub(super) async fn unlink(db: &Postgres, user: &UserId, id: &str) -> Result<(), UnlinkError> {
    let mut transaction = db.begin().await.map_err(failed)?;
    users::lock(&mut transaction, user).await?;
    let all = r#"select 1 from "account" where "userId" = $1"#;
    let all = transaction.query(all, &[(&user.as_str(), TEXT)]).await.map_err(failed)?;
    if all.len() == 1 {
        return Err(UnlinkError::LastAccount);
    }
    let deleted = transaction
        .execute(
            r#"delete from "account" where "userId" = $1 and "id" = $2"#,
            &[(&user.as_str(), TEXT), (&id, TEXT)],
        )
        .await
        .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    if deleted == 0 { Err(UnlinkError::NotFound) } else { Ok(()) }
}

/// Whether this is still the person's password.
async fn has_password(
    transaction: &mut Transaction,
    user: &UserId,
    password: &PasswordHash,
) -> Result<bool, DbError> {
    let found = transaction
        .query(
            r#"select 1 from "account" where "userId" = $1 and "providerId" = $2 and "password" = $3"#,
            &[(&user.as_str(), TEXT), (&CREDENTIAL, TEXT), (&password.expose(), TEXT)],
        )
        .await?;
    Ok(!found.is_empty())
}

/// Replaces a password, unless it is no longer `old`.
async fn replace_password(
    transaction: &mut Transaction,
    user: &UserId,
    old: &PasswordHash,
    new: &PasswordHash,
    now: Time,
) -> Result<bool, DbError> {
    let changed = transaction
        .execute(
            r#"update "account" set "password" = $1, "updatedAt" = $2
               where "userId" = $3 and "providerId" = $4 and "password" = $5"#,
            &[
                (&new.expose(), TEXT),
                (&Timestamp::from(now), TIME),
                (&user.as_str(), TEXT),
                (&CREDENTIAL, TEXT),
                (&old.expose(), TEXT),
            ],
        )
        .await?;
    Ok(changed > 0)
}
