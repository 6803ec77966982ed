//! The tables `session` and `tessera_ended_session`.

use std::sync::LazyLock;
use std::time::SystemTime;

use jiff::Timestamp;
use tessera_db::{DbError, Parameter, Postgres, Transaction};
use tessera_engine::store::{Cutoff, StoreError};
use tessera_engine::{
    EndedSession, Ending, Session, SessionId, SessionToken, SignedIn, Time, UserId,
};
use tokio_postgres::Row;

use super::EndedLately;
use super::rows::{self, TEXT, TIME};
use crate::failure::failed;

/// As many as the npm package lists.
const LISTED: u32 = 100;

pub(super) async fn create(
    transaction: &mut Transaction,
    session: &Session,
) -> Result<(), DbError> {
    transaction
        .execute(
            r#"insert into "session"
               ("expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId", "id")
               values ($1, $2, $3, $4, $5, $6, $7, $8)"#,
            &[
                (&Timestamp::from(session.expires_at), TIME),
                (&session.token.expose(), TEXT),
                (&Timestamp::from(session.created_at), TIME),
                (&Timestamp::from(session.updated_at), TIME),
                (&session.ip_address, TEXT),
                (&session.user_agent, TEXT),
                (&session.user_id.as_str(), TEXT),
                (&session.id.as_str(), TEXT),
            ],
        )
        .await
        .map(drop)
}

/// One indexed read of the session and one of its account.
static FIND: LazyLock<String> = LazyLock::new(|| {
    format!(
        r#"select {}, {} from "session" s join "user" u on u."id" = s."userId" where s."token" = $1"#,
        rows::SESSION,
        rows::USER
    )
});

pub(super) async fn find(
    db: &Postgres,
    token: &SessionToken,
) -> Result<Option<SignedIn>, StoreError> {
    let found = db.query(&FIND, &[(&token.expose(), TEXT)]).await.map_err(failed)?;
    let signed_in = |row| {
        let session = rows::session(row, 0)?;
        Ok(SignedIn { session, user: rows::user(row, rows::SESSION_WIDTH)? })
    };
    found.first().map(signed_in).transpose()
}

/// The latest, so that a device which has just signed in is among them; in the order of sign-in.
pub(super) async fn of_user(
    db: &Postgres,
    user: &UserId,
    now: Time,
) -> Result<Vec<Session>, StoreError> {
    let sql = format!(
        r#"select {} from "session" s where s."userId" = $1 and s."expiresAt" > $2
           order by s."createdAt" desc limit {LISTED}"#,
        rows::SESSION
    );
    let found = db
        .query(&sql, &[(&user.as_str(), TEXT), (&Timestamp::from(now), TIME)])
        .await
        .map_err(failed)?;
    found.iter().rev().map(|row| rows::session(row, 0)).collect()
}

pub(super) async fn renew(
    db: &Postgres,
    token: &SessionToken,
    expires_at: Time,
    updated_at: Time,
) -> Result<bool, StoreError> {
    let renewed = db
        .query(
            r#"update "session" set "expiresAt" = $2, "updatedAt" = $3 where "token" = $1
               returning "id""#,
            &[
                (&token.expose(), TEXT),
                (&Timestamp::from(expires_at), TIME),
                (&Timestamp::from(updated_at), TIME),
            ],
        )
        .await
        .map_err(failed)?;
    Ok(!renewed.is_empty())
}

/// Deletes, remembers and forgets in one statement.
pub(super) async fn end(
    transaction: &mut Transaction,
    ending: &Ending,
    cutoff: Cutoff,
) -> Result<Vec<EndedSession>, StoreError> {
    let (condition, values) = match ending {
        Ending::One(token) => (r#""token" = $3"#, vec![token.expose()]),
        Ending::OneOf(user, token) => {
            (r#""token" = $3 and "userId" = $4"#, vec![token.expose(), user.as_str()])
        }
        Ending::AllOf(user) => (r#""userId" = $3"#, vec![user.as_str()]),
        Ending::OthersOf(user, kept) => {
            (r#""userId" = $3 and "token" <> $4"#, vec![user.as_str(), kept.expose()])
        }
    };
    let sql = format!(
        r#"with "ended" as (delete from "session" where {condition} returning "id", "userId"),
           "forgotten" as (delete from "tessera_ended_session" where "until" <= $2),
           "remembered" as (
               insert into "tessera_ended_session" ("id", "userId", "until")
               select "id", "userId", $1 from "ended"
               on conflict ("id") do update
                   set "until" = excluded."until", "endedAt" = excluded."endedAt"
           )
           select "id", "userId", $1 from "ended""#
    );
    let (until, now) = (Timestamp::from(cutoff.until), Timestamp::from(cutoff.ended_at));
    let mut parameters: Vec<Parameter<'_>> = vec![(&until, TIME), (&now, TIME)];
    parameters.extend(values.iter().map(|value| -> Parameter<'_> { (value, TEXT) }));
    let ended = transaction.query(&sql, &parameters).await.map_err(failed)?;
    ended.iter().map(ended_session).collect()
}

pub(super) async fn ended(db: &Postgres, now: Time) -> Result<Vec<EndedSession>, StoreError> {
    let found = db
        .query(
            r#"select "id", "userId", "until" from "tessera_ended_session" where "until" > $1"#,
            &[(&Timestamp::from(now), TIME)],
        )
        .await
        .map_err(failed)?;
    found.iter().map(ended_session).collect()
}

/// Whether the table of ended sessions is there.
pub(super) async fn has_ended_sessions(db: &Postgres) -> Result<bool, StoreError> {
    let sql = r#"select to_regclass('"tessera_ended_session"') is not null"#;
    let found = db.query(sql, &[]).await.map_err(failed)?;
    found.first().map_or(Ok(false), |row| rows::value(row, 0, ENDED, "exists"))
}

/// The first row is the database's time and nothing else.
pub(super) async fn ended_since(
    db: &Postgres,
    last_asked: SystemTime,
) -> Result<EndedLately, StoreError> {
    let found = db
        .query(
            r#"select null as "id", null as "userId", clock_timestamp() as "until"
               union all
               select "id", "userId", "until" from "tessera_ended_session"
               where "endedAt" > $1::timestamptz - interval '1 minute'"#,
            &[(&last_asked, TIME)],
        )
        .await
        .map_err(failed)?;
    let mut lately = EndedLately { sessions: Vec::new(), asked_at: last_asked };
    for row in &found {
        if rows::value::<Option<&str>>(row, 0, ENDED, "id")?.is_none() {
            lately.asked_at = rows::value(row, 2, ENDED, "until")?;
        } else {
            lately.sessions.push(ended_session(row)?);
        }
    }
    Ok(lately)
}

const ENDED: &str = "tessera_ended_session";

/// From `id`, `userId` and `until`.
fn ended_session(row: &Row) -> Result<EndedSession, StoreError> {
    Ok(EndedSession {
        id: SessionId::from_stored(rows::value(row, 0, ENDED, "id")?),
        user_id: UserId::from_stored(rows::value(row, 1, ENDED, "userId")?),
        until: rows::time(row, 2, ENDED, "until")?,
    })
}
