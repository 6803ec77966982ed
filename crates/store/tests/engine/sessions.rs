//! Sessions: renewed, ended, told of, unreadable.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tessera_engine::sessions::Renewal;
use tessera_engine::store::SessionStart;
use tessera_engine::{Session, SessionId, SessionToken};

use crate::world::{DAY, Database, SECRET, World, hs256};

pub(crate) async fn a6_a_session_is_renewed_daily_and_ends_a_week_after_its_last_use(
    database: Database,
) {
    let world = World::new(database).await;
    let signed_in = world.sign_up("ada@example.com").await.unwrap();
    let token = &signed_in.session.token;

    world.pass(DAY - Duration::from_millis(1));
    assert!(!world.engine.session(token, Renewal::IfDue).await.unwrap().unwrap().renewed);
    world.pass(Duration::from_millis(1));
    assert!(!world.engine.session(token, Renewal::Withheld).await.unwrap().unwrap().renewed);
    let live = world.engine.session(token, Renewal::IfDue).await.unwrap().unwrap();
    assert!(live.renewed);
    assert_eq!(live.signed_in.session.expires_at, world.engine.now() + 7 * DAY);
    let read = world.engine.session(token, Renewal::Withheld).await.unwrap().unwrap();
    assert_eq!(read.signed_in, live.signed_in, "what was answered is what is stored");

    world.pass(7 * DAY - Duration::from_millis(1));
    assert!(world.is_live(&signed_in).await);
    world.pass(Duration::from_millis(1));
    assert!(!world.is_live(&signed_in).await);
    assert_eq!(world.ended(), std::slice::from_ref(&signed_in.session.id));
}

pub(crate) async fn a5_ending_tells_the_verifiers_and_outlasts_a_restart(database: Database) {
    let world = World::new(database).await;
    let one = world.sign_up("ada@example.com").await.unwrap();
    let two = world.sign_in("ada@example.com", "correct-horse-7").await.unwrap();
    let bob = world.sign_up("bob@example.com").await.unwrap();

    world.engine.revoke_session(&bob.user.id, &one.session.token).await.unwrap();
    assert!(world.is_live(&one).await, "somebody else's token changes nothing");
    assert_eq!(world.ended(), []);

    world.engine.revoke_other_sessions(&one.user.id, &one.session.token).await.unwrap();
    assert_eq!(world.ended(), std::slice::from_ref(&two.session.id));
    assert!(!world.is_live(&two).await);
    world.engine.sign_out(&one.session.token).await.unwrap();
    assert_eq!(world.ended(), std::slice::from_ref(&one.session.id));

    let world = world.restarted(SECRET, hs256()).await;
    let mut ids: Vec<_> =
        world.engine.ended_sessions().await.unwrap().into_iter().map(|ended| ended.id).collect();
    ids.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    let mut expected = [one.session.id, two.session.id];
    expected.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    assert_eq!(ids, expected);
    assert!(world.is_live(&bob).await);

    world.pass(DAY + Duration::from_secs(60 * 60));
    assert_eq!(world.engine.ended_sessions().await.unwrap(), []);
}

pub(crate) async fn a5_a_sign_out_whose_client_goes_away_still_tells_the_verifiers(
    database: Database,
) {
    let world = World::new(database).await;
    let signed_in = world.sign_up("ada@example.com").await.unwrap();
    {
        let mut sign_out = pin!(world.engine.sign_out(&signed_in.session.token));
        assert!(
            std::future::poll_fn(|cx| Poll::Ready(sign_out.as_mut().poll(cx))).await.is_pending()
        );
    }
    while world.is_live(&signed_in).await || world.ended.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.ended(), [signed_in.session.id]);
}

pub(crate) async fn a_row_of_an_unknown_form_is_named_and_nobody_is_let_in(database: Database) {
    let world = World::new(database).await;
    let signed_in = world.sign_up("ada@example.com").await.unwrap();
    world.sql_by_database(
        r#"update session set "expiresAt" = 'someday';"#,
        r#"alter table session alter column "expiresAt" type text"#,
    );
    let error = world.engine.session(&signed_in.session.token, Renewal::IfDue).await.unwrap_err();
    assert_eq!(error.to_string(), "session.expiresAt holds a value of an unknown form");
}

pub(crate) async fn reading_a_session_writes_nothing_where_renewal_is_deferred(database: Database) {
    let world = World::new(database).await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    for (name, change) in [("no_update", "update"), ("no_delete", "delete")] {
        world.sql_by_database(
            &format!("create trigger {name} before {change} on session begin select raise(abort, 'no'); end;"),
            &format!(
                "create function {name}() returns trigger language plpgsql as
                     'begin raise exception ''no''; end';
                 create trigger {name} before {change} on session
                     for each row execute function {name}()"
            ),
        );
    }
    let token = &ada.session.token;
    world.pass(DAY);
    let live = world.engine.session(token, Renewal::Deferred).await.unwrap().unwrap();
    assert_eq!((live.signed_in, live.renewed, live.due), (ada.clone(), false, true));
    world.pass(7 * DAY);
    assert!(world.engine.session(token, Renewal::Deferred).await.unwrap().is_none());
}

pub(crate) async fn the_latest_hundred_sessions_are_listed_in_the_order_of_sign_in(
    database: Database,
) {
    let world = World::new(database).await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    let store = world.database.store().await;
    let checked = store.find_password(&ada.user.id).await.unwrap().unwrap();
    let now = ada.session.created_at;
    for number in 1..=101 {
        let session = Session {
            id: SessionId::from_stored(format!("{number}")),
            token: SessionToken::presented(format!("token {number}")),
            created_at: now + Duration::from_millis(number),
            ..ada.session.clone()
        };
        let start = SessionStart { session, checked: checked.clone(), rehashed: None };
        assert!(store.start_session(start).await.unwrap());
    }
    let listed = store.sessions_of(&ada.user.id, now).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|session| session.id.as_str().to_owned()).collect();
    assert_eq!(listed, (2..=101).map(|number| number.to_string()).collect::<Vec<_>>());
}
