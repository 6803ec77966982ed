//! Signing up and in, and what becomes of an account.

use std::sync::Arc;
use std::time::Duration;

use tessera_engine::accounts::{SignInError, SignUp, SignUpError};
use tessera_engine::credentials::{ChangePassword, CredentialError};
use tessera_engine::profile::UserChange;
use tessera_engine::sessions::Renewal;
use tessera_engine::store::{Cutoff, PasswordChange, PasswordReset, ResetEnding};
use tessera_engine::{
    Email, PasswordHash, PasswordRefused, Purpose, SignedIn, User, UserId, Verification,
    VerificationId,
};
use tokio::task::JoinSet;

use crate::world::{DAY, Database, SECRET, World, device, hs256, link};

pub(crate) async fn a9_a_sign_up_that_fails_leaves_nothing(database: Database) {
    let world = World::new(database).await;
    world.sql("alter table session rename to gone;");
    assert!(matches!(world.sign_up("ada@example.com").await, Err(SignUpError::Store(_))));
    world.sql("alter table gone rename to session;");
    world.sign_up("ada@example.com").await.unwrap();
}

pub(crate) async fn a1_of_many_racing_sign_ups_exactly_one_wins(database: Database) {
    let world = Arc::new(World::new(database).await);
    let mut race = JoinSet::new();
    for _ in 0..20 {
        let world = Arc::clone(&world);
        race.spawn(async move { world.sign_up("ada@example.com").await });
    }
    let mut won = 0;
    for outcome in race.join_all().await {
        match outcome {
            Ok(_) => won += 1,
            Err(SignUpError::EmailTaken) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(won, 1);
    world.sign_in("ada@example.com", "correct-horse-7").await.unwrap();
}

pub(crate) async fn a4_the_commonest_passwords_are_refused(database: Database) {
    let world = World::new(database).await;
    let request = SignUp {
        name: String::new(),
        email: Email::parse("ada@example.com").unwrap(),
        password: "password1".to_owned().into(),
        image: None,
        device: device(true),
        verification: link(),
    };
    let refused = world.engine.sign_up(request).await;
    assert!(matches!(refused, Err(SignUpError::Password(PasswordRefused::TooCommon))));
}

pub(crate) async fn a2_wrong_and_unknown_are_one_error(database: Database) {
    let world = World::new(database).await;
    world.sign_up("ada@example.com").await.unwrap();
    for (email, password) in [
        ("ada@example.com", "wrong"),
        ("bob@example.com", "correct-horse-7"),
        ("ada@example.com", ""),
    ] {
        let refused = world.sign_in(email, password).await;
        assert!(matches!(refused, Err(SignInError::InvalidCredentials)), "{email}");
    }
}

pub(crate) async fn a8_what_a_new_password_ended_stays_refused_after_a_restart(database: Database) {
    let world = World::new(database).await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    let bob = world.sign_up("bob@example.com").await.unwrap();
    world.pass(DAY / 2);
    let change = |current: &str, new: &str| ChangePassword {
        user: ada.user.clone(),
        current: current.to_owned().into(),
        new: new.to_owned().into(),
        start_anew_on: Some(device(true)),
    };
    let wrong = world.engine.change_password(change("not hers at all", "another-horse-8")).await;
    assert!(matches!(wrong, Err(CredentialError::Wrong)));
    assert_eq!(world.ended(), []);

    let changed = world.engine.change_password(change("correct-horse-7", "another-horse-8")).await;
    let session = changed.unwrap().unwrap();
    assert_eq!(world.ended(), std::slice::from_ref(&ada.session.id));
    let anew = SignedIn { session, user: ada.user.clone() };

    let world = world.restarted(SECRET, hs256()).await;
    let ended = world.engine.ended_sessions().await.unwrap();
    assert_eq!(
        ended.into_iter().map(|ended| ended.id).collect::<Vec<_>>(),
        std::slice::from_ref(&ada.session.id)
    );
    assert!(world.is_live(&anew).await && world.is_live(&bob).await && !world.is_live(&ada).await);
    assert!(world.sign_in("ada@example.com", "another-horse-8").await.is_ok());
    assert!(world.sign_in("ada@example.com", "correct-horse-7").await.is_err());
}

pub(crate) async fn a8_what_a_deletion_ended_stays_refused_after_a_restart(database: Database) {
    let world = World::new(database).await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    let bob = world.sign_up("bob@example.com").await.unwrap();
    for ended in [vec![ada.session.id.clone()], vec![]] {
        world.engine.delete_user(&ada.user.id).await.unwrap();
        assert_eq!(world.ended(), ended, "a second deletion finds nobody");
    }
    let change = UserChange { name: Some("X".to_owned()), ..UserChange::default() };
    assert_eq!(world.engine.update_user(&ada.user.id, change).await.unwrap(), None);
    assert_eq!(world.engine.linked_accounts(&ada.user.id).await.unwrap(), []);

    let world = world.restarted(SECRET, hs256()).await;
    let ended = world.engine.ended_sessions().await.unwrap();
    assert_eq!(
        ended.into_iter().map(|ended| ended.id).collect::<Vec<_>>(),
        std::slice::from_ref(&ada.session.id)
    );
    assert!(world.is_live(&bob).await && !world.is_live(&ada).await);
    assert!(world.sign_up("ada@example.com").await.is_ok());
}

pub(crate) async fn a_change_of_an_account_is_answered_with_what_is_stored(database: Database) {
    let world = World::new(database).await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    world.pass(DAY / 2);
    let mut expected = User { updated_at: world.engine.now(), ..ada.user.clone() };
    for (name, image) in [
        (Some("Countess"), Some(Some("https://example.com/a.png"))),
        (None, Some(None)),
        (Some(""), None),
    ] {
        let change = UserChange {
            name: name.map(str::to_owned),
            image: image.map(|image| image.map(str::to_owned)),
        };
        if let Some(name) = &change.name {
            expected.name.clone_from(name);
        }
        if let Some(image) = &change.image {
            expected.image.clone_from(image);
        }
        let changed = world.engine.update_user(&ada.user.id, change).await.unwrap();
        assert_eq!(changed.as_ref(), Some(&expected));
        let token = &ada.session.token;
        let read = world.engine.session(token, Renewal::Withheld).await.unwrap().unwrap();
        assert_eq!(read.signed_in.user, expected);
    }
}

pub(crate) async fn a_new_password_or_address_ends_the_links_from_before(database: Database) {
    let world = World::new(database).await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    let bob = world.sign_up("bob@example.com").await.unwrap();
    let store = world.database.store().await;
    let now = ada.session.created_at;
    let cutoff = Cutoff { ended_at: now, until: now + Duration::from_secs(900) };
    let link = |token: &str| VerificationId::new(Purpose::ResetPassword, token);
    let other = VerificationId::new(Purpose::DeleteAccount, "other");
    let mailed = async |identifier: VerificationId, user_id: &UserId| {
        let id = identifier.expose().to_owned();
        let expires_at = now + Duration::from_secs(3600);
        let user_id = user_id.clone();
        let row = Verification { id, identifier, user_id, created_at: now, expires_at };
        store.create_verification(row).await.unwrap();
    };
    let is_good =
        async |link: &VerificationId| store.find_verification(link, now).await.unwrap().is_some();
    mailed(link("bobs"), &bob.user.id).await;
    mailed(other.clone(), &ada.user.id).await;

    mailed(link("used"), &ada.user.id).await;
    mailed(link("stolen"), &ada.user.id).await;
    let reset = PasswordReset {
        identifier: link("used"),
        password: PasswordHash::from_stored("new".to_owned()),
        account_id: "unused".to_owned(),
        ending: ResetEnding::All,
        cutoff,
    };
    assert!(store.reset_password(reset).await.unwrap().is_some());
    assert!(!is_good(&link("stolen")).await, "by a reset");

    for (session, stays) in [(None, true), (Some(ada.session.clone()), false)] {
        mailed(link("stolen"), &ada.user.id).await;
        let change = PasswordChange {
            user: ada.user.id.clone(),
            checked: PasswordHash::from_stored("new".to_owned()),
            new: PasswordHash::from_stored("new".to_owned()),
            session,
        };
        assert!(store.change_password(change, cutoff).await.unwrap().is_some());
        assert_eq!(is_good(&link("stolen")).await, stays, "by a change that ends the sessions");
        if stays {
            let email = Email::parse("new@example.com").unwrap();
            let changed = store.change_email(&ada.user.id, &ada.user.email, &email, now).await;
            assert!(changed.unwrap().is_some());
            assert!(!is_good(&link("stolen")).await, "by another address");
        }
    }
    assert!(is_good(&link("bobs")).await && is_good(&other).await, "all else stays");
}

pub(crate) async fn n22_a_mailed_link_deletes_the_account_it_is_for_and_once(database: Database) {
    let world = World::new(database).await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    let bob = world.sign_up("bob@example.com").await.unwrap();
    let store = world.database.store().await;
    let now = ada.session.created_at;
    for (purpose, token, expires_at) in [
        (Purpose::DeleteAccount, "hers", now + DAY),
        (Purpose::DeleteAccount, "expired", now),
        (Purpose::ResetPassword, "of a reset", now + DAY),
    ] {
        let identifier = VerificationId::new(purpose, token);
        let (id, user_id) = (token.to_owned(), ada.user.id.clone());
        let row = Verification { id, identifier, user_id, created_at: now, expires_at };
        store.create_verification(row).await.unwrap();
    }
    world.pass(Duration::from_millis(1));
    for (who, token) in
        [(&bob, "hers"), (&ada, "expired"), (&ada, "of a reset"), (&ada, "another"), (&ada, "")]
    {
        assert!(!world.engine.delete_user_by_link(&who.user.id, token).await.unwrap(), "{token}");
    }
    assert!(world.is_live(&ada).await && world.is_live(&bob).await);
    assert_eq!(world.ended(), []);

    let world = Arc::new(world);
    let mut race = JoinSet::new();
    for _ in 0..50 {
        let (world, user) = (Arc::clone(&world), ada.user.id.clone());
        race.spawn(async move { world.engine.delete_user_by_link(&user, "hers").await.unwrap() });
    }
    let deleted = race.join_all().await.into_iter().filter(|deleted| *deleted).count();
    assert_eq!(deleted, 1);
    assert_eq!(world.ended(), std::slice::from_ref(&ada.session.id));
    assert!(world.is_live(&bob).await && !world.is_live(&ada).await);
    assert_eq!(store.find_user(&ada.user.id).await.unwrap(), None);
}
