//! A `tessera` process with a folder of its own, and the few requests that the tests make of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// A line that has not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// The command, with nothing of our own environment, in this folder.
pub(crate) fn tessera(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tessera"));
    command.env_clear().current_dir(folder);
    command
}

/// Runs the command to its end.
pub(crate) fn run(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    tessera(folder).args(arguments).envs(environment.iter().copied()).output().unwrap()
}

/// What a process wrote, as text.
pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// The line that says it is ready.
    pub(crate) ready: Value,
    process: Child,
    /// Its lines, taken from it as it writes them: a full pipe would halt it.
    log: Receiver<String>,
    folder: TempDir,
}

impl Server {
    /// Starts on a free port, in a folder of its own.
    pub(crate) fn start(environment: &[(&str, &str)]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), environment)
    }

    /// Starts on a free port, with what this folder holds.
    pub(crate) fn start_in(folder: TempDir, environment: &[(&str, &str)]) -> Self {
        let mut process = tessera(folder.path())
            .envs([("PORT", "0"), ("BETTER_AUTH_URL", "http://localhost:3000")])
            .envs([("TESSERA_RATE_LIMIT", "off"), ("TESSERA_LOG_FORMAT", "json")])
            .envs(environment.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(process.stderr.take().unwrap());
        let (line, log) = channel();
        // Ends with the process; what a test no longer reads is dropped.
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|written| line.send(written))
        });
        let ready = line_with(&log, "Tessera is ready");
        let address = ready["listen"].as_str().unwrap().parse().unwrap();
        Self { address, ready, process, log, folder }
    }

    /// A file beneath the folder that the server runs in.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The next log line whose message begins so.
    pub(crate) fn logged(&mut self, message: &str) -> Value {
        line_with(&self.log, message)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    /// Waits for the process; how it ended, and the folder it leaves.
    pub(crate) fn ended(mut self) -> (ExitStatus, TempDir) {
        let status = self.process.wait().unwrap();
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        (status, folder)
    }

    /// A connection to it.
    pub(crate) fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }

    /// Asks on a connection of its own; the whole answer, or why it broke off.
    pub(crate) fn try_ask(&self, head: &str, body: &str) -> std::io::Result<Answer> {
        let length = body.len();
        let request = format!(
            "{head}\r\nhost: localhost:3000\r\norigin: http://localhost:3000\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\
             connection: close\r\n\r\n{body}"
        );
        let mut stream = TcpStream::connect(self.address)?;
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        match answer.split_once("\r\n\r\n") {
            Some((head, body)) => Ok(Answer { head: head.to_owned(), body: body.to_owned() }),
            None => Err(std::io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Asks a server that is known to answer.
    pub(crate) fn ask(&self, head: &str, body: &str) -> Answer {
        self.try_ask(head, body).unwrap()
    }
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Status line and headers.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(found, _)| *found == name).unwrap().1
    }
}

impl Drop for Server {
    /// A test that fails leaves no process behind. One that has ended already is no error.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn line_with(log: &Receiver<String>, message: &str) -> Value {
    let mut seen = String::new();
    loop {
        let line = log.recv_timeout(PATIENCE);
        assert!(line.is_ok(), "{message:?} is not in the log, {line:?}:\n{seen}");
        let line = line.unwrap();
        let parsed: Value = serde_json::from_str(&line).unwrap();
        if parsed["message"].as_str().is_some_and(|text| text.starts_with(message)) {
            return parsed;
        }
        seen += &line;
        seen.push('\n');
    }
}
