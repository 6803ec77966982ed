//! `tessera users import`.

use std::collections::HashMap;
use std::io::{self, BufRead, Read, Write};

use tessera_engine::directory::{AccountRow, Admission, Admit, Directory, Person};
use tessera_engine::{Entropy, Time};

use super::UsersError;
use super::line::Line;
use super::progress::Progress;

/// The longest line, in bytes.
const MAX_LINE: usize = 1 << 20;

/// People added in one transaction.
const BATCH: usize = 500;

/// An import in the making.
pub(super) struct Import<'a> {
    pub(super) directory: &'a dyn Directory,
    pub(super) admit: Admit,
    /// When people were made of whom a line does not say when.
    pub(super) now: Time,
    pub(super) entropy: &'a Entropy,
    pub(super) progress: Progress,
}

/// What became of the lines; empty ones do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) read: u64,
    pub(super) added: u64,
    pub(super) present: u64,
    pub(super) refused: u64,
}

/// Lines that have been read and not yet been dealt with.
#[derive(Default)]
struct Batch {
    people: Vec<Person>,
    /// The numbers of their lines.
    numbers: Vec<u64>,
    /// The lines that describe nobody, and why.
    refused: Vec<(u64, String)>,
}

impl Import<'_> {
    /// Adds whom the lines describe, and reports each line that is refused.
    pub(super) async fn run(
        &mut self,
        mut input: impl BufRead,
        report: &mut dyn Write,
    ) -> Result<Summary, UsersError> {
        let mut summary = Summary::default();
        let (mut batch, mut seen) = (Batch::default(), Seen::default());
        let (mut line, mut number) = (Vec::new(), 0);
        while let Some(whole) = next_line(&mut input, &mut line)? {
            number += 1;
            if line.trim_ascii().is_empty() {
                continue;
            }
            let person = if whole {
                self.person(&line)
            } else {
                Err(format!("is longer than {MAX_LINE} bytes"))
            };
            match person.and_then(|person| first(&mut seen, person, number)) {
                Ok(Some(person)) => {
                    batch.people.push(person);
                    batch.numbers.push(number);
                }
                Ok(None) => summary.present += 1,
                Err(why) => batch.refused.push((number, why)),
            }
            summary.read += 1;
            if batch.people.len() + batch.refused.len() >= BATCH {
                self.settle(std::mem::take(&mut batch), &mut summary, report).await?;
            }
        }
        self.settle(batch, &mut summary, report).await?;
        self.progress.clear()?;
        Ok(summary)
    }

    fn person(&self, line: &[u8]) -> Result<Person, String> {
        let person = Line::parse(line).and_then(|line| line.person(self.now, self.entropy));
        person.map_err(|error| error.to_string())
    }

    async fn settle(
        &mut self,
        batch: Batch,
        summary: &mut Summary,
        report: &mut dyn Write,
    ) -> Result<(), UsersError> {
        let Batch { people, numbers, mut refused } = batch;
        let addresses: Vec<_> = people.iter().map(|person| person.user.email.clone()).collect();
        let admitted = self.directory.admit(people, self.admit).await;
        let added = summary.added;
        let admitted = admitted.map_err(|error| UsersError::Add { error, added })?;
        for ((admission, number), email) in admitted.into_iter().zip(numbers).zip(addresses) {
            match admission {
                Admission::Added => summary.added += 1,
                Admission::Present => summary.present += 1,
                Admission::EmailTaken { by } => {
                    refused.push((number, format!("{email} is there already with the id {by}")));
                }
                Admission::IdTaken { by } => {
                    refused.push((number, format!("the id of {email} belongs to {by} already")));
                }
                Admission::AccountTaken { id } => {
                    let why = format!("{email} has an account {id} that is there already");
                    refused.push((number, why));
                }
                Admission::LinkTaken { provider, by } => {
                    let why = format!("{email} has an account at {provider} that {by} has already");
                    refused.push((number, why));
                }
            }
        }
        refused.sort_by_key(|(number, _)| *number);
        if !refused.is_empty() {
            self.progress.clear()?;
        }
        for (number, why) in &refused {
            writeln!(report, "line {number}: {why}")?;
        }
        summary.refused += refused.len() as u64;
        self.progress.show(summary.read)?;
        Ok(())
    }
}

/// Where ids, addresses and accounts first stood.
#[derive(Default)]
struct Seen {
    ids: HashMap<String, u64>,
    emails: HashMap<String, u64>,
    accounts: HashMap<String, u64>,
    /// By provider and account there.
    links: HashMap<(String, String), u64>,
}

/// Whom the line describes, unless an earlier one described the same person.
fn first(seen: &mut Seen, person: Person, number: u64) -> Result<Option<Person>, String> {
    let Person { user, accounts } = &person;
    let id = seen.ids.get(user.id.as_str());
    let email = seen.emails.get(user.email.as_str());
    match (id, email) {
        (None, None) => {}
        (Some(one), Some(other)) if one == other => return Ok(None),
        (Some(line), _) => return Err(format!("has the id of line {line}")),
        (None, Some(line)) => return Err(format!("has the email of line {line}")),
    }
    let link = |account: &AccountRow| {
        account.link().map(|(provider, there)| (provider.to_owned(), there.to_owned()))
    };
    for account in accounts {
        if let Some(line) = seen.accounts.get(&account.id) {
            return Err(format!("has an account with the id of one of line {line}"));
        }
        if let Some(line) = link(account).and_then(|link| seen.links.get(&link)) {
            return Err(format!("has an account at {} that line {line} has", account.provider_id));
        }
    }
    seen.ids.insert(user.id.as_str().to_owned(), number);
    seen.emails.insert(user.email.as_str().to_owned(), number);
    for account in accounts {
        seen.accounts.insert(account.id.clone(), number);
        seen.links.extend(link(account).map(|link| (link, number)));
    }
    Ok(Some(person))
}

/// Reads a line; whether it is all of it, or `None` at the end. The rest of one that is too long is
/// skipped.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    if input.take(MAX_LINE as u64 + 1).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    let whole = line.len() <= MAX_LINE || line.ends_with(b"\n");
    if !whole {
        input.skip_until(b'\n')?;
    }
    Ok(Some(whole))
}
