//! The table `verification`: what has been mailed to somebody and works once.

use jiff::Timestamp;
use tessera_db::{DbError, Postgres, Transaction};
use tessera_engine::store::{PasswordReset, Reset, ResetEnding, StoreError};
use tessera_engine::{Ending, Purpose, Time, UserId, Verification, VerificationId};

use super::rows::{self, TEXT, TIME};
use super::{accounts, sessions, users};
use crate::failure::failed;

pub(super) async fn create(db: &Postgres, new: &Verification) -> Result<(), DbError> {
    let now = Timestamp::from(new.created_at);
    let mut transaction = db.begin().await?;
    let expired = r#"delete from "verification" where "expiresAt" < $1"#;
    transaction.execute(expired, &[(&now, TIME)]).await?;
    transaction
        .execute(
            r#"insert into "verification" ("id", "identifier", "value", "expiresAt", "createdAt", "updatedAt")
               values ($1, $2, $3, $4, $5, $5)"#,
            &[
                (&new.id, TEXT),
                (&new.identifier.expose(), TEXT),
                (&new.user_id.as_str(), TEXT),
                (&Timestamp::from(new.expires_at), TIME),
                (&now, TIME),
            ],
        )
        .await?;
    transaction.commit().await
}

pub(super) async fn find(
    db: &Postgres,
    identifier: &VerificationId,
    now: Time,
) -> Result<Option<UserId>, StoreError> {
    let found = db
        .query(
            r#"select "value" from "verification" where "identifier" = $1 and "expiresAt" >= $2"#,
            &[(&identifier.expose(), TEXT), (&Timestamp::from(now), TIME)],
        )
        .await
        .map_err(failed)?;
    let user = |row| rows::value(row, 0, "verification", "value").map(UserId::from_stored);
    found.first().map(user).transpose()
}

/// The one way to use a row up. Whoever calls it does what the row allows in the same transaction;
/// others who redeem it meanwhile wait for its end, and then find nothing.
pub(super) async fn redeem(
    transaction: &mut Transaction,
    identifier: &VerificationId,
    now: Time,
) -> Result<Option<UserId>, StoreError> {
    let redeemed = transaction
        .query(
            r#"delete from "verification" where "identifier" = $1 and "expiresAt" >= $2
               returning "value""#,
            &[(&identifier.expose(), TEXT), (&Timestamp::from(now), TIME)],
        )
        .await
        .map_err(failed)?;
    let user = |row| rows::value(row, 0, "verification", "value").map(UserId::from_stored);
    redeemed.last().map(user).transpose()
}

/// No link that was mailed for a new password is good any more.
pub(super) async fn drop_resets(
    transaction: &mut Transaction,
    user: &UserId,
) -> Result<(), DbError> {
    let resets = format!("{}%", Purpose::ResetPassword.prefix());
    transaction
        .execute(
            r#"delete from "verification" where "value" = $1 and "identifier" like $2"#,
            &[(&user.as_str(), TEXT), (&resets, TEXT)],
        )
        .await
        .map(drop)
}

pub(super) async fn reset_password(
    db: &Postgres,
    reset: &PasswordReset,
) -> Result<Option<Reset>, StoreError> {
    let PasswordReset { identifier, password, account_id, ending, cutoff } = reset;
    let now = cutoff.ended_at;
    let mut transaction = db.begin().await.map_err(failed)?;
    let Some(user_id) = redeem(&mut transaction, identifier, now).await? else {
        return Ok(None);
    };
    let Some(user) = users::lock(&mut transaction, &user_id).await? else {
        return Ok(None);
    };
    accounts::set_password(&mut transaction, account_id, &user_id, password, now)
        .await
        .map_err(failed)?;
    drop_resets(&mut transaction, &user_id).await.map_err(failed)?;
    let ended = match ending {
        ResetEnding::Unproven if user.email_verified => Vec::new(),
        ResetEnding::All | ResetEnding::Unproven => {
            sessions::end(&mut transaction, &Ending::AllOf(user_id.clone()), *cutoff).await?
        }
    };
    transaction.commit().await.map_err(failed)?;
    Ok(Some(Reset { user_id, ended }))
}
