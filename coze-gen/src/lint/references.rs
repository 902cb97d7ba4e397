//! References lead somewhere, and every schema is used.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diagnostic::Diagnostics;
use crate::load::Document;
use crate::node::{Node, SCHEMAS};

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    let known: BTreeSet<&str> = document.schemas().map(|(name, _)| name).collect();
    let mut used = BTreeSet::new();
    visit(&document.node(), &mut |node| {
        for event in node.items_of("x-coze-stream") {
            let Some(name) = event.text("data") else { continue };
            if known.contains(name) {
                used.insert(name.to_owned());
            } else {
                let cure = format!("define `{name}` under components.schemas");
                findings.push(event.place(), format!("`{name}` is not defined"), cure);
            }
        }
        let Some(Value::String(target)) = node.value.get("$ref") else { return };
        if node.value.as_object().is_some_and(|map| map.len() > 1) {
            let what = "keys beside `$ref`, which OpenAPI 3.0 ignores";
            let cure = format!("write `allOf: [{{$ref: '{target}'}}]` beside them");
            findings.push(node.place(), what, cure);
        }
        match target.strip_prefix(SCHEMAS) {
            Some(name) if known.contains(name) => {
                used.insert(name.to_owned());
            }
            Some(name) => {
                let cure = nearest(name, &known).map_or_else(
                    || format!("define `{name}` under components.schemas"),
                    |nearest| format!("did you mean `{nearest}`?"),
                );
                findings.push(node.place(), format!("`{name}` is not defined"), cure);
            }
            None => {
                let what = format!("`{target}` is not a reference to a schema");
                findings.push(node.place(), what, format!("write `{SCHEMAS}Name`"));
            }
        }
    });
    for (name, node) in document.schemas().filter(|(name, _)| !used.contains(*name)) {
        findings.push(
            node.place(),
            format!("`{name}` is not used"),
            "remove it, or refer to it",
        );
    }
}

/// Calls `f` for every mapping outside examples, which may hold anything.
fn visit(node: &Node<'_>, f: &mut impl FnMut(&Node<'_>)) {
    if node.value.is_object() {
        f(node);
    }
    for (key, entry) in node.entries() {
        if !matches!(key, "example" | "default") {
            visit(&entry, f);
        }
    }
    for item in node.items() {
        visit(&item, f);
    }
}

fn nearest<'a>(name: &str, known: &BTreeSet<&'a str>) -> Option<&'a str> {
    let candidates =
        known.iter().map(|known| (strsim::damerau_levenshtein(known, name), *known));
    candidates.min().filter(|(distance, _)| *distance <= 3).map(|(_, known)| known)
}
