//! Limits and defaults as text, for the documentation, the command line and the playground.

use serde_json::Value;

use crate::language::Language;
use crate::model::{Field, Limits};

impl Field {
    /// Returns the description, followed by limits and default as sentences.
    ///
    /// ```
    /// use coze_spec::model::Field;
    ///
    /// # fn main() -> Result<(), serde_json::Error> {
    /// let text = r#"{"wire": "name", "rust": "name", "kind": "string", "description": "The name.",
    ///     "limits": {"max_length": 20}}"#;
    /// let field: Field = serde_json::from_str(text)?;
    /// assert_eq!(field.documentation(), "The name. At most 20 characters.");
    /// # Ok(())
    /// # }
    /// ```
    pub fn documentation(&self) -> String {
        let text = self.description.trim_end();
        let phrases = self.constraints();
        let sentences: Vec<String> = phrases.iter().map(|phrase| sentence(phrase)).collect();
        let sentences = sentences.join(" ");
        match (text.is_empty() || sentences.is_empty(), text.contains('\n')) {
            (true, _) => format!("{text}{sentences}"),
            (false, true) => format!("{text}\n\n{sentences}"),
            (false, false) => format!("{text} {sentences}"),
        }
    }

    /// Returns limits and default, each as a phrase: `1 to 20 characters`, ``default: `auto` ``.
    pub fn constraints(&self) -> Vec<String> {
        self.constraints_in(Language::English)
    }

    /// Returns limits and default as phrases of a language.
    pub fn constraints_in(&self, language: Language) -> Vec<String> {
        let mut phrases = self.limits.phrases_in(language);
        phrases.extend(self.default.as_ref().map(|value| default(value, language)));
        phrases
    }
}

impl Limits {
    /// Returns each limit as a phrase, such as `1 to 20 characters`.
    pub fn phrases(&self) -> Vec<String> {
        self.phrases_in(Language::English)
    }

    fn phrases_in(&self, language: Language) -> Vec<String> {
        let number = |value: &Option<serde_json::Number>| value.as_ref().map(ToString::to_string);
        let count = |value: Option<u64>| value.map(|value| value.to_string());
        let (characters, items, of_each, comma, range): (_, _, _, _, Range) = match language {
            Language::English => ("character", "item", "each item: ", ", ", english_range),
            Language::Chinese => (" 个字符", " 项", "每项：", "，", chinese_range),
        };
        let each = self.each.as_ref().map(|each| each.phrases_in(language).join(comma));
        let phrases = [
            range(number(&self.minimum), number(&self.maximum), ""),
            range(count(self.min_length), count(self.max_length), characters),
            range(count(self.min_items), count(self.max_items), items),
            each.filter(|each| !each.is_empty()).map(|each| format!("{of_each}{each}")),
        ];
        phrases.into_iter().flatten().collect()
    }
}

/// Writes a range from its ends and its unit.
type Range = fn(Option<String>, Option<String>, &str) -> Option<String>;

fn chinese_range(low: Option<String>, high: Option<String>, unit: &str) -> Option<String> {
    match (low, high) {
        (Some(low), Some(high)) if low == high => Some(format!("必须为 {low}{unit}")),
        (Some(low), Some(high)) => Some(format!("{low} 到 {high}{unit}")),
        (Some(low), None) => Some(format!("至少 {low}{unit}")),
        (None, Some(high)) => Some(format!("最多 {high}{unit}")),
        (None, None) => None,
    }
}

fn english_range(low: Option<String>, high: Option<String>, unit: &str) -> Option<String> {
    let phrase = match (low, high) {
        (Some(low), Some(high)) if low == high => format!("exactly {}", units(&low, unit)),
        (Some(low), Some(high)) => format!("{low} to {}", units(&high, unit)),
        (Some(low), None) => format!("at least {}", units(&low, unit)),
        (None, Some(high)) => format!("at most {}", units(&high, unit)),
        (None, None) => return None,
    };
    Some(phrase)
}

fn units(number: &str, unit: &str) -> String {
    match (unit, number) {
        ("", _) => number.to_owned(),
        (_, "1") => format!("1 {unit}"),
        _ => format!("{number} {unit}s"),
    }
}

fn default(value: &Value, language: Language) -> String {
    let (name, empty) = match language {
        Language::English => ("default: ", "default: empty"),
        Language::Chinese => ("默认为 ", "默认为空"),
    };
    match value {
        Value::String(text) if text.is_empty() => empty.to_owned(),
        Value::String(text) => format!("{name}`{text}`"),
        value => format!("{name}{value}"),
    }
}

fn sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Type;

    fn field(description: &str, limits: Value, default: Option<Value>) -> Field {
        Field {
            wire: "name".to_owned(),
            aliases: Vec::new(),
            rust: "name".to_owned(),
            kind: Type::String,
            required: false,
            nullable: false,
            description: description.to_owned(),
            limits: serde_json::from_value(limits).unwrap_or_default(),
            default,
        }
    }

    #[test]
    fn phrases_are_in_a_language() {
        let limits = json!({"max_items": 2, "each": {"min_length": 1, "max_length": 4}});
        let field = field("", limits, Some(json!("")));
        let phrases = field.constraints_in(Language::Chinese);
        assert_eq!(phrases, ["最多 2 项", "每项：1 到 4 个字符", "默认为空"]);
        assert_eq!(field.constraints()[0], "at most 2 items");
    }

    #[test]
    fn limits_and_defaults_become_sentences() {
        let cases = [
            (json!({}), None, ""),
            (json!({"minimum": 1, "maximum": 9}), Some(json!(5)), "1 to 9. Default: 5."),
            (json!({"minimum": 0.5}), None, "At least 0.5."),
            (json!({"max_length": 20}), None, "At most 20 characters."),
            (json!({"max_length": 1}), None, "At most 1 character."),
            (json!({"min_length": 3, "max_length": 3}), None, "Exactly 3 characters."),
            (json!({"min_items": 1, "max_items": 5}), None, "1 to 5 items."),
            (
                json!({"max_items": 2, "each": {"min_length": 1, "max_length": 4}}),
                None,
                "At most 2 items. Each item: 1 to 4 characters.",
            ),
            (json!({}), Some(json!("")), "Default: empty."),
            (json!({}), Some(json!("en")), "Default: `en`."),
            (json!({}), Some(json!(false)), "Default: false."),
        ];
        for (limits, default, expected) in cases {
            let text = format!("{limits} {default:?}");
            assert_eq!(field("", limits, default).documentation(), expected, "{text}");
        }
    }

    #[test]
    fn sentences_follow_the_description() {
        let documentation = |text: &str| field(text, json!({}), Some(json!(1))).documentation();
        assert_eq!(documentation("A."), "A. Default: 1.");
        // Directly after a list, the sentence would belong to the last item.
        assert_eq!(documentation("A:\n\n- b"), "A:\n\n- b\n\nDefault: 1.");
        assert_eq!(field("A.", json!({}), None).documentation(), "A.");
    }
}
