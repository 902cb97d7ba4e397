//! Pages that repeat the page before.

use serde_json::Value;

/// Returns `true` if two responses hold the same payload, which may be under different log IDs.
///
/// Pages differ in their first item as a rule, so this costs next to nothing.
pub(super) fn same_payload(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() || one.is_empty() {
        return false;
    }
    let Some(at) = one.iter().zip(other).position(|(one, other)| one != other) else {
        return true;
    };
    // Behind this name stands the log ID, and what comes before is the same.
    let detail = memchr::memmem::find(one, b"\"detail\"");
    detail.is_some_and(|detail| detail < at) && {
        let payload = payload(one);
        payload.is_some() && payload == self::payload(other)
    }
}

fn payload(body: &[u8]) -> Option<Value> {
    let mut root: Value = serde_json::from_slice(body).ok()?;
    root.as_object_mut()?.remove("detail");
    Some(root)
}

#[cfg(test)]
mod tests {
    use super::same_payload;

    #[test]
    fn only_the_log_id_may_differ() {
        let page = |id: u8, log: &str| {
            format!(
                r#"{{"code":0,"data":{{"items":[{id}]}},"detail":{{"logid":"{log}"}},"msg":""}}"#
            )
        };
        let first = |log: &str, id: u8| {
            format!(r#"{{"detail":{{"logid":"{log}"}},"data":{{"items":[{id}]}}}}"#)
        };
        for (one, other, same) in [
            (page(1, "a"), page(1, "a"), true),
            (page(1, "a"), page(1, "b"), true),
            (page(1, "a"), page(2, "a"), false),
            (page(1, "a"), page(12, "b"), false),
            (first("a", 1), first("b", 1), true),
            (first("a", 1), first("b", 2), false),
            (String::new(), String::new(), false),
        ] {
            assert_eq!(same_payload(one.as_bytes(), other.as_bytes()), same, "{one} {other}");
        }
    }
}
