//! Sign-ins that are under way while the password changes or the account goes.

use std::time::Duration;

use tessera_engine::store::{Cutoff, PasswordChange, SessionStart};
use tessera_engine::{PasswordHash, Session, SessionId, SessionToken, SignedIn};
use tokio::task::JoinSet;

use crate::world::{Database, World};

fn session(ada: &SignedIn, name: &str) -> Session {
    Session {
        id: SessionId::from_stored(name.to_owned()),
        token: SessionToken::presented(format!("token of {name}")),
        ..ada.session.clone()
    }
}

/// The session of a sign-in that has found the password right.
fn start(ada: &SignedIn, name: &str, checked: &PasswordHash) -> SessionStart {
    SessionStart { session: session(ada, name), checked: checked.clone(), rehashed: None }
}

fn cutoff(ada: &SignedIn) -> Cutoff {
    let now = ada.session.created_at;
    Cutoff { ended_at: now, until: now + Duration::from_secs(900) }
}

pub(crate) async fn a8_no_session_of_the_old_password_begins_after_the_new_one(database: Database) {
    let world = World::new(database).await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    let store = world.database.store().await;
    let checked = store.find_password(&ada.user.id).await.unwrap().unwrap();
    let new = PasswordHash::from_stored("new".to_owned());

    let mut race = JoinSet::new();
    for number in 0..50 {
        let (on, start) = (store.clone(), start(&ada, &format!("{number}"), &checked));
        race.spawn(async move { on.start_session(start).await.unwrap() });
        if number == 25 {
            let change = PasswordChange {
                user: ada.user.id.clone(),
                checked: checked.clone(),
                new: new.clone(),
                session: Some(session(&ada, "of the change")),
            };
            let (store, cutoff) = (store.clone(), cutoff(&ada));
            race.spawn(
                async move { store.change_password(change, cutoff).await.unwrap().is_some() },
            );
        }
    }
    race.join_all().await;
    let live = store.sessions_of(&ada.user.id, ada.session.created_at).await.unwrap();
    let live: Vec<_> = live.iter().map(|session| session.id.as_str()).collect();
    assert_eq!(live, ["of the change"]);
    assert!(!store.start_session(start(&ada, "late", &checked)).await.unwrap());
    assert!(store.start_session(start(&ada, "right", &new)).await.unwrap());
}

pub(crate) async fn a8_no_session_begins_after_the_account_is_gone(database: Database) {
    let world = World::new(database).await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    let store = world.database.store().await;
    let checked = store.find_password(&ada.user.id).await.unwrap().unwrap();

    let mut race = JoinSet::new();
    for number in 0..50 {
        let (on, start) = (store.clone(), start(&ada, &format!("{number}"), &checked));
        race.spawn(async move { on.start_session(start).await.map(drop) });
        if number == 25 {
            let (store, user, cutoff) = (store.clone(), ada.user.id.clone(), cutoff(&ada));
            race.spawn(async move { store.delete_user(&user, None, cutoff).await.map(drop) });
        }
    }
    for outcome in race.join_all().await {
        outcome.unwrap();
    }
    let live = store.sessions_of(&ada.user.id, ada.session.created_at).await.unwrap();
    assert!(live.is_empty(), "{live:?}");
    assert!(!store.start_session(start(&ada, "late", &checked)).await.unwrap());
}

pub(crate) async fn n16_a_password_hashed_anew_begins_one_session_of_each_sign_in(
    database: Database,
) {
    let world = World::new(database).await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    let store = world.database.store().await;
    let checked = store.find_password(&ada.user.id).await.unwrap().unwrap();
    let mut race = JoinSet::new();
    for number in 0..50 {
        let mut start = start(&ada, &format!("{number}"), &checked);
        start.rehashed = Some(PasswordHash::from_stored(format!("anew {number}")));
        let store = store.clone();
        race.spawn(async move { store.start_session(start).await.unwrap() });
    }
    let began = race.join_all().await.into_iter().filter(|began| *began).count();
    assert_eq!(began, 1, "the others check what is stored now");
    let live = store.sessions_of(&ada.user.id, ada.session.created_at).await.unwrap();
    assert_eq!(live.len(), 2, "that, and the one of the sign-up");
    assert_ne!(
        store.find_password(&ada.user.id).await.unwrap().unwrap().expose(),
        checked.expose()
    );
}
