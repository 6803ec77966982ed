//! Strict JSON (RFC 8259) for headers, claims and keys.
//!
//! Beyond the grammar, refused are: an object that names a member twice, nesting deeper than
//! [`MAX_DEPTH`], half a surrogate pair, a number beyond what a double holds, and anything at the
//! top that is not what was asked for. Two parsers that keep different duplicates see two different
//! tokens behind one signature, so a duplicate is an error at any depth.
//!
//! Nothing is copied but text that is spelled with escapes.

use std::borrow::Cow;
use std::collections::HashSet;

/// How deep arrays and objects may nest, the outermost counted.
pub(crate) const MAX_DEPTH: usize = 16;

/// A value, as far as a reader of tokens and keys tells values apart.
#[derive(Debug, PartialEq)]
pub(crate) enum Json<'a> {
    /// A number without sign, fraction or exponent, from 0 to 2^64 - 1.
    Integer(u64),
    Text(Cow<'a, str>),
    /// An array as it is written, for [`read_array`].
    Array(&'a str),
    /// An object as it is written, for [`read_object`].
    Object(&'a str),
    /// Everything else; checked, then dropped.
    Other,
}

/// Why a text is not strict JSON (RFC 8259, RFC 7515 section 4 for duplicates).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at byte {offset}")]
pub struct JsonError {
    problem: &'static str,
    offset: usize,
}

/// Reads one object and hands each member to `member`.
pub(crate) fn read_object<'a>(
    text: &'a str,
    member: impl FnMut(&str, Json<'a>),
) -> Result<(), JsonError> {
    let mut reader = Reader::new(text);
    reader.skip_space();
    reader.expect(b'{', "expected an object")?;
    reader.object(MAX_DEPTH - 1, member)?;
    reader.end()
}

/// Reads one array and hands each element to `element`.
pub(crate) fn read_array<'a>(
    text: &'a str,
    element: impl FnMut(Json<'a>),
) -> Result<(), JsonError> {
    let mut reader = Reader::new(text);
    reader.skip_space();
    reader.expect(b'[', "expected an array")?;
    reader.array(MAX_DEPTH - 1, element)?;
    reader.end()
}

/// The strings of an array that holds nothing else.
pub(crate) fn texts(array: &str) -> Option<Vec<Cow<'_, str>>> {
    let mut texts = Some(Vec::new());
    read_array(array, |element| match (element, &mut texts) {
        (Json::Text(text), Some(texts)) => texts.push(text),
        _ => texts = None,
    })
    .ok()?;
    texts
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The rest of an object whose brace has been read; `depth` further levels may follow.
    fn object(
        &mut self,
        depth: usize,
        mut member: impl FnMut(&str, Json<'a>),
    ) -> Result<(), JsonError> {
        let mut names = Names::new();
        self.skip_space();
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            self.expect(b'"', "expected the name of a member")?;
            let name = self.string()?;
            self.skip_space();
            self.expect(b':', "expected a colon")?;
            self.skip_space();
            let value = self.value(depth)?;
            member(&name, value);
            if !names.insert(name) {
                return Err(self.error("an object names a member twice"));
            }
            self.skip_space();
            if self.take(b'}') {
                return Ok(());
            }
            self.expect(b',', "expected a comma or the end of the object")?;
            self.skip_space();
        }
    }

    /// The rest of an array whose bracket has been read; `depth` further levels may follow.
    fn array(&mut self, depth: usize, mut element: impl FnMut(Json<'a>)) -> Result<(), JsonError> {
        self.skip_space();
        if self.take(b']') {
            return Ok(());
        }
        loop {
            element(self.value(depth)?);
            self.skip_space();
            if self.take(b']') {
                return Ok(());
            }
            self.expect(b',', "expected a comma or the end of the array")?;
            self.skip_space();
        }
    }

    #[inline(always)]
    fn value(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                match self.plain() {
                    (plain, true) => Ok(Json::Text(Cow::Borrowed(plain))),
                    (plain, false) => Ok(Json::Text(Cow::Owned(self.with_escapes(plain)?))),
                }
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => self.nested(depth),
        }
    }

    /// An array or object below which `depth - 1` further levels may follow.
    #[inline(never)]
    fn nested(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        let start = self.at;
        let deeper = depth.checked_sub(1).ok_or_else(|| self.error("nested too deeply"));
        if self.take(b'{') {
            self.object(deeper?, |_, _| ())?;
            Ok(Json::Object(self.since(start)))
        } else if self.take(b'[') {
            self.array(deeper?, |_| ())?;
            Ok(Json::Array(self.since(start)))
        } else {
            Err(self.error("expected a value"))
        }
    }

    fn word(&mut self, word: &str) -> Result<Json<'a>, JsonError> {
        if !self.rest().starts_with(word) {
            return Err(self.error("expected a value"));
        }
        self.at += word.len();
        Ok(Json::Other)
    }

    #[inline(always)]
    fn number(&mut self) -> Result<Json<'a>, JsonError> {
        let start = self.at;
        let is_negative = self.take(b'-');
        let first = self.at;
        let integer = self.digits()?;
        if self.at > first + 1 && self.text.as_bytes().get(first) == Some(&b'0') {
            return Err(self.error("a number starts with a needless 0"));
        }
        match (integer, self.peek()) {
            (Some(integer), next) if !is_negative && !matches!(next, Some(b'.' | b'e' | b'E')) => {
                Ok(Json::Integer(integer))
            }
            _ => self.fraction(start),
        }
    }

    /// The rest of a number that started at `start` and is no integer of 64 bits.
    #[cold]
    fn fraction(&mut self, start: usize) -> Result<Json<'a>, JsonError> {
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        // What one reader takes for infinity and another refuses is refused.
        match self.since(start).parse::<f64>() {
            Ok(double) if double.is_finite() => Ok(Json::Other),
            _ => Err(self.error("a number is too large")),
        }
    }

    /// At least one digit, and the number they make unless it is beyond 64 bits.
    #[inline(always)]
    fn digits(&mut self) -> Result<Option<u64>, JsonError> {
        /// Any number of that many digits is within 64 bits.
        const SHORT: usize = 19;
        let start = self.at;
        let mut number = 0_u64;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            number = number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        match self.at - start {
            0 => Err(self.error("expected a digit")),
            1..=SHORT => Ok(Some(number)),
            _ => Ok(self.since(start).parse().ok()),
        }
    }

    /// The rest of a string whose opening quote has been read.
    #[inline(always)]
    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        match self.plain() {
            (plain, true) => Ok(Cow::Borrowed(plain)),
            (plain, false) => Ok(Cow::Owned(self.with_escapes(plain)?)),
        }
    }

    /// A string as far as it goes without escapes, and whether that is all of it.
    #[inline(always)]
    fn plain(&mut self) -> (&'a str, bool) {
        let start = self.at;
        self.skip_plain();
        (self.since(start), self.take(b'"'))
    }

    /// The rest of a string that starts with `plain` and goes on with an escape.
    #[cold]
    fn with_escapes(&mut self, plain: &str) -> Result<String, JsonError> {
        let mut text = plain.to_owned();
        loop {
            if self.take(b'"') {
                return Ok(text);
            }
            if !self.take(b'\\') {
                return Err(self.error("a string does not end, or holds a control character"));
            }
            text.push(self.escaped()?);
            let start = self.at;
            self.skip_plain();
            text.push_str(self.since(start));
        }
    }

    /// Skips to the next quote, backslash or control character, eight bytes at a time.
    #[inline(always)]
    fn skip_plain(&mut self) {
        let mut rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        while let Some((eight, further)) = rest.split_first_chunk() {
            let special = specials(u64::from_le_bytes(*eight));
            if special != 0 {
                self.at += special.trailing_zeros() as usize / 8;
                return;
            }
            self.at += 8;
            rest = further;
        }
        while self.peek().is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
            self.at += 1;
        }
    }

    /// The character that an escape stands for; its backslash has been read.
    fn escaped(&mut self) -> Result<char, JsonError> {
        let escape = self.peek();
        self.at += 1;
        Ok(match escape {
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => self.utf16()?,
            _ => {
                self.at -= 1;
                return Err(self.error("an escape that does not exist"));
            }
        })
    }

    /// A character written as one or two UTF-16 code units; the first `\u` has been read.
    fn utf16(&mut self) -> Result<char, JsonError> {
        let first = self.code_unit()?;
        let second = if matches!(first, 0xD800..=0xDBFF) && self.rest().starts_with("\\u") {
            self.at += 2;
            Some(self.code_unit()?)
        } else {
            None
        };
        let mut characters = char::decode_utf16([first].into_iter().chain(second));
        match characters.next() {
            Some(Ok(character)) => Ok(character),
            _ => Err(self.error("half a surrogate pair")),
        }
    }

    fn code_unit(&mut self) -> Result<u16, JsonError> {
        let digits =
            self.rest().get(..4).filter(|four| four.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = digits.and_then(|four| u16::from_str_radix(four, 16).ok());
        let unit = unit.ok_or_else(|| self.error("expected four hexadecimal digits"))?;
        self.at += 4;
        Ok(unit)
    }

    #[inline(always)]
    fn skip_space(&mut self) {
        // Signers write none, so one comparison decides it.
        if self.peek().is_some_and(|byte| byte <= b' ') {
            self.skip_more_space();
        }
    }

    #[cold]
    fn skip_more_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8, problem: &'static str) -> Result<(), JsonError> {
        if self.take(byte) { Ok(()) } else { Err(self.error(problem)) }
    }

    fn end(&mut self) -> Result<(), JsonError> {
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.error("something follows")) }
    }

    /// What is left. The reader only ever stops before or behind an ASCII character.
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    #[inline(always)]
    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    const fn error(&self, problem: &'static str) -> JsonError {
        JsonError { problem, offset: self.at }
    }
}

