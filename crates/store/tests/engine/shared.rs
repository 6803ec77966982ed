//! What only a database that several servers share has to hold.

use std::time::{Duration, SystemTime};

use tessera_engine::store::{Cutoff, Store};
use tessera_engine::{Ending, SessionToken, StoredKey, Time};
use tessera_test_postgres::{Database, fresh};
use tokio::task::JoinSet;
use zeroize::Zeroizing;

use crate::world::postgres;

const NOW: i64 = 1_800_000_000_000;

const ADA: &str = r#"insert into "user" ("id", "name", "email", "emailVerified")
    values ('ada', 'Ada', 'ada@example.com', false)"#;

#[tokio::test]
async fn a5_each_server_learns_what_the_others_have_ended() {
    let database = fresh();
    let (one, other) = (postgres(&database.url()).await, postgres(&database.url()).await);
    database.execute(ADA);
    let cutoff = Cutoff {
        ended_at: Time::from_millis(NOW),
        until: Time::from_millis(NOW) + Duration::from_secs(900),
    };
    for name in ["long ago", "lately", "now"] {
        database.execute(&format!(
            r#"insert into "session" ("id", "token", "userId", "expiresAt", "createdAt", "updatedAt")
               values ('{name}', 'token of {name}', 'ada', now(), now(), now())"#
        ));
        let token = SessionToken::presented(format!("token of {name}"));
        one.end_sessions(Ending::One(token), cutoff).await.unwrap();
    }
    let age = |name: &str, age: &str| {
        database.execute(&format!(
            r#"update tessera_ended_session set "endedAt" = now() - interval '{age}'
               where "id" = '{name}'"#
        ));
    };
    age("long ago", "1 hour");
    age("lately", "70 seconds");

    let all = other.ended_since(SystemTime::UNIX_EPOCH).await.unwrap();
    let mut names: Vec<_> = all.sessions.iter().map(|ended| ended.id.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["lately", "long ago", "now"]);
    assert!(all.sessions.iter().all(|ended| ended.until == cutoff.until));

    // A minute before it was asked is asked for again: what was written then may only now be seen.
    let again = other.ended_since(all.asked_at).await.unwrap();
    assert_eq!(again.sessions.len(), 1);
    assert_eq!(again.sessions[0].id.as_str(), "now");
    assert!(again.asked_at > all.asked_at);
    let a_little_before = all.asked_at - Duration::from_secs(20);
    assert_eq!(other.ended_since(a_little_before).await.unwrap().sessions.len(), 2);
}

#[tokio::test]
async fn n11_what_is_asked_on_every_request_or_every_second_is_found_by_an_index() {
    let database = fresh();
    postgres(&database.url()).await;
    for (query, index) in [
        (r#"select 1 from "session" where "token" = 'x'"#, "session_token_key"),
        (r#"select 1 from "session" where "userId" = 'x'"#, "session_userId_idx"),
        (r#"select 1 from "user" where "email" = 'x'"#, "user_email_key"),
        (
            r#"select 1 from "tessera_ended_session" where "endedAt" > now()"#,
            "tessera_ended_session_endedAt_idx",
        ),
        (
            r#"select 1 from "tessera_ended_session" where "until" <= now()"#,
            "tessera_ended_session_until_idx",
        ),
    ] {
        // An empty table is quicker read whole.
        let plan = database.execute(&format!("set enable_seqscan = off; explain {query}"));
        assert!(plan.contains(index), "{plan}");
    }
}

#[tokio::test]
async fn the_tables_are_npms_own() {
    let database = fresh();
    postgres(&database.url()).await;
    let columns = |table: &str| {
        database.execute(&format!(
            "select column_name, data_type, is_nullable from information_schema.columns
             where table_name = '{table}' order by ordinal_position"
        ))
    };
    assert_eq!(
        columns("user"),
        "id|text|NO\nname|text|NO\nemail|text|NO\nemailVerified|boolean|NO\nimage|text|YES\n\
         createdAt|timestamp with time zone|NO\nupdatedAt|timestamp with time zone|NO"
    );
    assert_eq!(
        columns("session"),
        "id|text|NO\nexpiresAt|timestamp with time zone|NO\ntoken|text|NO\n\
         createdAt|timestamp with time zone|NO\nupdatedAt|timestamp with time zone|NO\n\
         ipAddress|text|YES\nuserAgent|text|YES\nuserId|text|NO"
    );
    assert_eq!(
        columns("account"),
        "id|text|NO\naccountId|text|NO\nproviderId|text|NO\nuserId|text|NO\naccessToken|text|YES\n\
         refreshToken|text|YES\nidToken|text|YES\naccessTokenExpiresAt|timestamp with time zone|YES\n\
         refreshTokenExpiresAt|timestamp with time zone|YES\nscope|text|YES\npassword|text|YES\n\
         createdAt|timestamp with time zone|NO\nupdatedAt|timestamp with time zone|NO"
    );
}

/// As many as there are servers that start at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn n2_of_two_hundred_first_signing_keys_one_is_kept() {
    for url in [Database::url, Database::url_through_pgbouncer] {
        let database = fresh();
        let store = postgres(&url(&database)).await;
        let mut race = JoinSet::new();
        for number in 0..200 {
            let store = store.clone();
            let key = StoredKey {
                id: format!("key {number}"),
                public_key: "{}".to_owned(),
                private_key: Zeroizing::new("{}".to_owned()),
                created_at: Time::from_millis(NOW + number),
                expires_at: None,
                algorithm: Some("EdDSA".to_owned()),
                curve: None,
                activates_at: None,
            };
            race.spawn(async move { store.add_signing_key(key, None).await.unwrap() });
        }
        let won = race.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!((won, store.signing_keys().await.unwrap().len()), (1, 1));
    }
}
