//! Python expressions, formatted like the common formatters do.

use std::fmt::Write as _;

use serde_json::Value;

/// The maximum line length.
pub(super) const WIDTH: usize = 88;
const INDENT: usize = 4;

/// A Python expression.
pub(super) enum Expression {
    /// A literal or a name, which is never split.
    Atom(String),
    /// A call of a function or a class with keyword arguments.
    Call(String, Vec<(String, Self)>),
    List(Vec<Self>),
    Dict(Vec<(String, Self)>),
}

impl Expression {
    /// Converts a JSON value to a Python literal.
    pub(super) fn literal(value: &Value) -> Self {
        match value {
            Value::Null => Self::Atom("None".to_owned()),
            Value::Bool(true) => Self::Atom("True".to_owned()),
            Value::Bool(false) => Self::Atom("False".to_owned()),
            Value::Array(items) => Self::List(items.iter().map(Self::literal).collect()),
            Value::Object(entries) => Self::Dict(
                entries
                    .iter()
                    .map(|(key, value)| {
                        (Value::from(key.as_str()).to_string(), Self::literal(value))
                    })
                    .collect(),
            ),
            // JSON numbers and strings are valid Python literals.
            value => Self::Atom(value.to_string()),
        }
    }

    /// Formats the expression between the texts before and after it.
    pub(super) fn between(&self, before: &str, after: &str) -> String {
        let mut text = before.to_owned();
        let rest = after.lines().next().unwrap_or_default();
        self.write(0, before.chars().count(), rest.chars().count(), &mut text);
        text + after
    }

    /// Writes the expression on one line if it fits, and otherwise one item per line.
    fn write(&self, indent: usize, before: usize, after: usize, text: &mut String) {
        let flat = self.flat();
        let (open, items, close) = self.parts();
        if items.is_empty() || before + flat.chars().count() + after <= WIDTH {
            text.push_str(&flat);
            return;
        }
        let inner = indent + INDENT;
        let _ = writeln!(text, "{open}");
        for (key, item) in items {
            let _ = write!(text, "{:inner$}{key}", "");
            item.write(inner, inner + key.chars().count(), 1, text);
            text.push_str(",\n");
        }
        let _ = write!(text, "{:indent$}{close}", "");
    }

    fn flat(&self) -> String {
        if let Self::Atom(text) = self {
            return text.clone();
        }
        let (open, items, close) = self.parts();
        let items: Vec<String> =
            items.iter().map(|(key, item)| format!("{key}{}", item.flat())).collect();
        format!("{open}{}{close}", items.join(", "))
    }

    /// Returns the brackets, and the items between them with their prefixes.
    fn parts(&self) -> (String, Vec<(String, &Self)>, &'static str) {
        match self {
            Self::Atom(_) => (String::new(), Vec::new(), ""),
            Self::Call(name, arguments) => {
                let items = arguments.iter();
                let items = items.map(|(name, value)| (format!("{name}="), value));
                (format!("{name}("), items.collect(), ")")
            }
            Self::List(items) => {
                let items = items.iter().map(|item| (String::new(), item));
                ("[".to_owned(), items.collect(), "]")
            }
            Self::Dict(entries) => {
                let items = entries.iter();
                let items = items.map(|(key, value)| (format!("{key}: "), value));
                ("{".to_owned(), items.collect(), "}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_lines_are_split_at_brackets() {
        let long = "x".repeat(60);
        let value = json!({"a": [1, true, null], "b": {"c": long, "d": "e".repeat(20)}});
        let text = Expression::Call(
            "coze.call".to_owned(),
            vec![("value".to_owned(), Expression::literal(&value))],
        )
        .between("reply = ", "");
        let d = "e".repeat(20);
        assert_eq!(
            text,
            format!(
                "reply = coze.call(\n    value={{\n        \"a\": [1, True, None],\n        \
                 \"b\": {{\n            \"c\": \"{long}\",\n            \"d\": \"{d}\",\n        \
                 }},\n    }},\n)"
            )
        );
    }

    #[test]
    fn short_expressions_stay_on_one_line() {
        let value = Expression::literal(&json!(["a", {"b\"\n": "Grüße 😀"}]));
        assert_eq!(value.between("f(", ")"), "f([\"a\", {\"b\\\"\\n\": \"Grüße 😀\"}])");
    }
}
