//! The table `user`, once a person has signed up.

use jiff::Timestamp;
use tessera_db::{ConstraintKind, DbError, Postgres, Transaction};
use tessera_engine::profile::UserChange;
use tessera_engine::store::{ChangeEmailError, Cutoff, EmailProven, StoreError};
use tessera_engine::{Email, EndedSession, Ending, Session, Time, User, UserId, VerificationId};

use super::rows::{self, BOOLEAN, TEXT, TIME};
use super::{sessions, verifications};
use crate::failure::failed;

/// The person, if there is one. Until the transaction ends nobody else changes them, and nothing new
/// comes to belong to them.
pub(super) async fn lock(
    transaction: &mut Transaction,
    user: &UserId,
) -> Result<Option<User>, StoreError> {
    let sql = format!(r#"select {} from "user" u where u."id" = $1 for update"#, rows::USER);
    let found = transaction.query(&sql, &[(&user.as_str(), TEXT)]).await.map_err(failed)?;
    found.first().map(|row| rows::user(row, 0)).transpose()
}

pub(super) async fn find(db: &Postgres, user: &UserId) -> Result<Option<User>, StoreError> {
    let sql = format!(r#"select {} from "user" u where u."id" = $1"#, rows::USER);
    let found = db.query(&sql, &[(&user.as_str(), TEXT)]).await.map_err(failed)?;
    found.first().map(|row| rows::user(row, 0)).transpose()
}

pub(super) async fn update(
    db: &Postgres,
    user: &UserId,
    change: &UserChange,
    now: Time,
) -> Result<Option<User>, StoreError> {
    let UserChange { name, image } = change;
    let sql = format!(
        r#"update "user" u set
               "name" = coalesce($2, u."name"),
               "image" = case when $3 then u."image" else $4 end,
               "updatedAt" = $5
           where u."id" = $1 returning {}"#,
        rows::USER
    );
    let changed = db
        .query(
            &sql,
            &[
                (&user.as_str(), TEXT),
                (name, TEXT),
                (&image.is_none(), BOOLEAN),
                (&image.as_ref().and_then(Option::as_ref), TEXT),
                (&Timestamp::from(now), TIME),
            ],
        )
        .await
        .map_err(failed)?;
    changed.first().map(|row| rows::user(row, 0)).transpose()
}

pub(super) async fn delete(
    db: &Postgres,
    user: &UserId,
    redeem: Option<&VerificationId>,
    cutoff: Cutoff,
) -> Result<Option<Vec<EndedSession>>, StoreError> {
    let mut transaction = db.begin().await.map_err(failed)?;
    if let Some(identifier) = redeem {
        let about = verifications::redeem(&mut transaction, identifier, cutoff.ended_at).await?;
        // Without a commit the row of somebody else stays.
        if about.as_ref() != Some(user) {
            return Ok(None);
        }
    }
    if lock(&mut transaction, user).await?.is_none() {
        return Ok(None);
    }
    let ended = sessions::end(&mut transaction, &Ending::AllOf(user.clone()), cutoff).await?;
    for sql in
        [r#"delete from "account" where "userId" = $1"#, r#"delete from "user" where "id" = $1"#]
    {
        transaction.execute(sql, &[(&user.as_str(), TEXT)]).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)?;
    Ok(Some(ended))
}

pub(super) async fn verify_email(
    db: &Postgres,
    user: &UserId,
    email: &Email,
    session: Option<&Session>,
    now: Time,
) -> Result<EmailProven, StoreError> {
    let mut transaction = db.begin().await.map_err(failed)?;
    match lock(&mut transaction, user).await?.filter(|user| user.email == *email) {
        None => return Ok(EmailProven::NotTheirs),
        Some(user) if user.email_verified => return Ok(EmailProven::Before),
        Some(_) => {}
    }
    transaction
        .execute(
            r#"update "user" set "emailVerified" = true, "updatedAt" = $2 where "id" = $1"#,
            &[(&user.as_str(), TEXT), (&Timestamp::from(now), TIME)],
        )
        .await
        .map_err(failed)?;
    if let Some(session) = session {
        sessions::create(&mut transaction, session).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)?;
    Ok(EmailProven::First)
}

pub(super) async fn change_email(
    db: &Postgres,
    user: &UserId,
    from: &Email,
    to: &Email,
    now: Time,
) -> Result<Option<User>, ChangeEmailError> {
    let sql = format!(
        r#"update "user" u set "email" = $3, "updatedAt" = $4
           where u."id" = $1 and u."email" = $2 returning {}"#,
        rows::USER
    );
    let mut transaction = db.begin().await.map_err(failed)?;
    let changed = transaction
        .query(
            &sql,
            &[
                (&user.as_str(), TEXT),
                (&from.as_str(), TEXT),
                (&to.as_str(), TEXT),
                (&Timestamp::from(now), TIME),
            ],
        )
        .await
        .map_err(|error| match error {
            // Nothing else that changes is unique.
            DbError::Constraint { kind: ConstraintKind::Unique, .. } => {
                ChangeEmailError::EmailTaken
            }
            error => failed(error).into(),
        })?;
    let Some(changed) = changed.first() else { return Ok(None) };
    verifications::drop_resets(&mut transaction, user).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(Some(rows::user(changed, 0)?))
}
