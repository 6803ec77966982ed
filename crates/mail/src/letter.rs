//! What people read: the words of each letter, as plain text and as HTML.

use std::fmt::{self, Write};

use tessera_engine::{Email, Mail, MailSubject};

/// A letter, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Whom to.
    pub to: Email,
    /// What about; one line.
    pub subject: String,
    /// As plain text. Its first URL is the link that it is written for.
    pub text: String,
    /// As HTML.
    pub html: String,
}

/// What the people who get letters call the service: one line of at most 64 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppName(String);

/// The text is no name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a name of 1 to 64 characters on one line")]
pub struct InvalidAppName;

impl AppName {
    /// Reads a name; white space around it goes.
    pub fn parse(text: &str) -> Result<Self, InvalidAppName> {
        let text = text.trim();
        let is_line = !text.is_empty() && !text.chars().any(char::is_control);
        if is_line && text.chars().count() <= 64 {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidAppName)
        }
    }
}

impl fmt::Display for AppName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The words of a letter around its link.
struct Words {
    subject: String,
    opening: String,
    link: &'static str,
    closing: [String; 2],
}

impl Letter {
    /// Writes the letter.
    pub fn write(mail: &Mail, app: &AppName) -> Self {
        let words = Words::about(&mail.subject, app);
        let text = words.text(&mail.link);
        let html = words.html(&mail.link);
        Self { to: mail.to.clone(), subject: words.subject, text, html }
    }

    /// Where it goes, as far as a log may know.
    pub(crate) fn domain(&self) -> &str {
        self.to.as_str().rsplit('@').next().unwrap_or_default()
    }
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl Words {
    fn about(subject: &MailSubject, app: &AppName) -> Self {
        match subject {
            MailSubject::ResetPassword => Self {
                subject: format!("A new password for {app}"),
                opening: format!("Somebody asked for a new password for your {app} account."),
                link: "Choose a new password",
                closing: [
                    "The link works once, within an hour.".to_owned(),
                    "If it was not you, you can ignore this letter: your password stays as it is."
                        .to_owned(),
                ],
            },
            MailSubject::VerifyEmail => Self {
                subject: format!("Verify your address for {app}"),
                opening: format!("This address was given for an account with {app}."),
                link: "Verify that it is yours",
                closing: [
                    "The link works for an hour.".to_owned(),
                    "If you do not know of such an account, you can ignore this letter.".to_owned(),
                ],
            },
            MailSubject::ConfirmEmailChange { new_email } => Self {
                subject: format!("Another address for your {app} account"),
                opening: format!(
                    "Somebody who is signed in to your {app} account asked to change its address \
                     to {new_email}."
                ),
                link: "Confirm the change",
                closing: [
                    "The link works for an hour. It sends another letter to the new address."
                        .to_owned(),
                    "If it was not you, do not follow the link, and change your password."
                        .to_owned(),
                ],
            },
            MailSubject::VerifyNewEmail => Self {
                subject: format!("Verify your new address for {app}"),
                opening: format!("This address is to be the one of an account with {app}."),
                link: "Verify that it is yours",
                closing: [
                    "The link works once, within an hour.".to_owned(),
                    "If you do not know of such an account, you can ignore this letter.".to_owned(),
                ],
            },
            MailSubject::DeleteAccount => Self {
                subject: format!("Delete your {app} account?"),
                opening: format!(
                    "Somebody who is signed in to your {app} account asked to delete it, with \
                     everything in it."
                ),
                link: "Delete the account",
                closing: [
                    "The link works once, within a day, where you are signed in.".to_owned(),
                    "If it was not you, do not follow the link, and change your password."
                        .to_owned(),
                ],
            },
        }
    }

    fn text(&self, link: &str) -> String {
        let Self { opening, link: label, closing: [first, second], .. } = self;
        format!("{opening}\n\n{label}:\n{link}\n\n{first}\n\n{second}\n")
    }

    fn html(&self, link: &str) -> String {
        let [subject, opening, label, first, second, link] = [
            self.subject.as_str(),
            &self.opening,
            self.link,
            &self.closing[0],
            &self.closing[1],
            link,
        ]
        .map(escaped);
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
             <title>{subject}</title></head>\n<body>\n<p>{opening}</p>\n\
             <p><a href=\"{link}\">{label}</a></p>\n\
             <p>If the link cannot be followed, copy this address:<br>{link}</p>\n\
             <p>{first}</p>\n<p>{second}</p>\n</body>\n</html>\n"
        )
    }
}

