//! Tokens and the keys that sign them.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tessera_engine::store::Store;
use tessera_engine::{
    Clock, Entropy, KeyState, KeyTimes, Rotated, Rotation, Secret, SigningKeys, Time,
};
use tessera_token::Algorithm;
use tokio::task::JoinSet;

use crate::world::{DAY, Database, SECRET, World, eddsa};

pub(crate) async fn t1_a_token_names_its_owner_and_session_and_does_not_outlive_it(
    database: Database,
) {
    let world = World::new(database).await;
    let signed_in = world.sign_up("ada@example.com").await.unwrap();
    let (user, session) = (&signed_in.user, &signed_in.session);
    let now = world.engine.now().as_unix_seconds();
    let claims = payload(&world.engine.token(&signed_in).unwrap());
    let expected = serde_json::json!({
        "iat": now,
        "name": "Ada", "email": "ada@example.com", "emailVerified": false, "image": null,
        "createdAt": user.created_at.to_string(), "updatedAt": user.updated_at.to_string(),
        "id": user.id.as_str(), "sub": user.id.as_str(), "exp": now + 900,
        "iss": "http://localhost:3000", "aud": "http://localhost:3000",
        "user_id": user.id.as_str(), "sid": session.id.as_str(),
    });
    assert_eq!(claims, expected);

    world.pass(7 * DAY - Duration::from_secs(60));
    let claims = payload(&world.engine.token(&signed_in).unwrap());
    assert_eq!(claims["exp"], session.expires_at.as_unix_seconds());
}

pub(crate) async fn n13_a_private_key_signs_again_only_when_half_its_life_is_over_or_the_account_changed(
    database: Database,
) {
    let world = World::on(database, SECRET, eddsa()).await;
    let mut signed_in = world.sign_up("ada@example.com").await.unwrap();
    let first = world.engine.token(&signed_in).unwrap();
    world.pass(Duration::from_secs(449));
    assert_eq!(world.engine.token(&signed_in).unwrap(), first);
    world.pass(Duration::from_secs(1));
    let second = world.engine.token(&signed_in).unwrap();
    assert_ne!(second, first);
    signed_in.user.name = "Countess".to_owned();
    signed_in.user.updated_at = world.engine.now();
    assert_eq!(payload(&world.engine.token(&signed_in).unwrap())["name"], "Countess");
}

pub(crate) async fn t2_a_key_is_kept_across_restarts_and_another_secret_gets_another_key(
    database: Database,
) {
    let world = World::on(database, SECRET, eddsa()).await;
    let first = published(&world);
    let world = world.restarted(SECRET, eddsa()).await;
    assert_eq!(published(&world), first);

    let world = world.restarted("another-secret-0123456789abcdefghijkl", eddsa()).await;
    let both: serde_json::Value = serde_json::from_str(&published(&world)).unwrap();
    let first: serde_json::Value = serde_json::from_str(&first).unwrap();
    assert_eq!(both["keys"].as_array().unwrap().len(), 2);
    assert_eq!(both["keys"][1], first["keys"][0], "the old key still verifies");
}

pub(crate) async fn n2_of_two_hundred_first_starts_one_makes_the_key(database: Database) {
    // Two processes, as far as the database can tell.
    let stores = [database.store().await, database.store().await];
    let mut starts = JoinSet::new();
    for start in 0..200 {
        let keys = signing_keys(Arc::clone(&stores[start % 2]));
        starts.spawn(async move { keys.ensure().await.unwrap() });
    }
    let signing: HashSet<String> = starts.join_all().await.into_iter().collect();
    assert_eq!(signing.len(), 1, "and every one signs with it");
    let rows = stores[0].signing_keys().await.unwrap();
    assert_eq!(
        rows.iter().map(|row| &row.id).collect::<Vec<_>>(),
        [signing.iter().next().unwrap()]
    );
}

pub(crate) async fn n2_of_fifty_rotations_at_once_one_makes_the_next_key(database: Database) {
    let world = World::on(database, SECRET, eddsa()).await;
    let store = world.database.store().await;
    let mut rotations = JoinSet::new();
    for _ in 0..50 {
        let keys = signing_keys(Arc::clone(&store));
        rotations.spawn(async move { keys.rotate(Rotation::Prepared).await.unwrap() });
    }
    let mut rotated = rotations.join_all().await;
    rotated.dedup();
    assert_eq!(rotated.len(), 1, "all say the same");
    let states: Vec<_> =
        signing_keys(store).list().await.unwrap().iter().map(|report| report.state).collect();
    assert_eq!(states.len(), 2);
    assert!(states.contains(&KeyState::Pending) && states.contains(&KeyState::Active));
}

