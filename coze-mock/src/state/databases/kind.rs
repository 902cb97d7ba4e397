//! Types of the fields of databases, and values as text.

use std::cmp::Ordering;

/// The type of the values of a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    #[default]
    Text,
    /// An integer.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A point in time. The platform does not document its form, so any text is one.
    Time,
}

impl FieldKind {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Text, "string"),
        (Self::Integer, "integer"),
        (Self::Number, "number"),
        (Self::Boolean, "boolean"),
        (Self::Time, "time"),
    ];

    /// The type with this name, in any case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.into_iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
        found.map(|(kind, _)| kind)
    }

    /// The name of the API.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// The value in the form in which the API shows it, if it is one of this type.
    pub(crate) fn read(self, text: &str) -> Option<String> {
        let trimmed = text.trim();
        match self {
            Self::Text | Self::Time => Some(text.to_owned()),
            Self::Integer => trimmed.parse::<i64>().ok().map(|value| value.to_string()),
            Self::Number => {
                let value = trimmed.parse::<f64>().ok().filter(|value| value.is_finite());
                value.map(|value| value.to_string())
            }
            Self::Boolean => match trimmed.to_ascii_lowercase().as_str() {
                "true" | "1" => Some("true".to_owned()),
                "false" | "0" => Some("false".to_owned()),
                _ => None,
            },
        }
    }

    /// Compares two values that were read.
    pub(crate) fn compare(self, a: &str, b: &str) -> Ordering {
        match self {
            Self::Text | Self::Time | Self::Boolean => a.cmp(b),
            Self::Integer => a.parse::<i64>().ok().cmp(&b.parse().ok()),
            Self::Number => {
                let number = |text: &str| text.parse::<f64>().unwrap_or_default();
                number(a).total_cmp(&number(b))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_one_form_each() {
        let read = |name, text| FieldKind::named(name).unwrap().read(text);
        assert_eq!(read("Integer", " 007 ").as_deref(), Some("7"));
        assert_eq!(read("integer", "1.5"), None);
        assert_eq!(read("number", "1.50").as_deref(), Some("1.5"));
        assert_eq!(read("number", "NaN"), None);
        assert_eq!(read("boolean", "TRUE").as_deref(), Some("true"));
        assert_eq!(read("boolean", "yes"), None);
        assert_eq!(read("string", " a ").as_deref(), Some(" a "));
        assert_eq!(FieldKind::named("text"), None);
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert_eq!(FieldKind::Integer.compare("9", "10"), Ordering::Less);
        assert_eq!(FieldKind::Number.compare("9.5", "10"), Ordering::Less);
        assert_eq!(FieldKind::Text.compare("9", "10"), Ordering::Greater);
    }
}
