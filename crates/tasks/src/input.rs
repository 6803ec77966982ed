//! Request bodies, read so that every field that is wrong is named at once.

use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::problem::{FieldErrors, Problem};
use crate::task::{Description, Title};

/// A body that a route takes.
pub(crate) trait Input: Sized {
    fn from_members(members: Members) -> Result<Self, Problem>;
}

/// What is needed to make a task.
#[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
pub struct NewTask {
    /// 1 to 200 characters after trimming; no control characters.
    #[schema(value_type = String, min_length = 1, max_length = 200, examples("Buy milk"))]
    pub title: Title,
    /// Up to 1000 characters. Nothing but white space counts as null.
    #[schema(value_type = Option<String>, max_length = 1000, examples("The oat one"))]
    pub description: Option<Description>,
}

/// What to change in a task; what is absent stays. At least one member is given.
#[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
#[schema(min_properties = 1)]
pub struct TaskChange {
    /// 1 to 200 characters after trimming; no control characters.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    pub title: Option<Title>,
    /// Up to 1000 characters; null, or nothing but white space, removes it.
    #[schema(value_type = Option<String>, max_length = 1000)]
    pub description: Option<Option<Description>>,
    /// Whether it is done.
    #[schema(value_type = bool, required = false, examples(true))]
    pub completed: Option<bool>,
}

impl Input for NewTask {
    fn from_members(mut members: Members) -> Result<Self, Problem> {
        if !members.given.contains_key("title") {
            members.wrong.insert("title".to_owned(), "is required");
        }
        let title = members.take("title", title);
        let description = members.take("description", description);
        let wrong = members.wrong();
        match title {
            Some(title) if wrong.is_empty() => {
                Ok(Self { title, description: description.flatten() })
            }
            _ => Err(Problem::Invalid(wrong)),
        }
    }
}

impl Input for TaskChange {
    fn from_members(mut members: Members) -> Result<Self, Problem> {
        if members.given.is_empty() {
            return Err(Problem::NothingToChange);
        }
        let change = Self {
            title: members.take("title", title),
            description: members.take("description", description),
            completed: members.take("completed", completed),
        };
        let wrong = members.wrong();
        if wrong.is_empty() { Ok(change) } else { Err(Problem::Invalid(wrong)) }
    }
}

/// The members of a JSON object, and what has been found wrong with them.
pub(crate) struct Members {
    given: Map<String, Value>,
    wrong: FieldErrors,
}

impl Members {
    pub(crate) fn parse(json: &[u8]) -> Result<Self, Problem> {
        let given = serde_json::from_slice(json).map_err(|_| Problem::InvalidJson)?;
        Ok(Self { given, wrong: FieldErrors::new() })
    }

    /// Takes a member out; `None` when it is absent or wrong.
    fn take<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&Value) -> Result<T, &'static str>,
    ) -> Option<T> {
        let value = self.given.remove(name)?;
        parse(&value).map_err(|reason| self.wrong.insert(name.to_owned(), reason)).ok()
    }

    /// What was wrong with those taken out, and each that nobody asked for: a misspelt member must
    /// not pass for one that was given.
    fn wrong(self) -> FieldErrors {
        let unknown =
            self.given.into_iter().map(|(name, _)| (name, "is not a field of this request"));
        self.wrong.into_iter().chain(unknown).collect()
    }
}

fn title(value: &Value) -> Result<Title, &'static str> {
    Title::parse(value.as_str().ok_or("must be text")?)
}

fn description(value: &Value) -> Result<Option<Description>, &'static str> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Description::parse(text),
        _ => Err("must be text or null"),
    }
}

fn completed(value: &Value) -> Result<bool, &'static str> {
    value.as_bool().ok_or("must be true or false")
}
