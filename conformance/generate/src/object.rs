//! JSON objects as they are to be written.

use std::fmt;

/// An object: names, and values as JSON text. Nothing keeps the text from being wrong.
#[derive(Clone, Default)]
pub(crate) struct Object(Vec<(String, String)>);

impl Object {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Sets a member to a JSON text, in its place if it is there already.
    pub(crate) fn json(mut self, name: &str, json: impl fmt::Display) -> Self {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, value)) => *value = json.to_string(),
            None => self.0.push((name.to_owned(), json.to_string())),
        }
        self
    }

    /// Sets a member to a string.
    pub(crate) fn text(self, name: &str, text: &str) -> Self {
        self.json(name, quoted(text))
    }

    /// Adds a member without looking whether it is there. `name` is written as it is: it may hold
    /// escapes.
    pub(crate) fn more(mut self, name: &str, json: impl fmt::Display) -> Self {
        self.0.push((name.to_owned(), json.to_string()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    /// The JSON text of a member.
    pub(crate) fn get(&self, name: &str) -> &str {
        let member = self.0.iter().find(|(known, _)| known == name);
        &member.expect("the member is there").1
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<_> =
            self.0.iter().map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
        write!(f, "{{{}}}", members.join(","))
    }
}

impl From<Object> for Vec<u8> {
    fn from(object: Object) -> Self {
        object.to_string().into_bytes()
    }
}

/// The JSON text of a string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A published key set of these keys.
pub(crate) fn set(keys: impl IntoIterator<Item = Object>) -> String {
    let keys: Vec<_> = keys.into_iter().map(|key| key.to_string()).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}
