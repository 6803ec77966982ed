//! What people say of themselves: it travels in every token, and tokens in headers, so it is bounded.

/// What a person is called; may be empty. At most 256 UTF-16 code units, none of them U+0000, which no
/// text in PostgreSQL holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

/// The address of a picture: at most 2048 UTF-16 code units, and no control characters, which would take
/// six times their room in a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageAddress(String);

/// Why a text is none of these. Never shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// It is longer than so many UTF-16 code units.
    #[error("is longer than {0} characters")]
    Long(usize),
    /// It has a control character.
    #[error("has a control character")]
    Control,
    /// It has U+0000.
    #[error("has the character U+0000")]
    Null,
}

impl Name {
    const MAX: usize = 256;

    /// Reads a name as it was given; nothing of it is changed.
    pub fn parse(text: String) -> Result<Self, InvalidText> {
        bounded(text, Self::MAX).map(Self)
    }

    /// The name as text.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl ImageAddress {
    const MAX: usize = 2048;

    /// Reads an address as it was given; whether anything is there is not asked.
    pub fn parse(text: String) -> Result<Self, InvalidText> {
        let text = bounded(text, Self::MAX)?;
        if text.chars().any(char::is_control) { Err(InvalidText::Control) } else { Ok(Self(text)) }
    }

    /// The address as text.
    pub fn into_string(self) -> String {
        self.0
    }
}

fn bounded(text: String, max: usize) -> Result<String, InvalidText> {
    if text.contains('\0') {
        return Err(InvalidText::Null);
    }
    if text.encode_utf16().count() > max { Err(InvalidText::Long(max)) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_measured_as_javascript_measures_it() {
        for (text, expected) in [
            (String::new(), Ok(())),
            ("x".repeat(256), Ok(())),
            ("x".repeat(257), Err(InvalidText::Long(256))),
            ("😀".repeat(128), Ok(())),
            ("😀".repeat(129), Err(InvalidText::Long(256))),
            ("a\0".to_owned(), Err(InvalidText::Null)),
        ] {
            assert_eq!(Name::parse(text.clone()).map(drop), expected, "{text:?}");
        }
        for (text, expected) in [
            ("x".repeat(2048), Ok(())),
            ("x".repeat(2049), Err(InvalidText::Long(2048))),
            ("a\u{1b}".to_owned(), Err(InvalidText::Control)),
            ("a\0".to_owned(), Err(InvalidText::Null)),
        ] {
            assert_eq!(ImageAddress::parse(text.clone()).map(drop), expected, "{text:?}");
        }
    }
}
