//! Writes the conformance vectors again.

use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    let conformance = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (path, text) in tessera_conformance::files(&conformance) {
        std::fs::write(conformance.join(path), text)?;
    }
    Ok(())
}