/// The high bit of every byte that is a quote, a backslash or a control character. Bytes above the
/// lowest such byte may be marked wrongly; the lowest never is.
const fn specials(eight: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    // Flipping this bit brings the quote (0x22) down beside the control characters (below 0x20),
    // and takes the space (0x20) and `!` (0x21) above them.
    let low = (eight ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
    let slash = (eight ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
    (low | slash) & !eight & HIGH
}

/// The names an object has used. Comparing a few is quicker than hashing them; beyond that a set
/// keeps a hostile object of thousands of members linear.
struct Names<'a> {
    few: [&'a str; Names::FEW],
    used: usize,
    /// The others, and those that are spelled with escapes.
    many: Option<HashSet<Cow<'a, str>>>,
    /// The marks of all of them: a name with a mark of its own needs no comparison.
    marks: u64,
}

impl<'a> Names<'a> {
    const FEW: usize = 16;

    const fn new() -> Self {
        Self { few: [""; Self::FEW], used: 0, many: None, marks: 0 }
    }

    /// Whether the name is a new one.
    #[inline(always)]
    fn insert(&mut self, name: Cow<'a, str>) -> bool {
        let mark = mark(&name);
        if self.marks & mark != 0 && self.contains(&name) {
            return false;
        }
        self.marks |= mark;
        match (name, self.few.get_mut(self.used)) {
            (Cow::Borrowed(name), Some(free)) => {
                *free = name;
                self.used += 1;
            }
            (name, _) => {
                self.many.get_or_insert_default().insert(name);
            }
        }
        true
    }

    fn contains(&self, name: &str) -> bool {
        self.few.iter().take(self.used).any(|few| *few == name)
            || self.many.as_ref().is_some_and(|many| many.contains(name))
    }
}

/// One bit of 64, of the length and the ends of a name.
fn mark(name: &str) -> u64 {
    let end = |byte: Option<&u8>| byte.map_or(0, |byte| u64::from(*byte));
    let (first, last) = (end(name.as_bytes().first()), end(name.as_bytes().last()));
    1 << ((first + 7 * last + 13 * name.len() as u64) % 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Result<String, JsonError> {
        let text = format!(r#"{{"v":{json}}}"#);
        let mut seen = None;
        read_object(&text, |_, value| seen = Some(format!("{value:?}")))?;
        Ok(seen.unwrap())
    }

    #[test]
    fn values_are_told_apart() {
        for (json, read) in [
            ("0", "Integer(0)"),
            ("18446744073709551615", "Integer(18446744073709551615)"),
            ("18446744073709551616", "Other"),
            ("-1", "Other"),
            ("-0", "Other"),
            ("1.0", "Other"),
            ("1e3", "Other"),
            ("1E-300", "Other"),
            ("true", "Other"),
            ("null", "Other"),
            (r#""plain""#, r#"Text("plain")"#),
            (r#""\u0041\n\ud83d\ude00 \"tail\" and more""#, r#"Text("A\n😀 \"tail\" and more")"#),
            (r#""\b\f\n\r\t\/\\\"""#, r#"Text("\u{8}\u{c}\n\r\t/\\\"")"#),
            ("[1, [2]]", r#"Array("[1, [2]]")"#),
            (r#"{"a": {}}"#, r#"Object("{\"a\": {}}")"#),
        ] {
            assert_eq!(value(json).unwrap(), read, "{json}");
            assert_eq!(value(&format!(" \t\r\n{json} ")).unwrap(), read, "{json} with space");
        }
    }

    #[test]
    fn what_is_not_strict_json_is_refused_where_it_stands() {
        for (json, problem) in [
            ("", "expected a value at byte 5"),
            ("01", "a number starts with a needless 0 at byte 7"),
            ("-", "expected a digit at byte 6"),
            ("1.", "expected a digit at byte 7"),
            ("1e+", "expected a digit at byte 8"),
            ("1e400", "a number is too large at byte 10"),
            ("+1", "expected a value at byte 5"),
            (".5", "expected a value at byte 5"),
            ("NaN", "expected a value at byte 5"),
            ("nul", "expected a value at byte 5"),
            ("truely", "expected a comma or the end of the object at byte 9"),
            ("[1,]", "expected a value at byte 8"),
            ("[1 2]", "expected a comma or the end of the array at byte 8"),
            (r#"{"a":1,}"#, "expected the name of a member at byte 12"),
            (r#"{"a" 1}"#, "expected a colon at byte 10"),
            (r#"{"a":1,"\u0061":2}"#, "an object names a member twice at byte 22"),
            ("\"a\tb\"", "a string does not end, or holds a control character at byte 7"),
            (r#""\x""#, "an escape that does not exist at byte 7"),
            (r#""\u12g4""#, "expected four hexadecimal digits at byte 8"),
            (r#""\u+123""#, "expected four hexadecimal digits at byte 8"),
            (r#""\ud83d""#, "half a surrogate pair at byte 12"),
            (r#""\ud83d\u0041""#, "half a surrogate pair at byte 18"),
            (r#""\ude00""#, "half a surrogate pair at byte 12"),
            ("1}{", "something follows at byte 7"),
        ] {
            assert_eq!(value(json).unwrap_err().to_string(), problem, "{json}");
        }
        assert!(read_object("[]", |_, _| ()).is_err());
        assert!(read_array("{}", |_| ()).is_err());
    }

    #[test]
    fn the_outermost_array_counts_as_one_level() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(read_array(&nested(MAX_DEPTH), |_| ()).is_ok());
        assert!(read_array(&nested(MAX_DEPTH + 1), |_| ()).is_err());
    }

    #[test]
    fn a_special_byte_is_found_wherever_it_stands() {
        for length in 0..20 {
            for special in ['"', '\\', '\u{1f}', '\0'] {
                for filler in [' ', '!', '#', 'é', '\u{7f}', '[', ']'] {
                    let plain: String = std::iter::repeat_n(filler, length).collect();
                    let text = format!("{plain}{special}\"\\");
                    let mut reader = Reader::new(&text);
                    reader.skip_plain();
                    assert_eq!(reader.at, plain.len(), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn a_second_name_is_found_among_few_and_among_many() {
        for members in [2, 15, 16, 17, 18, 100] {
            let names = |count| (0..count).map(|i| format!(r#""name{i}":0"#));
            let object = |names: Vec<String>| format!("{{{}}}", names.join(","));
            let distinct: Vec<_> = names(members).collect();
            assert!(read_object(&object(distinct.clone()), |_, _| ()).is_ok());
            for again in [0, members / 2, members - 1] {
                let doubled = [distinct.clone(), vec![format!(r#""name{again}":1"#)]].concat();
                assert!(read_object(&object(doubled), |_, _| ()).is_err(), "{again} of {members}");
            }
        }
    }
}
