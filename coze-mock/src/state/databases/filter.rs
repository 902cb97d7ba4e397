//! Filters of records.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Database, DatabaseRecord, FieldKind};
use crate::error::ApiError;

/// A filter: conditions, all or one of which a record must meet.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    any: bool,
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug)]
struct Condition {
    field: String,
    kind: FieldKind,
    test: Test,
    /// `true` if the test has to fail, as in `not_like`.
    negated: bool,
}

#[derive(Clone, Debug)]
enum Test {
    Compare(fn(Ordering) -> bool, String),
    In(Vec<String>),
    Like(Vec<char>),
    Null,
}

impl Filter {
    /// Reads the member `filter` of a request.
    pub(crate) fn read(database: &Database, filter: &Value) -> Result<Self, ApiError> {
        let conditions = filter["conditions"].as_array().map_or(&[][..], Vec::as_slice);
        if conditions.is_empty() {
            return Err(ApiError::field("filter.conditions", "at least one is needed"));
        }
        let any = match filter["logic"].as_str() {
            Some("or") => true,
            Some("and") => false,
            _ => return Err(ApiError::field("filter.logic", "it is neither `and` nor `or`")),
        };
        let conditions = conditions.iter().enumerate();
        let conditions = conditions.map(|(index, one)| Condition::read(database, index, one));
        Ok(Self { any, conditions: conditions.collect::<Result<_, _>>()? })
    }

    /// Returns `true` if the record meets the conditions.
    pub(crate) fn accepts(&self, record: &DatabaseRecord) -> bool {
        let mut conditions = self.conditions.iter();
        if self.any {
            conditions.any(|condition| condition.accepts(record))
        } else {
            conditions.all(|condition| condition.accepts(record))
        }
    }
}

impl Condition {
    fn read(database: &Database, index: usize, condition: &Value) -> Result<Self, ApiError> {
        let place = |member: &str| format!("filter.conditions.{index}.{member}");
        let text = |member: &str| condition[member].as_str();
        let field = text("left").unwrap_or_default();
        let kind = database.field(&place("left"), field)?.kind;
        let operation = text("operation").unwrap_or_default();
        let right =
            || text("right").ok_or_else(|| ApiError::field(&place("right"), "a value is needed"));
        let value = |text: &str| {
            let why = || format!("`{text}` is not of the type {}", kind.name());
            kind.read(text).ok_or_else(|| ApiError::field(&place("right"), why()))
        };
        let compare = |test| Ok::<_, ApiError>(Test::Compare(test, value(right()?)?));
        let (test, negated) = match operation {
            "equal" => (compare(Ordering::is_eq)?, false),
            "not_equal" => (compare(Ordering::is_ne)?, false),
            "greater_than" => (compare(Ordering::is_gt)?, false),
            "greater_equal" => (compare(Ordering::is_ge)?, false),
            "less_than" => (compare(Ordering::is_lt)?, false),
            "less_equal" => (compare(Ordering::is_le)?, false),
            "in" | "not_in" => {
                let values =
                    list(right()?).iter().map(|text| value(text)).collect::<Result<_, _>>();
                (Test::In(values?), operation == "not_in")
            }
            "like" | "not_like" => {
                (Test::Like(right()?.to_lowercase().chars().collect()), operation == "not_like")
            }
            "is_null" | "is_not_null" => (Test::Null, operation == "is_not_null"),
            _ => {
                let why = format_args!("`{operation}` is not an operation");
                return Err(ApiError::field(&place("operation"), why));
            }
        };
        Ok(Self { field: field.to_owned(), kind, test, negated })
    }

    fn accepts(&self, record: &DatabaseRecord) -> bool {
        let value = record.values.get(&self.field);
        let accepted = match (&self.test, value) {
            (Test::Null, value) => value.is_none(),
            // As in SQL, no comparison with null is true.
            (_, None) => return false,
            (Test::Compare(test, right), Some(value)) => test(self.kind.compare(value, right)),
            (Test::In(values), Some(value)) => values.contains(value),
            (Test::Like(pattern), Some(value)) => {
                let value: Vec<char> = value.to_lowercase().chars().collect();
                like(pattern, &value)
            }
        };
        accepted != self.negated
    }
}

/// The values in the text of `in`. Its form is not documented: a JSON array or values separated by
/// commas.
fn list(text: &str) -> Vec<String> {
    let scalar = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    match serde_json::from_str(text) {
        Ok(Value::Array(values)) => values.into_iter().map(scalar).collect(),
        _ => text.split(',').map(|value| value.trim().to_owned()).collect(),
    }
}

/// Returns `true` if the text matches the pattern, with the wildcards of SQL: `%` for any text and
/// `_` for a character.
fn like(pattern: &[char], text: &[char]) -> bool {
    // The rest of the pattern after the last `%`, and the rest of the text that it was tried on.
    let mut retry: Option<(usize, usize)> = None;
    let (mut p, mut t) = (0, 0);
    while t < text.len() {
        match pattern.get(p) {
            Some('%') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(c) if *c == '_' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match &mut retry {
                Some((after, from)) => {
                    *from += 1;
                    (p, t) = (*after, *from);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_the_wildcards_of_sql() {
        let matches = |pattern: &str, text: &str| {
            let [pattern, text] = [pattern, text].map(|text| text.chars().collect::<Vec<_>>());
            like(&pattern, &text)
        };
        for (pattern, text) in
            [("%", ""), ("", ""), ("a%", "abc"), ("%c", "abc"), ("a_c", "abc"), ("%b%b%", "abab")]
        {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("a", "abc"), ("_", ""), ("a%d", "abc"), ("%aab", "aaa")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_list_is_json_or_separated_by_commas() {
        assert_eq!(list("[1, \"b\", true]"), ["1", "b", "true"]);
        assert_eq!(list("1, b"), ["1", "b"]);
        assert_eq!(list("[1"), ["[1"]);
    }
}
