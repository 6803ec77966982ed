//! `manifest.json`, which the web build writes beside the files it exports.

use std::collections::HashMap;

use serde::Deserialize;

/// What the web build knows about its files.
#[derive(Deserialize)]
pub(super) struct Manifest {
    /// By path, beginning with `/`.
    pub(super) files: HashMap<String, File>,
}

#[derive(Deserialize)]
pub(super) struct File {
    /// The media type.
    #[serde(rename = "type")]
    pub(super) media_type: String,
    /// A hash of the content, without quotes.
    pub(super) etag: String,
    /// `br` and `gzip`, as far as such a file lies beside this one.
    pub(super) encodings: Vec<String>,
    /// Whether the name changes when the content does.
    pub(super) immutable: bool,
    /// The inline scripts of a page, as a CSP names them: `sha256-...`.
    #[serde(default)]
    pub(super) script_hashes: Vec<String>,
}
