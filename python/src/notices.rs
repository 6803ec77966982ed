//! What the verifier has to tell the operator, such as why keys could not be fetched. It comes about on
//! threads that know nothing of Python, and is handed to Python's `logging` when a verification next
//! comes by: so no thread of ours ever waits for the interpreter, or meets one that is shutting down.

use std::fmt::{Debug, Write};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use parking_lot::Mutex;
use pyo3::pyfunction;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Unread notices; what comes when so many are waiting is dropped.
const CAPACITY: usize = 64;

/// The reading half is locked by threads that hold the interpreter's lock only, and so never across
/// a fork.
static READER: OnceLock<Mutex<Receiver<String>>> = OnceLock::new();

/// Collects notices from now on.
pub(crate) fn collect() {
    let (sender, receiver) = sync_channel(CAPACITY);
    if READER.set(Mutex::new(receiver)).is_ok() {
        // This copy of `tracing` is ours alone, so nobody else has set one.
        let _ = tracing::subscriber::set_global_default(Collector { sender });
    }
}

/// Hands out what has been collected, once.
#[pyfunction]
pub(crate) fn notices() -> Vec<String> {
    READER.get().map_or_else(Vec::new, |reader| reader.lock().try_iter().collect())
}

struct Collector {
    sender: SyncSender<String>,
}

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && *metadata.level() <= Level::WARN
            && metadata.target().starts_with("tessera_verify")
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let _ = self.sender.try_send(text.message + &text.fields);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}
