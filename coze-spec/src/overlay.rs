//! The texts of a model in another language, laid over the model in English.
//!
//! An overlay is JSON in the shape of the model that holds nothing but the strings that differ. The
//! items of a list are members under their names, so that an overlay stays as it is when items are
//! added to the list.

use serde_json::Value;

/// Returns the strings of `translated` that differ from those of `original`.
#[cfg(feature = "source")]
pub(crate) fn difference(original: &Value, translated: &Value) -> Option<Value> {
    let mut members = serde_json::Map::new();
    match (original, translated) {
        (Value::String(old), Value::String(new)) => {
            return (old != new).then(|| translated.clone());
        }
        (Value::Object(old), Value::Object(new)) => {
            for (key, old) in old {
                let member = new.get(key).and_then(|new| difference(old, new));
                members.extend(member.map(|member| (key.clone(), member)));
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            for ((index, old), new) in old.iter().enumerate().zip(new) {
                let item = difference(old, new).map(|item| (label(old, index), item));
                members.extend(item);
            }
        }
        _ => {}
    }
    (!members.is_empty()).then_some(Value::Object(members))
}

/// Puts the strings of an overlay into a model. Members that the model does not have are ignored.
#[cfg(any(feature = "embedded", test))]
pub(crate) fn apply(value: &mut Value, overlay: &Value) {
    match (value, overlay) {
        (Value::String(text), Value::String(new)) => new.clone_into(text),
        (Value::Object(members), Value::Object(overlay)) => {
            for (key, overlay) in overlay {
                if let Some(member) = members.get_mut(key) {
                    apply(member, overlay);
                }
            }
        }
        (Value::Array(items), Value::Object(overlay)) => {
            for (index, item) in items.iter_mut().enumerate() {
                if let Some(overlay) = overlay.get(&label(item, index)) {
                    apply(item, overlay);
                }
            }
        }
        _ => {}
    }
}

/// The name of an item of a list, or its position. No two items of a list have the same name.
fn label(item: &Value, index: usize) -> String {
    let names = ["id", "name", "wire", "value"].into_iter().filter_map(|key| item.get(key));
    let mut names = names.filter_map(|name| match name {
        Value::String(name) => Some(name.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    names.next().unwrap_or_else(|| index.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_overlay_holds_what_differs_and_nothing_else() {
        let original = json!({
            "version": "1",
            "schemas": [
                {"name": "Bot", "description": "A bot.", "fields": [{"wire": "id", "description": "The ID."}]},
                {"name": "Mode", "variants": [{"value": 0, "description": "One."}, {"value": 1, "description": "Two."}]},
            ],
            "webhooks": [{"event": {"description": "An event."}}, {"event": {"description": "Another."}}],
        });
        let mut translated = original.clone();
        translated["schemas"][0]["fields"][0]["description"] = json!("ID。");
        translated["schemas"][1]["variants"][1]["description"] = json!("二。");
        translated["webhooks"][1]["event"]["description"] = json!("另一事件。");
        let overlay = difference(&original, &translated).unwrap();
        let expected = json!({
            "schemas": {
                "Bot": {"fields": {"id": {"description": "ID。"}}},
                "Mode": {"variants": {"1": {"description": "二。"}}},
            },
            "webhooks": {"1": {"event": {"description": "另一事件。"}}},
        });
        assert_eq!(overlay, expected);
        let mut value = original.clone();
        apply(&mut value, &overlay);
        assert_eq!(value, translated);
        assert_eq!(difference(&original, &original), None);
    }

    #[test]
    fn an_overlay_of_another_model_does_no_harm() {
        let original =
            json!({"schemas": [{"name": "Bot", "description": "A bot."}], "version": "1"});
        for overlay in [
            json!("文字"),
            json!({"schemas": "文字", "version": {"a": "文字"}, "more": "文字"}),
            json!({"schemas": {"Gone": {"description": "文字"}, "Bot": {"name": 1, "more": "文字"}}}),
        ] {
            let mut value = original.clone();
            apply(&mut value, &overlay);
            assert_eq!(value, original);
        }
    }
}
