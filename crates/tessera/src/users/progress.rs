//! How far it is, on a terminal.

use std::io::{self, IsTerminal, Stderr, Write};

/// One line that is written over and over; nothing where nobody watches.
pub(super) struct Progress<W = Stderr> {
    verb: &'static str,
    watched: bool,
    out: W,
}

impl Progress {
    /// On standard error, watched where that is a terminal.
    pub(super) fn new(verb: &'static str) -> Self {
        let out = io::stderr();
        Self { verb, watched: out.is_terminal(), out }
    }
}

impl<W: Write> Progress<W> {
    pub(super) fn show(&mut self, count: u64) -> io::Result<()> {
        if self.watched {
            write!(self.out, "\r\x1b[K{count} {}", self.verb)?;
        }
        Ok(())
    }

    /// Makes room for other lines.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        if self.watched {
            write!(self.out, "\r\x1b[K")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n16_one_line_is_written_over_and_over_where_somebody_watches() {
        for (watched, written) in [(true, "\r\x1b[K500 read\r\x1b[K1000 read\r\x1b[K"), (false, "")]
        {
            let mut progress = Progress { verb: "read", watched, out: Vec::new() };
            progress.show(500).unwrap();
            progress.show(1000).unwrap();
            progress.clear().unwrap();
            assert_eq!(progress.out, written.as_bytes());
        }
    }
}
