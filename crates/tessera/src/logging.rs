//! Where log lines go: standard error, as JSON or for eyes. Panics are log lines too.

use std::panic::PanicHookInfo;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::config::{LogConfig, LogFormat};

/// Logs from here on, for the whole process.
///
/// Fails when the process logs already.
pub(crate) fn start(config: &LogConfig) -> Result<(), TryInitError> {
    let filter = EnvFilter::new(&config.filter);
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.format {
        LogFormat::Pretty => lines.finish().try_init()?,
        LogFormat::Json => {
            lines.json().flatten_event(true).with_span_list(false).finish().try_init()?;
        }
    }
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Runs on the thread that panicked, so the line belongs to the request that caused it.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no message");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(panic = message, place, "panicked");
}
