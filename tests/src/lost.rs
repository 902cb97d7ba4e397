//! Compares a decoded value with its JSON, to find members that were lost.

use serde_json::Value;

/// Returns the paths of the members of `sample` that are missing in `value`, unless they are zero
/// values.
pub fn lost(value: &Value, sample: &Value) -> Vec<String> {
    let mut lost = Vec::new();
    compare(value, sample, String::new(), &mut lost);
    lost
}

fn compare(value: &Value, sample: &Value, path: String, lost: &mut Vec<String>) {
    match (value, sample) {
        (_, sample) if is_zero(sample) && is_zero(value) => {}
        (Value::Object(value), Value::Object(sample)) => {
            for (name, sample) in sample {
                let value = value.get(name).unwrap_or(&Value::Null);
                compare(value, sample, format!("{path}/{name}"), lost);
            }
        }
        (Value::Array(value), Value::Array(sample)) if value.len() == sample.len() => {
            for (index, (value, sample)) in value.iter().zip(sample).enumerate() {
                compare(value, sample, format!("{path}/{index}"), lost);
            }
        }
        _ if text(value) == text(sample) => {}
        (Value::Number(value), Value::Number(sample)) if value.as_f64() == sample.as_f64() => {}
        _ => lost.push(path),
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(value) => value.as_f64() == Some(0.0),
        Value::String(value) => value.is_empty() || value == "0",
        Value::Array(value) => value.is_empty(),
        Value::Object(value) => value.values().all(is_zero),
    }
}

/// Formats a scalar as text, because samples write ids with and without quotes.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        value => canonical(value),
    }
}

/// Returns the same text for equivalent values: keys sorted, and integers as strings.
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(name, _)| *name);
            let entries =
                entries.iter().map(|(name, value)| format!("{name:?}: {}", canonical(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            let items = items.iter().map(canonical);
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        Value::Number(number) => format!("{:?}", number.to_string()),
        value => value.to_string(),
    }
}
