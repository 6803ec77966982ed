//! How far it is, on a terminal.

use std::io::{self, IsTerminal, Write};

/// One line that is written over and over; nothing where nobody watches.
pub(super) struct Progress {
    verb: &'static str,
    watched: bool,
}

impl Progress {
    pub(super) fn new(verb: &'static str) -> Self {
        Self { verb, watched: io::stderr().is_terminal() }
    }

    pub(super) fn show(&self, count: u64) -> io::Result<()> {
        if self.watched {
            write!(io::stderr(), "\r\x1b[K{count} {}", self.verb)?;
        }
        Ok(())
    }

    /// Makes room for other lines.
    pub(super) fn clear(&self) -> io::Result<()> {
        if self.watched {
            write!(io::stderr(), "\r\x1b[K")?;
        }
        Ok(())
    }
}
