//! `tessera users export`.

use std::io::{self, Write};

use tessera_engine::directory::Directory;

use super::UsersError;
use super::line::Line;
use super::progress::Progress;

/// People read at once.
const PAGE: u32 = 500;

/// How much of somebody is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contents {
    Everything,
    WithoutSecrets,
}

/// Writes everybody, and says how many there were.
pub(super) async fn run(
    directory: &dyn Directory,
    contents: Contents,
    out: &mut impl Write,
    mut progress: Progress,
) -> Result<u64, UsersError> {
    let (mut written, mut last) = (0, None);
    loop {
        let people = directory.people(last.as_ref(), PAGE).await.map_err(UsersError::Read)?;
        let Some(person) = people.last() else {
            progress.clear()?;
            return Ok(written);
        };
        last = Some(person.user.id.clone());
        for person in people {
            let mut line = Line::of(person);
            if contents == Contents::WithoutSecrets {
                line.leave_secrets_out();
            }
            serde_json::to_writer(&mut *out, &line).map_err(io::Error::from)?;
            out.write_all(b"\n")?;
            written += 1;
        }
        progress.show(written)?;
    }
}
