//! Programs that end with this one.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// Debian's `nobody` and `nogroup`.
const NOBODY: u32 = 65534;

/// A folder that the servers may use, and whether they run as somebody else.
#[derive(Debug)]
pub(crate) struct Home {
    folder: TempDir,
    is_root: bool,
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = TempDir::with_prefix("postgres-").unwrap();
        // Who made the folder is who runs this.
        let is_root = folder.path().metadata().unwrap().uid() == 0;
        if is_root {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        Self { folder, is_root }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file that only the servers can read.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        if self.is_root {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }

    /// A shell that runs the script in the folder.
    pub(crate) fn shell(&self, script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-euc", script]).current_dir(self.path()).env("LC_ALL", "C");
        if self.is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    /// A shell that runs the script, in which `read -r _` waits for the end of this program. Waits
    /// for a line that contains `ready`.
    pub(crate) fn start(&self, script: &str, ready: &str) -> Running {
        let mut process = self
            .shell(&format!("exec 2>&1; {script}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let mut text = String::new();
        loop {
            let from = text.len();
            let length = said.read_line(&mut text).unwrap();
            assert!(length > 0, "it did not start:\n{text}");
            if text[from..].contains(ready) {
                break;
            }
        }
        // A pipe that nobody reads fills, and holds up whoever writes.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Running(process)
    }
}

/// Ends when dropped.
#[derive(Debug)]
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// The program's path, on the path or where Debian keeps it; or how to get it.
pub(crate) fn program(name: &str, package: &str) -> PathBuf {
    let on_the_path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&on_the_path).collect();
    folders.push("/usr/sbin".into());
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    folders
        .iter()
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("{name} is missing: apt-get install {package}"))
}

/// A port of loopback that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
