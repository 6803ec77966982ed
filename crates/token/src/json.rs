//! Strict JSON (RFC 8259) for headers, claims and keys.
//!
//! Beyond what `serde_json` refuses: an object that names a member twice, nesting deeper than
//! [`MAX_DEPTH`], and anything at the top that is not an object. Two parsers that keep different
//! duplicates see two different tokens behind one signature, so a duplicate is an error at any depth.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// How deep arrays and objects may nest, the outermost object counted.
pub(crate) const MAX_DEPTH: usize = 16;

/// A member's value, as far as a reader of tokens and keys tells values apart.
#[derive(Debug, PartialEq)]
pub(crate) enum Json<'a> {
    /// A number without fraction or exponent, from 0 to 2^64 - 1.
    Integer(u64),
    Text(Cow<'a, str>),
    /// An array of nothing but strings.
    Texts(Vec<Cow<'a, str>>),
    /// Everything else; checked, then dropped.
    Other,
}

/// Reads one object and hands each member to `member`.
pub(crate) fn read_object<'a>(
    text: &'a str,
    member: impl FnMut(&str, Json<'a>),
) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.deserialize_map(Object { depth: MAX_DEPTH, member })?;
    deserializer.end()
}

/// An object that may hold `depth - 1` further levels.
struct Object<F> {
    depth: usize,
    member: F,
}

impl<'de, F: FnMut(&str, Json<'de>)> Visitor<'de> for Object<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let depth = one_deeper(self.depth)?;
        let mut names = Names::default();
        while let Some(name) = map.next_key_seed(Text)? {
            let value = map.next_value_seed(Value { depth })?;
            (self.member)(&name, value);
            names.insert(name)?;
        }
        Ok(())
    }
}

/// Any value, below which `depth` further levels may follow.
#[derive(Clone, Copy)]
struct Value {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Value {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json<'de>, E> {
        Ok(Json::Integer(number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json<'de>, A::Error> {
        let element = Self { depth: one_deeper(self.depth)? };
        let mut texts = Some(Vec::new());
        while let Some(value) = seq.next_element_seed(element)? {
            match (value, &mut texts) {
                (Json::Text(text), Some(texts)) => texts.push(text),
                _ => texts = None,
            }
        }
        Ok(texts.map_or(Json::Other, Json::Texts))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Json<'de>, A::Error> {
        Object { depth: self.depth, member: |_: &str, _: Json<'de>| () }.visit_map(map)?;
        Ok(Json::Other)
    }
}

/// A member's name, borrowed where it has no escapes.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// The names an object has used. Comparing a few is quicker than hashing them; beyond that a set
/// keeps a hostile object of thousands of members linear.
#[derive(Default)]
struct Names<'a> {
    few: Vec<Cow<'a, str>>,
    many: HashSet<Cow<'a, str>>,
}

impl<'a> Names<'a> {
    const FEW: usize = 24;

    fn insert<E: Error>(&mut self, name: Cow<'a, str>) -> Result<(), E> {
        if self.few.contains(&name) || self.many.contains(&name) {
            return Err(E::custom("an object names a member twice"));
        }
        if self.few.len() < Self::FEW {
            if self.few.is_empty() {
                self.few.reserve_exact(Self::FEW);
            }
            self.few.push(name);
        } else {
            self.many.insert(name);
        }
        Ok(())
    }
}

fn one_deeper<E: Error>(depth: usize) -> Result<usize, E> {
    depth.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))
}
