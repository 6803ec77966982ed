//! The table of files, each with the header values that every answer about it needs.

use std::collections::HashMap;

use http::HeaderValue;
use http::header::InvalidHeaderValue;
use tessera_http::WebOrigin;

use super::encoding::{Accepted, Encoding};
use super::manifest::{File, Manifest};

/// The export as `build.rs` found it: path and content.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/web_files.rs"));

const MANIFEST: &str = "/manifest.json";

/// The web app's files by path.
#[derive(Debug)]
pub(crate) struct Assets {
    by_path: HashMap<String, Asset>,
}

/// One file.
#[derive(Debug)]
pub(super) struct Asset {
    pub(super) content_type: HeaderValue,
    pub(super) cache_control: HeaderValue,
    pub(super) content_security_policy: Option<HeaderValue>,
    plain: Variant,
    /// Smallest first.
    compressed: Vec<Variant>,
}

/// A file in one content coding.
#[derive(Debug)]
pub(super) struct Variant {
    pub(super) encoding: Option<Encoding>,
    pub(super) etag: HeaderValue,
    pub(super) bytes: &'static [u8],
}

/// The export that the binary carries is not one that the web build made.
#[derive(Debug, thiserror::Error)]
pub enum AssetsError {
    /// The manifest is missing or is not in the form that the web build writes.
    #[error("the web app's manifest.json: {0}")]
    Manifest(#[from] serde_json::Error),
    /// The manifest names a file that is not there.
    #[error("the web app's manifest.json names {0}, which is not there")]
    Missing(String),
    /// Something in the manifest cannot stand in a header.
    #[error("the web app's manifest.json: {0}")]
    Header(#[from] InvalidHeaderValue),
}

impl Assets {
    /// The files that this binary was built with, for pages whose task API is at `api_url` or at their
    /// own origin.
    pub(crate) fn embedded(api_url: Option<&WebOrigin>) -> Result<Self, AssetsError> {
        Self::new(FILES, api_url)
    }

    /// A table of these files, as their `/manifest.json` describes them. No files at all is fine.
    pub(super) fn new(
        files: &[(&str, &'static [u8])],
        api_url: Option<&WebOrigin>,
    ) -> Result<Self, AssetsError> {
        let contents: HashMap<&str, &'static [u8]> = files.iter().copied().collect();
        if contents.is_empty() {
            return Ok(Self { by_path: HashMap::new() });
        }
        let manifest = contents.get(MANIFEST).copied().unwrap_or_default();
        let manifest: Manifest = serde_json::from_slice(manifest)?;
        let by_path = manifest
            .files
            .into_iter()
            .map(|(path, file)| Ok((path.clone(), Asset::new(&path, &file, &contents, api_url)?)))
            .collect::<Result<_, AssetsError>>()?;
        Ok(Self { by_path })
    }

    /// Whether the binary was built without the web app.
    pub(super) fn is_empty(&self) -> bool {
        self.by_path.is_empty()
    }

    /// The file at this path: `/` is `/index.html`, and `/tasks` is `/tasks.html`.
    pub(super) fn find(&self, path: &str) -> Option<&Asset> {
        if path == "/" {
            return self.by_path.get("/index.html");
        }
        self.by_path.get(path).or_else(|| self.by_path.get(&format!("{path}.html")))
    }
}

impl Asset {
    fn new(
        path: &str,
        file: &File,
        contents: &HashMap<&str, &'static [u8]>,
        api_url: Option<&WebOrigin>,
    ) -> Result<Self, AssetsError> {
        let is_page = file.media_type.starts_with("text/html");
        let to = api_url.filter(|_| is_page).map(|url| format!(";{url}")).unwrap_or_default();
        let variant = |encoding: Option<Encoding>| {
            let suffix = encoding.map_or("", Encoding::extension);
            let path = format!("{path}{suffix}");
            let bytes = contents.get(path.as_str()).copied();
            // Each coding is another sequence of bytes, and so has another tag (RFC 9110, 8.8.3). A page
            // goes with its policy, which browsers keep with it.
            let etag = HeaderValue::try_from(format!("\"{}{suffix}{to}\"", file.etag))?;
            bytes.map(|bytes| Variant { encoding, etag, bytes }).ok_or(AssetsError::Missing(path))
        };
        let listed =
            |encoding: &Encoding| file.encodings.iter().any(|name| name == encoding.name());
        let encodings = Encoding::ALL.into_iter().filter(listed).map(Some);
        let compressed = encodings.map(variant).collect::<Result<_, _>>()?;
        let cache_control =
            if file.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
        let policy = is_page.then(|| policy(&file.script_hashes, api_url));
        Ok(Self {
            content_type: HeaderValue::try_from(file.media_type.as_str())?,
            cache_control: HeaderValue::from_static(cache_control),
            content_security_policy: policy.map(HeaderValue::try_from).transpose()?,
            plain: variant(None)?,
            compressed,
        })
    }

    /// The smallest variant that the client takes.
    pub(super) fn best_for(&self, accepted: Accepted) -> &Variant {
        let taken = |variant: &&Variant| variant.encoding.is_some_and(|e| accepted.takes(e));
        self.compressed.iter().find(taken).unwrap_or(&self.plain)
    }

    /// Whether what is sent depends on what the client accepts.
    pub(super) fn is_compressed(&self) -> bool {
        !self.compressed.is_empty()
    }
}

/// A page runs its own scripts and the inline ones it was exported with, and talks to its own
/// origin and the task API; nothing else, and nobody frames it.
fn policy(script_hashes: &[String], api_url: Option<&WebOrigin>) -> String {
    let mut scripts = String::from("'self'");
    for hash in script_hashes {
        scripts.push_str(&format!(" '{hash}'"));
    }
    let api = api_url.map(|origin| format!(" {origin}")).unwrap_or_default();
    format!(
        "default-src 'self'; script-src {scripts}; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'{api}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
         object-src 'none'"
    )
}
