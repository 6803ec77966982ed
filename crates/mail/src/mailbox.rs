//! Letters that nobody sends: on a developer's machine they are read where they were written.

use std::collections::VecDeque;

use parking_lot::Mutex;

use crate::letter::Letter;

/// The latest hundred letters, in memory.
#[derive(Debug, Default)]
pub struct DevMailbox {
    letters: Mutex<VecDeque<Letter>>,
}

impl DevMailbox {
    const CAPACITY: usize = 100;

    /// Keeps a letter; the oldest goes when there are too many.
    pub fn keep(&self, letter: Letter) {
        let mut letters = self.letters.lock();
        if letters.len() == Self::CAPACITY {
            letters.pop_front();
        }
        letters.push_back(letter);
    }

    /// What there is, the oldest first.
    pub fn letters(&self) -> Vec<Letter> {
        self.letters.lock().iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use tessera_engine::Email;

    use super::*;

    #[test]
    fn the_latest_hundred_stay_in_their_order() {
        let mailbox = DevMailbox::default();
        for number in 0..103 {
            mailbox.keep(Letter {
                to: Email::parse("ada@example.com").unwrap(),
                subject: number.to_string(),
                text: String::new(),
                html: String::new(),
            });
        }
        let subjects: Vec<_> = mailbox.letters().into_iter().map(|it| it.subject).collect();
        let latest: Vec<_> = (3..103).map(|number| number.to_string()).collect();
        assert_eq!(subjects, latest);
    }
}
