//! The resource half: tasks, for whoever has a token that verifies.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use tessera_axum::Guard;
use tessera_engine::Clock;
use tessera_verify::{LiveKeys, RemoteKeys, Revocations, Verifier, VerifierBuilder};

use super::BuildError;
use crate::config::{Config, VerifyingConfig};
use crate::database::Database;
use crate::layers::Cors;
use crate::secrets;

/// Verifies what the issuing half in the same process signs. It holds keys and the ended sessions, and
/// asks nobody.
pub(super) fn beside_the_issuer(
    config: &Config,
    database: &Database,
    keys: LiveKeys,
    revocations: Revocations,
) -> Result<Verifier, BuildError> {
    let verifier = policy(config, revocations).keys(keys).require("sid");
    let verifier = match database {
        // One machine signs and verifies, so there are no two clocks to differ.
        Database::Sqlite(_) => verifier.leeway(0),
        // Another server may have signed.
        Database::Postgres(_) => verifier,
    };
    Ok(verifier.build()?)
}

/// Verifies what another process signs, with its secret or with the keys that it publishes. It knows
/// ended sessions only where both have one database.
///
/// `sid` is not required here: the npm package issues tokens without it.
pub(super) async fn on_its_own(
    config: &Config,
    keys: &VerifyingConfig,
    revocations: Revocations,
    clock: &Clock,
) -> Result<Verifier, BuildError> {
    let policy = policy(config, revocations);
    let policy = match keys {
        VerifyingConfig::Published(url) => {
            let keys = RemoteKeys::builder(url.clone()).build();
            fetch(keys.clone(), clock).await;
            policy.keys(keys)
        }
        VerifyingConfig::Shared(setting) => {
            let remedy = "set TESSERA_JWT_SECRET or TESSERA_JWT_SECRETS as for the auth server, \
                          or start that first, with the same data folder";
            let secrets = secrets::existing(setting, remedy)?;
            secrets.iter().fold(policy, |policy, secret| policy.shared_secret(secret.expose()))
        }
    };
    Ok(policy.build()?)
}

/// Fetches the keys before anybody asks. The issuer may come later than this server, so what fails is
/// only logged, by the keys themselves; without keys, tokens are answered 503.
async fn fetch(keys: RemoteKeys, clock: &Clock) {
    let now = clock.now().as_unix_seconds();
    let _ = tokio::task::spawn_blocking(move || keys.probe(now)).await;
}

fn policy(config: &Config, revocations: Revocations) -> VerifierBuilder {
    Verifier::builder()
        .issuer(&config.issuer)
        .audience(&config.audience)
        .revocations(revocations)
        .require("email")
}

/// The todo API, and nothing that would know an account.
pub(super) fn router(
    config: &Config,
    verifier: Verifier,
    database: &Database,
    clock: &Clock,
) -> Router {
    let guard = Guard::new(verifier).with_clock(system_time(clock.clone()));
    let tasks = tessera_tasks::router(guard, database.tasks(), system_time(clock.clone()));
    Cors::of_the_api(&config.cors_origins).around(tasks)
}

/// The same clock for the half that does not know the engine.
fn system_time(clock: Clock) -> impl Fn() -> SystemTime + Send + Sync + 'static {
    move || UNIX_EPOCH + Duration::from_millis(clock.now().as_millis().try_into().unwrap_or(0))
}
