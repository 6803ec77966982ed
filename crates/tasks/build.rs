//! Takes the two files of Swagger UI that the page needs out of its archive, still compressed.

use std::error::Error;
use std::io::{Cursor, Read};
use std::path::Path;

use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::{CompressionMethod, ZipArchive};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = std::env::var("OUT_DIR")?;
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    for name in ["swagger-ui-bundle.js", "swagger-ui.css"] {
        let ending = format!("/dist/{name}");
        let index = archive.file_names_raw().position(|path| path.ends_with(ending.as_bytes()));
        let index = index.ok_or_else(|| format!("the archive has no {name}"))?;
        let gzip = gzip(archive.by_index_raw(index)?)?;
        std::fs::write(Path::new(&folder).join(format!("{name}.gz")), gzip)?;
    }
    Ok(())
}

/// Zip and gzip hold the same deflate stream: only the frame differs (RFC 1952 section 2.3).
fn gzip(mut file: zip::read::ZipFile<'_, impl Read>) -> Result<Vec<u8>, Box<dyn Error>> {
    if file.compression() != CompressionMethod::DEFLATE {
        return Err("the archive is not deflated".into());
    }
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    file.read_to_end(&mut gzip)?;
    gzip.extend(file.crc32().to_le_bytes());
    gzip.extend(u32::try_from(file.size())?.to_le_bytes());
    Ok(gzip)
}
