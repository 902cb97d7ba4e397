//! Rules about values: limits and defaults fit their types, and ids are strings.

use serde_json::Value;

use crate::diagnostic::Diagnostics;
use crate::document::Node;
use crate::model::Type;
use crate::read;

/// Checks the limits and the default of a value, and of the values in it.
pub(super) fn check(node: &Node<'_>, findings: &mut Diagnostics) {
    let Ok(kind) = read::type_of(node) else { return };
    limits(node, &kind, findings);
    default(node, &kind, findings);
    for inner in ["items", "additionalProperties"].iter().filter_map(|key| node.get(key)) {
        check(&inner, findings);
    }
}

/// A pair of keywords, and the types that they limit.
type Limit = (&'static str, &'static str, fn(&Type) -> bool);

const LIMITS: [Limit; 3] = [
    ("minimum", "maximum", |kind| matches!(kind, Type::Int32 | Type::Int64 | Type::Double)),
    ("minLength", "maxLength", |kind| matches!(kind, Type::String | Type::Secret)),
    ("minItems", "maxItems", |kind| matches!(kind, Type::List(_))),
];

fn limits(node: &Node<'_>, kind: &Type, findings: &mut Diagnostics) {
    for (low, high, fits) in LIMITS {
        for key in [low, high] {
            if let Some(limit) = node.get(key).filter(|_| !fits(kind)) {
                let message = format!("`{key}` does not apply to this type");
                let help = "numbers have minimum and maximum, strings minLength and maxLength, lists minItems and maxItems";
                limit.report(findings, message, help);
            }
        }
        let number = |key: &str| node.value.get(key).and_then(Value::as_f64);
        if let (Some(least), Some(most)) = (number(low), number(high))
            && least > most
        {
            node.report(
                findings,
                format!("`{low}` is greater than `{high}`"),
                "correct one of them",
            );
        }
    }
}

fn default(node: &Node<'_>, kind: &Type, findings: &mut Diagnostics) {
    let Some(default) = node.get("default") else { return };
    let value = default.value;
    let fits = match kind {
        Type::String => value.is_string(),
        Type::Int32 => value.as_i64().is_some_and(is_int32),
        Type::Int64 => value.is_i64(),
        Type::Double => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::List(_) => value.is_array(),
        Type::Map(_) => value.is_object(),
        Type::Json => true,
        Type::Secret | Type::File => false,
        Type::Named(_) => return listed(node, &default, findings),
    };
    let (message, help) = if !fits {
        let help = "write a value of the type, digits of a string quoted";
        ("the default is not of its type", help)
    } else if exceeds(node, value) {
        ("the default exceeds the limits", "correct the default or the limits")
    } else {
        return;
    };
    default.report(findings, message, help);
}

/// Checks that the default of an enum is a listed value.
fn listed(node: &Node<'_>, default: &Node<'_>, findings: &mut Diagnostics) {
    let Some(schema) = node.resolve() else { return };
    let values = schema.items_of("enum");
    if values.is_empty() {
        default.report(findings, "a default of an object", "describe it in words");
    } else if !values.iter().any(|value| value.value == default.value) {
        let message = not_listed(&schema, default.value);
        default.report(findings, message, "use a listed value, or list this one");
    }
}

/// Returns the message about a value that an enum does not list.
pub(super) fn not_listed(schema: &Node<'_>, value: &Value) -> String {
    let name = schema.pointer.rsplit('/').next().unwrap_or_default();
    let list = schema.get("enum").unwrap_or_else(|| schema.clone()).location();
    format!("{value} is not a listed value of `{name}`, see {list}")
}

/// Returns `true` if the value exceeds the limits of its schema.
pub(super) fn exceeds(schema: &Node<'_>, value: &Value) -> bool {
    let limit = |key: &str| schema.value.get(key).and_then(Value::as_f64);
    let measure = |size: usize| Some(u32::try_from(size).unwrap_or(u32::MAX).into());
    let (size, low, high): (Option<f64>, _, _) = match value {
        Value::Number(number) => (number.as_f64(), limit("minimum"), limit("maximum")),
        Value::String(text) => {
            (measure(text.chars().count()), limit("minLength"), limit("maxLength"))
        }
        Value::Array(items) => (measure(items.len()), limit("minItems"), limit("maxItems")),
        _ => return false,
    };
    size.is_some_and(|size| {
        low.is_some_and(|low| size < low) || high.is_some_and(|high| size > high)
    })
}

pub(super) fn is_int32(value: i64) -> bool {
    i32::try_from(value).is_ok()
}

/// Checks that ids are strings, because JavaScript rounds large integers.
pub(super) fn id(name: &str, schema: &Node<'_>, findings: &mut Diagnostics) {
    let Ok(kind) = read::type_of(schema) else { return };
    let integer = |kind: &Type| matches!(kind, Type::Int32 | Type::Int64);
    let wrong = match &kind {
        Type::List(item) => name.ends_with("_ids") && integer(item),
        kind => (name == "id" || name.ends_with("_id")) && integer(kind),
    };
    if wrong {
        schema.report(findings, format!("the id `{name}` is an integer"), "write `type: string`");
    }
}
