//! A request body must have arrived by a deadline; a sender that drips holds nothing for ever.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::time::Sleep;

/// How long a body may take. The largest is 64 KiB, which a slow modem sends in ten seconds.
const DEADLINE: Duration = Duration::from_secs(20);

/// A body whose reading fails when the deadline has passed.
struct WithDeadline {
    body: Body,
    sleep: Pin<Box<Sleep>>,
}

/// The body did not arrive in time.
#[derive(Debug, thiserror::Error)]
#[error("the request body did not arrive within {} seconds", DEADLINE.as_secs())]
struct BodyTooSlow;

/// The same body, with a deadline if there is something to wait for.
pub(super) fn with_deadline(body: Body) -> Body {
    if body.is_end_stream() {
        return body;
    }
    Body::new(WithDeadline { body, sleep: Box::pin(tokio::time::sleep(DEADLINE)) })
}

impl HttpBody for WithDeadline {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(frame) => Poll::Ready(frame.map(|frame| frame.map_err(Into::into))),
            Poll::Pending => self.sleep.as_mut().poll(cx).map(|()| Some(Err(BodyTooSlow.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Silent;

    impl HttpBody for Silent {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            Poll::Pending
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_comes_fails_at_the_deadline() {
        let started = tokio::time::Instant::now();
        let body = with_deadline(Body::new(Silent));
        let error = axum::body::to_bytes(body, 10).await.unwrap_err();
        assert_eq!(error.to_string(), "the request body did not arrive within 20 seconds");
        assert_eq!(started.elapsed().as_secs(), 20);
    }

    #[tokio::test]
    async fn a_body_that_comes_is_the_same() {
        let body = with_deadline(Body::from("hello"));
        assert_eq!(body.size_hint().exact(), Some(5));
        assert_eq!(axum::body::to_bytes(body, 10).await.unwrap(), "hello");
    }
}
