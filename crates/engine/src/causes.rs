//! Errors as one line, for whoever has to see to them.

use std::error::Error;

/// An error and all its causes, on one line: for the log, whose JSON form would leave the causes out,
/// and for the command line. What an error says of its cause itself is not said twice.
pub fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut text = said.clone();
    for cause in std::iter::successors(error.source(), |&cause| cause.source()) {
        let cause = cause.to_string();
        if text.ends_with(&cause) {
            continue;
        }
        match cause.strip_prefix(&said) {
            Some(more) => text.push_str(more),
            None => {
                text.push_str(": ");
                text.push_str(&cause);
            }
        }
        said = cause;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Link {
        text: &'static str,
        source: Option<Box<Link>>,
    }

    fn line(texts: &[&'static str]) -> String {
        let chain =
            texts.iter().rev().fold(None, |source, text| Some(Box::new(Link { text, source })));
        with_causes(&*chain.unwrap())
    }

    #[test]
    fn each_cause_is_said_once() {
        for (texts, expected) in [
            (&["a key"][..], "a key"),
            (&["no key", "no file", "no disk"], "no key: no file: no disk"),
            (&["no key: no file", "no file", "no disk"], "no key: no file: no disk"),
            (&["no key", "no key: no file", "no disk"], "no key: no file: no disk"),
            (&["no key", "no key"], "no key"),
        ] {
            assert_eq!(line(texts), expected);
        }
    }
}
