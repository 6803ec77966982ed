//! The tables `session` and `tessera_ended_session`.

use std::sync::LazyLock;

use rusqlite::{Connection, OptionalExtension, Row, named_params, params, params_from_iter};
use tessera_engine::store::Cutoff;
use tessera_engine::{
    EndedSession, Ending, Session, SessionId, SessionToken, SignedIn, Time, UserId,
};

use super::rows;

/// As many as the npm package lists.
const LISTED: u32 = 100;

pub(super) fn create(db: &Connection, session: &Session) -> rusqlite::Result<()> {
    db.prepare_cached(
        r#"insert into "session" ("expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId", "id")
           values (:expires, :token, :created, :updated, :ip, :agent, :user, :id)"#,
    )?
    .execute(named_params! {
        ":expires": session.expires_at.to_string(),
        ":token": session.token.expose(),
        ":created": session.created_at.to_string(),
        ":updated": session.updated_at.to_string(),
        ":ip": session.ip_address,
        ":agent": session.user_agent,
        ":user": session.user_id.as_str(),
        ":id": session.id.as_str(),
    })
    .map(drop)
}

/// One indexed read of the session and one of its account.
static FIND: LazyLock<String> = LazyLock::new(|| {
    format!(
        r#"select {}, {} from "session" s join "user" u on u."id" = s."userId" where s."token" = ?1"#,
        rows::SESSION,
        rows::USER
    )
});

pub(super) fn find(db: &Connection, token: &SessionToken) -> rusqlite::Result<Option<SignedIn>> {
    db.prepare_cached(&FIND)?
        .query_row([token.expose()], |row| {
            let session = rows::session(row, 0)?;
            Ok(SignedIn { session, user: rows::user(row, rows::SESSION_WIDTH)? })
        })
        .optional()
}

/// The latest, so that a device which has just signed in is among them; in the order of sign-in.
pub(super) fn of_user(db: &Connection, user: &UserId, now: Time) -> rusqlite::Result<Vec<Session>> {
    let sql = format!(
        r#"select {} from "session" s where s."userId" = ?1 and s."expiresAt" > ?2
           order by s."createdAt" desc limit {LISTED}"#,
        rows::SESSION
    );
    let mut sessions = db
        .prepare_cached(&sql)?
        .query_map([user.as_str(), &now.to_string()], |row| rows::session(row, 0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    sessions.reverse();
    Ok(sessions)
}

pub(super) fn renew(
    db: &Connection,
    token: &SessionToken,
    expires_at: Time,
    updated_at: Time,
) -> rusqlite::Result<bool> {
    let changed = db
        .prepare_cached(
            r#"update "session" set "expiresAt" = ?2, "updatedAt" = ?3 where "token" = ?1"#,
        )?
        .execute(params![token.expose(), expires_at.to_string(), updated_at.to_string()])?;
    Ok(changed == 1)
}

pub(super) fn end(
    db: &Connection,
    ending: &Ending,
    cutoff: Cutoff,
) -> rusqlite::Result<Vec<EndedSession>> {
    let (condition, values) = match ending {
        Ending::One(token) => (r#""token" = ?1"#, vec![token.expose()]),
        Ending::OneOf(user, token) => {
            (r#""token" = ?1 and "userId" = ?2"#, vec![token.expose(), user.as_str()])
        }
        Ending::AllOf(user) => (r#""userId" = ?1"#, vec![user.as_str()]),
        Ending::OthersOf(user, kept) => {
            (r#""userId" = ?1 and "token" <> ?2"#, vec![user.as_str(), kept.expose()])
        }
    };
    let sql = format!(r#"delete from "session" where {condition} returning "id", "userId""#);
    let ended = db
        .prepare_cached(&sql)?
        .query_map(params_from_iter(values), |row| {
            Ok(EndedSession {
                id: SessionId::from_stored(rows::value(row, 0, "session", "id")?),
                user_id: UserId::from_stored(rows::value(row, 1, "session", "userId")?),
                until: cutoff.until,
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;

    db.prepare_cached(r#"delete from "tessera_ended_session" where "until" <= ?1"#)?
        .execute([cutoff.ended_at.to_string()])?;
    let mut remember = db.prepare_cached(
        r#"insert or replace into "tessera_ended_session" ("id", "userId", "until") values (?1, ?2, ?3)"#,
    )?;
    for session in &ended {
        let until = session.until.to_string();
        remember.execute([session.id.as_str(), session.user_id.as_str(), &until])?;
    }
    Ok(ended)
}

pub(super) fn ended(db: &Connection, now: Time) -> rusqlite::Result<Vec<EndedSession>> {
    let read = |row: &Row<'_>| {
        Ok(EndedSession {
            id: SessionId::from_stored(rows::value(row, 0, "tessera_ended_session", "id")?),
            user_id: UserId::from_stored(rows::value(row, 1, "tessera_ended_session", "userId")?),
            until: rows::time(row, 2, "tessera_ended_session", "until")?,
        })
    };
    db.prepare_cached(
        r#"select "id", "userId", "until" from "tessera_ended_session" where "until" > ?1"#,
    )?
    .query_map([now.to_string()], read)?
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n11_a_session_is_one_indexed_joined_read() {
        let db = Connection::open_in_memory().unwrap();
        for step in crate::MIGRATIONS.steps {
            db.execute_batch(step.sqlite).unwrap();
        }
        let mut plan = db.prepare(&format!("explain query plan {}", *FIND)).unwrap();
        let steps = plan.query_map([""], |row| row.get::<_, String>("detail")).unwrap();
        assert_eq!(
            steps.collect::<Result<Vec<_>, _>>().unwrap(),
            [
                "SEARCH s USING INDEX sqlite_autoindex_session_2 (token=?)",
                "SEARCH u USING INDEX sqlite_autoindex_user_1 (id=?)",
            ]
        );
    }
}
