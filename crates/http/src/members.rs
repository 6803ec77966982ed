//! Taking a request body apart, with Better Auth's words for all that is wrong.

use serde_json::{Map, Value};
use tessera_engine::{Email, ImageAddress, InvalidText, Name};

use crate::body::{Body, is_truthy};
use crate::failure::Failure;

const WITH_NULL: &str = "Invalid string: must not contain U+0000";

/// The members of a body or a query, and what has been found wrong with them so far.
///
/// Each reader notes its issue and answers `None`; the caller reads all of them first and asks for
/// the issues then, so that one answer names everything at once.
pub(crate) struct Members {
    /// What they are members of, in Better Auth's words.
    place: &'static str,
    members: Map<String, Value>,
    issues: Vec<String>,
}

impl Members {
    /// The members of a body that has to be an object.
    pub(crate) fn of(body: Body) -> Result<Self, Failure> {
        Self::read("body", "object", body)
    }

    /// The members of a body that Better Auth declares as a record of whatever is sent.
    pub(crate) fn of_record(body: Body) -> Result<Self, Failure> {
        Self::read("body", "record", body)
    }

    /// The members of a query.
    pub(crate) fn of_query(query: Body) -> Result<Self, Failure> {
        Self::read("query", "object", query)
    }

    fn read(place: &'static str, wanted: &str, object: Body) -> Result<Self, Failure> {
        match object {
            Some(Value::Object(members)) => Ok(Self { place, members, issues: Vec::new() }),
            other => Err(Failure::Validation(expected(place, wanted, other.as_ref()))),
        }
    }

    /// A string, like all here without U+0000.
    pub(crate) fn string(&mut self, name: &str) -> Option<String> {
        let text = self.any_string(name)?;
        self.without_null(name, text)
    }

    /// A person's name.
    pub(crate) fn name(&mut self, name: &str) -> Option<String> {
        let text = self.any_string(name)?;
        self.parsed(name, Name::parse(text).map(Name::into_string))
    }

    /// A person's name, or nothing.
    pub(crate) fn optional_name(&mut self, name: &str) -> Option<Option<String>> {
        match self.optional_string(name)? {
            Some(text) => self.parsed(name, Name::parse(text).map(Name::into_string)).map(Some),
            None => Some(None),
        }
    }

    /// A string that Better Auth declares as one of several types, and so says little about.
    pub(crate) fn string_of_union(&mut self, name: &str) -> Option<String> {
        match self.members.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => self.issue(name, "Invalid input"),
        }
    }

    /// A string of at least one character.
    pub(crate) fn nonempty_string(&mut self, name: &str) -> Option<String> {
        let text = self.string(name)?;
        if text.is_empty() {
            return self.issue(name, "Too small: expected string to have >=1 characters");
        }
        Some(text)
    }

    /// An e-mail address.
    pub(crate) fn email(&mut self, name: &str) -> Option<Email> {
        let text = self.any_string(name)?;
        match Email::parse(&text) {
            Ok(email) => Some(email),
            Err(_) => self.issue(name, "Invalid email address"),
        }
    }

    /// A string or nothing; null is not nothing.
    pub(crate) fn optional_string(&mut self, name: &str) -> Option<Option<String>> {
        match self.members.remove(name) {
            None => Some(None),
            Some(Value::String(text)) => self.without_null(name, text).map(Some),
            other => self.wrong_type(name, "string", other.as_ref()),
        }
    }

    /// The address of a picture, or nothing.
    pub(crate) fn optional_image(&mut self, name: &str) -> Option<Option<String>> {
        match self.optional_string(name)? {
            Some(text) => {
                let parsed = ImageAddress::parse(text).map(ImageAddress::into_string);
                self.parsed(name, parsed).map(Some)
            }
            None => Some(None),
        }
    }

    /// The address of a picture, null, or nothing.
    pub(crate) fn nullable_image(&mut self, name: &str) -> Option<Option<Option<String>>> {
        if self.members.get(name).is_some_and(Value::is_null) {
            self.members.remove(name);
            return Some(Some(None));
        }
        Some(self.optional_image(name)?.map(Some))
    }

    /// Whether a member is there and JavaScript takes it for true.
    pub(crate) fn is_truthy(&self, name: &str) -> bool {
        self.members.get(name).is_some_and(is_truthy)
    }

    /// A boolean or nothing; null is not nothing.
    pub(crate) fn optional_boolean(&mut self, name: &str) -> Option<Option<bool>> {
        match self.members.remove(name) {
            None => Some(None),
            Some(Value::Bool(value)) => Some(Some(value)),
            other => self.wrong_type(name, "boolean", other.as_ref()),
        }
    }

    /// All issues, in the order in which the members were read.
    pub(crate) fn into_failure(self) -> Failure {
        Failure::Validation(self.issues.join("; "))
    }

    fn any_string(&mut self, name: &str) -> Option<String> {
        match self.members.remove(name) {
            Some(Value::String(text)) => Some(text),
            other => self.wrong_type(name, "string", other.as_ref()),
        }
    }

    /// No column of PostgreSQL holds U+0000.
    fn without_null(&mut self, name: &str, text: String) -> Option<String> {
        if text.contains('\0') {
            return self.issue(name, WITH_NULL);
        }
        Some(text)
    }

    fn parsed(&mut self, name: &str, parsed: Result<String, InvalidText>) -> Option<String> {
        match parsed {
            Ok(text) => Some(text),
            Err(InvalidText::Null) => self.issue(name, WITH_NULL),
            Err(InvalidText::Control) => self.issue(name, "Invalid URL"),
            Err(InvalidText::Long(max)) => {
                let issue = format!("Too big: expected string to have <={max} characters");
                self.issue(name, &issue)
            }
        }
    }

    fn wrong_type<T>(&mut self, name: &str, wanted: &str, found: Option<&Value>) -> Option<T> {
        let place = format!("{}.{name}", self.place);
        self.issues.push(expected(&place, wanted, found));
        None
    }

    fn issue<T>(&mut self, name: &str, text: &str) -> Option<T> {
        self.issues.push(format!("[{}.{name}] {text}", self.place));
        None
    }
}

/// The issue that `place` holds something else than `wanted`.
pub(crate) fn expected(place: &str, wanted: &str, found: Option<&Value>) -> String {
    let found = match found {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    };
    format!("[{place}] Invalid input: expected {wanted}, received {found}")
}