/// The text within HTML, in an element or in a quoted attribute.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        let _ = match character {
            '&' => escaped.write_str("&amp;"),
            '<' => escaped.write_str("&lt;"),
            '>' => escaped.write_str("&gt;"),
            '"' => escaped.write_str("&quot;"),
            '\'' => escaped.write_str("&#39;"),
            character => escaped.write_char(character),
        };
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://auth.example.com/api/auth/verify-email?token=t&callbackURL=%2F";

    fn letter(subject: MailSubject, app: &str) -> Letter {
        let mail =
            Mail { to: Email::parse("ada@example.com").unwrap(), subject, link: LINK.to_owned() };
        Letter::write(&mail, &AppName::parse(app).unwrap())
    }

    fn subjects() -> [MailSubject; 5] {
        let new_email = Email::parse("o'grace@example.org").unwrap();
        [
            MailSubject::ResetPassword,
            MailSubject::VerifyEmail,
            MailSubject::ConfirmEmailChange { new_email },
            MailSubject::VerifyNewEmail,
            MailSubject::DeleteAccount,
        ]
    }

    #[test]
    fn a_letter_in_both_forms() {
        let letter = letter(MailSubject::ResetPassword, "Tessera");
        assert_eq!(letter.subject, "A new password for Tessera");
        assert_eq!(
            letter.text,
            format!(
                "Somebody asked for a new password for your Tessera account.\n\n\
                 Choose a new password:\n{LINK}\n\nThe link works once, within an hour.\n\n\
                 If it was not you, you can ignore this letter: your password stays as it is.\n"
            )
        );
        let link = LINK.replace('&', "&amp;");
        assert_eq!(
            letter.html,
            format!(
                "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
                 <title>A new password for Tessera</title></head>\n<body>\n\
                 <p>Somebody asked for a new password for your Tessera account.</p>\n\
                 <p><a href=\"{link}\">Choose a new password</a></p>\n\
                 <p>If the link cannot be followed, copy this address:<br>{link}</p>\n\
                 <p>The link works once, within an hour.</p>\n\
                 <p>If it was not you, you can ignore this letter: your password stays as it is.\
                 </p>\n</body>\n</html>\n"
            )
        );
    }

    #[test]
    fn every_letter_has_one_link_and_no_markup_of_its_own() {
        for subject in subjects() {
            let letter = letter(subject, "A <b>\"good\"</b> app & more");
            assert_eq!(letter.text.matches("://").count(), 1, "{}", letter.text);
            assert!(letter.text.lines().any(|line| line == LINK), "{}", letter.text);
            assert_eq!(letter.html.matches("://").count(), 2, "{}", letter.html);
            assert!(!letter.html.contains("<b>"), "{}", letter.html);
            assert!(letter.subject.contains("A <b>\"good\"</b> app & more"));
            assert!(!format!("{letter:?}").contains("token"));
        }
    }

    #[test]
    fn the_old_address_learns_the_new_one() {
        let letter = letter(subjects()[2].clone(), "Tessera");
        assert!(letter.text.contains(" to o'grace@example.org.\n"), "{}", letter.text);
        assert!(letter.html.contains(" to o&#39;grace@example.org.<"), "{}", letter.html);
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(AppName::parse(" Tessera ").unwrap().to_string(), "Tessera");
        for text in ["", " ", "a\nb", "a\rb", &"a".repeat(65)] {
            assert_eq!(AppName::parse(text), Err(InvalidAppName), "{text:?}");
        }
    }
}
