//! Values and calls as text of a language, formatted like its common formatter does.

use std::fmt::Write as _;

use serde_json::Value;

/// The syntax and the layout of values in a language.
pub(super) struct Syntax {
    /// `null`, `true` and `false`.
    words: [&'static str; 3],
    /// The text between the name and the value of an argument.
    argument: &'static str,
    /// Set if keys that are identifiers have no quotes, and braces have inner spaces.
    objects: bool,
    indent: usize,
    /// The maximum line length.
    pub(super) width: usize,
}

pub(super) const PYTHON: Syntax = Syntax {
    words: ["None", "True", "False"],
    argument: "=",
    objects: false,
    indent: 4,
    width: 88,
};

pub(super) const JAVASCRIPT: Syntax = Syntax {
    words: ["null", "true", "false"],
    argument: ": ",
    objects: true,
    indent: 2,
    width: 80,
};

/// An expression.
#[derive(Clone)]
pub(super) enum Expression {
    /// A literal or a name, which is never split.
    Atom(String),
    /// `null`, `true` or `false`, by their index.
    Word(usize),
    /// A call of a function or a class with keyword arguments.
    Call(String, Vec<(String, Self)>),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Expression {
    /// Converts a JSON value to a literal.
    pub(super) fn literal(value: &Value) -> Self {
        match value {
            Value::Null => Self::Word(0),
            Value::Bool(value) => Self::Word(if *value { 1 } else { 2 }),
            Value::Array(items) => Self::List(items.iter().map(Self::literal).collect()),
            Value::Object(entries) => Self::Object(
                entries.iter().map(|(key, value)| (key.clone(), Self::literal(value))).collect(),
            ),
            // JSON numbers and strings are valid literals of both languages.
            value => Self::Atom(value.to_string()),
        }
    }

    /// Formats the expression between the texts before and after it.
    pub(super) fn between(&self, syntax: &Syntax, before: &str, after: &str) -> String {
        let mut text = before.to_owned();
        let start = before.lines().last().unwrap_or_default().chars().count();
        let rest = after.lines().next().unwrap_or_default();
        self.write(syntax, 0, start, rest.chars().count(), &mut text);
        text + after
    }

    /// Writes the expression on one line if it fits, and otherwise one item per line.
    fn write(
        &self,
        syntax: &Syntax,
        indent: usize,
        before: usize,
        after: usize,
        text: &mut String,
    ) {
        let flat = self.flat(syntax);
        let (open, items, close) = self.parts(syntax);
        if items.is_empty() || before + flat.chars().count() + after <= syntax.width {
            text.push_str(&flat);
            return;
        }
        let inner = indent + syntax.indent;
        let _ = writeln!(text, "{open}");
        for (key, item) in items {
            let _ = write!(text, "{:inner$}{key}", "");
            item.write(syntax, inner, inner + key.chars().count(), 1, text);
            text.push_str(",\n");
        }
        let _ = write!(text, "{:indent$}{close}", "");
    }

    fn flat(&self, syntax: &Syntax) -> String {
        match self {
            Self::Atom(text) => return text.clone(),
            Self::Word(index) => {
                return syntax.words.get(*index).copied().unwrap_or_default().into();
            }
            _ => {}
        }
        let (open, items, close) = self.parts(syntax);
        let padding = if syntax.objects && close == "}" && !items.is_empty() { " " } else { "" };
        let items: Vec<String> =
            items.iter().map(|(key, item)| format!("{key}{}", item.flat(syntax))).collect();
        format!("{open}{padding}{}{padding}{close}", items.join(", "))
    }

    /// Returns the brackets, and the items between them with their prefixes.
    fn parts(&self, syntax: &Syntax) -> (String, Vec<(String, &Self)>, &'static str) {
        match self {
            Self::Atom(_) | Self::Word(_) => (String::new(), Vec::new(), ""),
            Self::Call(name, arguments) => {
                let items = arguments.iter();
                let items =
                    items.map(|(name, value)| (format!("{name}{}", syntax.argument), value));
                (format!("{name}("), items.collect(), ")")
            }
            Self::List(items) => {
                let items = items.iter().map(|item| (String::new(), item));
                ("[".to_owned(), items.collect(), "]")
            }
            Self::Object(entries) => {
                let items = entries.iter();
                let items = items.map(|(key, value)| (format!("{}: ", syntax.key(key)), value));
                ("{".to_owned(), items.collect(), "}")
            }
        }
    }
}

impl Syntax {
    /// Returns the key of an object as it is written.
    fn key(&self, key: &str) -> String {
        if self.objects && is_identifier(key) { key.to_owned() } else { string(key) }
    }
}

/// Returns `true` for names of members that need no quotes.
fn is_identifier(name: &str) -> bool {
    let starts = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Returns a text as a string literal of Python, JavaScript, Java or Go.
pub(super) fn string(text: &str) -> String {
    Value::from(text).to_string()
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
        .between(&PYTHON, "reply = ", "");
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
        let python = value.between(&PYTHON, "f(", ")");
        assert_eq!(python, "f([\"a\", {\"b\\\"\\n\": \"Grüße 😀\"}])");
        let value = Expression::literal(&json!([{"a": null, "content-type": true}, {}]));
        let javascript = value.between(&JAVASCRIPT, "f(", ");");
        assert_eq!(javascript, "f([{ a: null, \"content-type\": true }, {}]);");
    }
}
