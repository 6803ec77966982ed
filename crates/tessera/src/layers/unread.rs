//! What a handler leaves of a request's body is read, or the answer says that the connection ends.
//!
//! Many requests are answered without a look at their body: there is no such path, or no token. hyper then
//! closes the connection and does not say so, and a proxy that keeps connections sends the next person's
//! request into it. Where that is a write, the proxy cannot repeat it and answers 502.

use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use http_body::{Frame, SizeHint};
use parking_lot::Mutex;

/// The most that is read for nobody: the largest body that a route takes.
const LIMIT: usize = 64 * 1024;

/// A body that is left here when it is dropped before its end.
struct Lent {
    body: Body,
    left: Arc<Mutex<Left>>,
}

enum Left {
    /// The body has been read to its end.
    Nothing,
    /// The handler still has it.
    Unknown,
    Rest(Body),
}

/// What comes back of a body that was lent to a handler.
pub(super) struct Remainder(Arc<Mutex<Left>>);

/// The same body, and what will be left of it.
pub(super) fn lend(body: Body) -> (Body, Remainder) {
    if body.is_end_stream() {
        return (body, Remainder(Arc::new(Mutex::new(Left::Nothing))));
    }
    let left = Arc::new(Mutex::new(Left::Unknown));
    let lent = Lent { body, left: Arc::clone(&left) };
    (Body::new(lent), Remainder(left))
}

impl Remainder {
    /// Reads it, unless it is too long or does not come; then the connection cannot be used again.
    pub(super) async fn reads_to_its_end(self) -> bool {
        let left = mem::replace(&mut *self.0.lock(), Left::Nothing);
        match left {
            Left::Nothing => true,
            Left::Unknown => false,
            Left::Rest(body) if body.size_hint().lower() > LIMIT as u64 => false,
            Left::Rest(body) => to_bytes(body, LIMIT).await.is_ok(),
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let body = mem::take(&mut self.body);
        let is_read = body.is_end_stream();
        *self.left.lock() = if is_read { Left::Nothing } else { Left::Rest(body) };
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
