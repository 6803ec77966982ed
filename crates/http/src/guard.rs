//! What has to hold before a handler runs. A handler receives the proof as an argument, so one that
//! needs a session cannot be written without.

use std::future::Future;

use tessera_engine::SignedIn;

use crate::csrf;
use crate::exchange::Exchange;
use crate::failure::Failure;

/// A condition on the request.
pub(crate) trait Guard: Sized {
    /// Answers with the proof, or refuses.
    fn admit(exchange: &mut Exchange) -> impl Future<Output = Result<Self, Failure>> + Send;
}

/// No condition.
pub(crate) struct Anyone;

/// The request was not made by somebody else's page.
pub(crate) struct TrustedForm;

/// The request carries a live session: the database says so.
pub(crate) struct Authenticated(pub(crate) SignedIn);

/// The request carries a session that is live, or was so when the copy in its cookie was made: where
/// the cookie cache is on, one that is not too old is enough. For routes that do no harm for so long.
pub(crate) struct Recognized(pub(crate) SignedIn);

/// The same, on the routes that refuse without a word.
pub(crate) struct QuietlyAuthenticated(pub(crate) SignedIn);

/// It is [`Authenticated`], and carries a session whose owner has signed in recently.
pub(crate) struct Fresh(pub(crate) SignedIn);

impl Guard for Anyone {
    async fn admit(_: &mut Exchange) -> Result<Self, Failure> {
        Ok(Self)
    }
}

impl Guard for TrustedForm {
    async fn admit(exchange: &mut Exchange) -> Result<Self, Failure> {
        csrf::check_login(&exchange.protocol().settings, exchange.headers())?;
        Ok(Self)
    }
}

impl Guard for Authenticated {
    async fn admit(exchange: &mut Exchange) -> Result<Self, Failure> {
        let session = exchange.session().await?;
        session.map(Self).ok_or(Failure::Unauthorized)
    }
}

impl Guard for Recognized {
    async fn admit(exchange: &mut Exchange) -> Result<Self, Failure> {
        let session = match exchange.cached_session() {
            Some(cached) => Some(cached),
            None => exchange.session().await?,
        };
        session.map(Self).ok_or(Failure::Unauthorized)
    }
}

impl Guard for QuietlyAuthenticated {
    async fn admit(exchange: &mut Exchange) -> Result<Self, Failure> {
        let session = exchange.session().await?;
        session.map(Self).ok_or(Failure::UnauthorizedWithoutWords)
    }
}

impl Guard for Fresh {
    async fn admit(exchange: &mut Exchange) -> Result<Self, Failure> {
        let Authenticated(signed_in) = Authenticated::admit(exchange).await?;
        if !exchange.protocol().engine.is_fresh(&signed_in.session) {
            return Err(Failure::SessionNotFresh);
        }
        Ok(Self(signed_in))
    }
}