pub(crate) async fn n2_of_twenty_revoking_rotations_at_once_one_key_is_left(database: Database) {
    let world = World::on(database, SECRET, eddsa()).await;
    let store = world.database.store().await;
    let mut rotations = JoinSet::new();
    for _ in 0..20 {
        let keys = signing_keys(Arc::clone(&store));
        rotations.spawn(async move { keys.rotate(Rotation::Revoking).await.unwrap() });
    }
    let rotated = rotations.join_all().await;
    let reports = signing_keys(store).list().await.unwrap();
    let left: Vec<_> = reports.iter().filter(|report| report.state != KeyState::Gone).collect();
    assert_eq!(left.len(), 1, "{reports:?}");
    assert_eq!(left[0].state, KeyState::Active);
    assert!(rotated.contains(&Rotated::Active { kid: left[0].kid.clone() }), "{rotated:?}");
}

pub(crate) async fn n2_a_revoked_key_is_gone_however_long_the_grace_period(database: Database) {
    let store = database.store().await;
    let century = Duration::from_secs(100 * 366 * 24 * 60 * 60);
    let minute = Duration::from_secs(60);
    let times = KeyTimes::new(5 * minute, century, None, 15 * minute).unwrap();
    let keys = signing_keys_of(store, Algorithm::EdDSA, times);
    keys.ensure().await.unwrap();
    keys.rotate(Rotation::Now).await.unwrap();
    let published = async || -> Vec<_> {
        let states = keys.list().await.unwrap().into_iter().map(|report| report.state);
        states.filter(|state| *state != KeyState::Gone).collect()
    };
    assert_eq!(published().await.len(), 2);
    keys.rotate(Rotation::Revoking).await.unwrap();
    assert_eq!(published().await, [KeyState::Active]);
}

pub(crate) async fn only_a_key_of_the_configured_algorithm_signs_and_without_one_one_is_made(
    database: Database,
) {
    let store = database.store().await;
    let signs = async |algorithm| {
        let keys = signing_keys_of(Arc::clone(&store), algorithm, KeyTimes::default());
        keys.ensure().await.unwrap()
    };
    let older = signs(Algorithm::ES256).await;
    let newer = signs(Algorithm::EdDSA).await;
    assert_ne!(newer, older);
    assert_eq!(signs(Algorithm::ES256).await, older);
    assert_eq!(signs(Algorithm::EdDSA).await, newer);
    let rows = store.signing_keys().await.unwrap();
    assert_eq!(rows.iter().map(|row| &row.id).collect::<Vec<_>>(), [&newer, &older]);
}

/// The keys of a store, as a server or an operator looks after them.
fn signing_keys(store: Arc<dyn Store>) -> SigningKeys {
    signing_keys_of(store, Algorithm::EdDSA, KeyTimes::default())
}

fn signing_keys_of(store: Arc<dyn Store>, algorithm: Algorithm, times: KeyTimes) -> SigningKeys {
    let secrets = Secret::parse(SECRET).unwrap().into();
    let clock = Clock::new(|| Time::from_millis(1_800_000_000_000));
    SigningKeys::new(store, secrets, algorithm, times, clock, Entropy::system())
}

pub(crate) async fn a_key_that_npm_made_signs_and_keeps_its_kid(database: Database) {
    // A row written by better-auth 1.7.24 under this secret.
    let row = r#"
        insert into jwks ("id", "publicKey", "privateKey", "createdAt", "expiresAt", "alg", "crv") values (
        'IExYKIXBd0NWKryfm8kwKMbY8TcEP8HQ',
        '{"crv":"Ed25519","x":"4MBMJIdBraQ8OKVHhmgn3xqevE0d015dU6IaJ0x0eW0","kty":"OKP"}',
        '"c4ae3ecbb9be5799b013ec684b900351f2ff459ae1f1b35fe1181a2f9823ab36fa47b0ae1295e8d40051a377aa01afd75c8b1de556402be0f80b94cedd2455658151017ff2e3fd10ac2fc3da7de12c85e84cb39ca7cf6865fee7f1b32a92b26fc130492081f5361f1953acc49914bdcb0d09dc49cba18a896481a560437634e22f9515d4797ccc6e2f6f69436ec1a59152c38ac3e99556bb3e0a1316c4ca99da0ca93748965816da9d"',
        '2026-11-21T04:32:18.349Z', null, 'EdDSA', 'Ed25519');"#;
    let world = World::new(database).await;
    world.sql(row);
    let world = world.restarted(SECRET, eddsa()).await;
    let expected = r#"{"keys":[{"alg":"EdDSA","crv":"Ed25519","x":"4MBMJIdBraQ8OKVHhmgn3xqevE0d015dU6IaJ0x0eW0","kty":"OKP","kid":"IExYKIXBd0NWKryfm8kwKMbY8TcEP8HQ"}]}"#;
    assert_eq!(published(&world), expected);
    let signed_in = world.sign_up("ada@example.com").await.unwrap();
    let token = world.engine.token(&signed_in).unwrap();
    assert_eq!(part(&token, 0)["kid"], "IExYKIXBd0NWKryfm8kwKMbY8TcEP8HQ");
}

fn published(world: &World) -> String {
    world.engine.published_keys().unwrap().json
}

fn payload(token: &str) -> serde_json::Value {
    part(token, 1)
}

fn part(token: &str, number: usize) -> serde_json::Value {
    let part = token.split('.').nth(number).unwrap();
    let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(part).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}
