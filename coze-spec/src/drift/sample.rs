//! The members of samples.

use serde_json::Value;

/// Returns the paths of the members of a sample and the types of their values, in the order of the
/// sample. Text that is not JSON has none.
pub(super) fn members(text: &str) -> Vec<(String, &'static str)> {
    let mut members = Vec::new();
    // A request is the body of a command.
    let body = match (text.find("'{"), text.rfind("}'")) {
        (Some(start), Some(end)) if start < end => &text[start + 1..=end],
        _ => text,
    };
    if let Ok(value) = serde_json::from_str(body) {
        add("", &value, &mut members);
    }
    members
}

fn add(path: &str, value: &Value, members: &mut Vec<(String, &'static str)>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                if !members.iter().any(|(known, _)| *known == path) {
                    members.push((path.clone(), kind(value)));
                }
                add(&path, value, members);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| add(path, item, members)),
        _ => {}
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
