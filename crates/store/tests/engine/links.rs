//! What works once, asked for by many at the same moment.

use std::time::Duration;

use tessera_engine::linked::UnlinkError;
use tessera_engine::store::{Cutoff, EmailProven, PasswordReset, ResetEnding};
use tessera_engine::{
    Email, PasswordHash, Purpose, Session, SessionId, SessionToken, Verification, VerificationId,
};
use tokio::task::JoinSet;

use crate::world::{DAY, Database, World};

pub(crate) async fn n22_of_fifty_resets_by_one_link_one_sets_its_password(database: Database) {
    let world = World::new(database).await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    let store = world.database.store().await;
    let now = ada.session.created_at;
    let identifier = VerificationId::new(Purpose::ResetPassword, "the link");
    let row = Verification {
        id: "row".to_owned(),
        identifier: identifier.clone(),
        user_id: ada.user.id.clone(),
        created_at: now,
        expires_at: now + DAY,
    };
    store.create_verification(row).await.unwrap();

    let mut race = JoinSet::new();
    for number in 0..50 {
        let password = PasswordHash::from_stored(format!("password {number}"));
        let reset = PasswordReset {
            identifier: identifier.clone(),
            password: password.clone(),
            account_id: "unused".to_owned(),
            ending: ResetEnding::All,
            cutoff: Cutoff { ended_at: now, until: now + Duration::from_secs(900) },
        };
        let store = store.clone();
        race.spawn(async move { store.reset_password(reset).await.unwrap().map(|_| password) });
    }
    let set: Vec<_> = race.join_all().await.into_iter().flatten().collect();
    assert_eq!(set.len(), 1);
    let stored = store.find_password(&ada.user.id).await.unwrap().unwrap();
    assert_eq!(stored.expose(), set[0].expose());
}

pub(crate) async fn n22_of_fifty_first_proofs_of_an_address_one_signs_in(database: Database) {
    let world = World::new(database).await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    let store = world.database.store().await;
    let now = ada.session.created_at;

    let mut race = JoinSet::new();
    for number in 0..50 {
        let session = Session {
            id: SessionId::from_stored(format!("{number}")),
            token: SessionToken::presented(format!("token {number}")),
            ..ada.session.clone()
        };
        let (store, user) = (store.clone(), ada.user.clone());
        race.spawn(async move {
            let proven = store.verify_email(&user.id, &user.email, Some(session), now).await;
            proven.unwrap()
        });
    }
    let proven = race.join_all().await;
    assert_eq!(proven.iter().filter(|proven| **proven == EmailProven::First).count(), 1);
    assert_eq!(proven.iter().filter(|proven| **proven == EmailProven::Before).count(), 49);
    let live = store.sessions_of(&ada.user.id, now).await.unwrap();
    assert_eq!(live.len(), 2, "that, and the one of the sign-up");
}

pub(crate) async fn n22_of_fifty_changes_of_an_address_one_is_done(database: Database) {
    let world = World::new(database).await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    let store = world.database.store().await;

    let mut race = JoinSet::new();
    for number in 0..50 {
        let (store, user) = (store.clone(), ada.user.clone());
        let to = Email::parse(&format!("new{number}@example.com")).unwrap();
        race.spawn(async move {
            store.change_email(&user.id, &user.email, &to, user.created_at).await.unwrap()
        });
    }
    let changed: Vec<_> = race.join_all().await.into_iter().flatten().collect();
    assert_eq!(changed.len(), 1);
    let stored = store.find_user(&ada.user.id).await.unwrap().unwrap();
    assert_eq!(stored.email, changed[0].email);
}

pub(crate) async fn n22_of_accounts_unlinked_at_once_one_stays(database: Database) {
    let world = World::new(database).await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    let store = world.database.store().await;
    for number in 0..49 {
        world.sql(&format!(
            r#"insert into "account"
                   ("id", "accountId", "providerId", "userId", "createdAt", "updatedAt")
               values ('{number}', '{number}', 'example', '{}',
                   '2027-01-15T08:00:00.000Z', '2027-01-15T08:00:00.000Z')"#,
            ada.user.id.as_str()
        ));
    }
    let accounts = store.linked_accounts(&ada.user.id).await.unwrap();
    assert_eq!(accounts.len(), 50);

    let mut race = JoinSet::new();
    for account in accounts {
        let (store, user) = (store.clone(), ada.user.id.clone());
        race.spawn(async move { store.unlink_account(&user, &account.id).await });
    }
    let refused: Vec<_> = race.join_all().await.into_iter().filter_map(Result::err).collect();
    assert!(matches!(refused[..], [UnlinkError::LastAccount]), "{refused:?}");
    assert_eq!(store.linked_accounts(&ada.user.id).await.unwrap().len(), 1);
}
