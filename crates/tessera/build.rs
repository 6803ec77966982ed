//! Lists the exported web app so that the binary carries it.
//!
//! Writes `web_files.rs`: `&[(path, bytes)]` of every file in `web/out`, or of none when the web
//! app has not been built.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest_folder = PathBuf::from(required("CARGO_MANIFEST_DIR")?);
    let export = manifest_folder.join("../../web/out");
    // Cargo compares the newest time in the folder, and runs this again for a folder that is absent.
    fs::create_dir_all(&export)?;
    let export = export.canonicalize()?;
    println!("cargo::rerun-if-changed={}", export.display());

    let mut files = Vec::new();
    collect(&export, &mut files)?;
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let inside = file.strip_prefix(&export).map_err(io::Error::other)?;
        let path = format!("/{}", inside.display());
        list.push_str(&format!(
            "    ({path:?}, include_bytes!({:?})),\n",
            file.display().to_string()
        ));
    }
    list.push_str("]\n");
    fs::write(Path::new(&required("OUT_DIR")?).join("web_files.rs"), list)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn required(variable: &str) -> io::Result<String> {
    env::var(variable).map_err(|error| io::Error::other(format!("{variable}: {error}")))
}
