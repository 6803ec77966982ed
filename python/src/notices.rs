//! What the verifier has to tell the operator, such as why keys could not be fetched. It comes about on
//! threads that know nothing of Python, and is handed to Python's `logging` when a verification next
//! comes by: so no thread of ours ever waits for the interpreter, or meets one that is shutting down.

use std::fmt::{Debug, Write};

use parking_lot::Mutex;
use pyo3::pyfunction;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Unread notices; what comes when all places are taken is dropped. Nobody waits for a place that is
/// locked: a fork may have left behind, in the parent, the thread that would unlock it.
static UNREAD: [Mutex<Option<String>>; 32] = [const { Mutex::new(None) }; 32];

/// Collects notices from now on.
pub(crate) fn collect() {
    // This copy of `tracing` is ours alone, so nobody else has set one.
    let _ = tracing::subscriber::set_global_default(Collector);
}

/// Hands out what has been collected, once.
#[pyfunction]
pub(crate) fn notices() -> Vec<String> {
    UNREAD.iter().filter_map(|place| place.try_lock()?.take()).collect()
}

struct Collector;

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && *metadata.level() <= Level::WARN
            && metadata.target().starts_with("tessera_verify")
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let free = UNREAD.iter().filter_map(Mutex::try_lock).find(|place| place.is_none());
        if let Some(mut place) = free {
            *place = Some(text.message + &text.fields);
        }
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
