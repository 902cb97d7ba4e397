//! Rules about references: their targets exist, and every schema is used.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diagnostic::Diagnostics;
use crate::document::{Document, FileKind, Node, SCHEMAS};
use crate::location::Location;
use crate::read;

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    owners(document, findings);
    let known: BTreeSet<&str> = document.schemas().map(|(name, _)| name).collect();
    let mut used = BTreeSet::new();
    for event in read::events(document) {
        let Some(name) = event.text("data") else { continue };
        if known.contains(name) {
            used.insert(name.to_owned());
        } else {
            let help = format!("define `{name}` under components.schemas");
            event.report(findings, format!("`{name}` is not defined"), help);
        }
    }
    visit(&document.node(), &mut |node| {
        let Some(Value::String(target)) = node.value.get("$ref") else { return };
        if node.value.as_object().is_some_and(|map| map.len() > 1) {
            let message = "keys beside `$ref`, which OpenAPI 3.0 ignores";
            let help = format!("write `allOf: [{{$ref: '{target}'}}]` beside them");
            node.report(findings, message, help);
        }
        match target.strip_prefix(SCHEMAS) {
            Some(name) if known.contains(name) => {
                used.insert(name.to_owned());
            }
            Some(name) => {
                let help = nearest(name, &known).map_or_else(
                    || format!("define `{name}` under components.schemas"),
                    |nearest| format!("did you mean `{nearest}`?"),
                );
                node.report(findings, format!("`{name}` is not defined"), help);
            }
            None => {
                let message = format!("`{target}` is not a reference to a schema");
                node.report(findings, message, format!("write `{SCHEMAS}Name`"));
            }
        }
    });
    for (name, node) in document.schemas().filter(|(name, _)| !used.contains(*name)) {
        node.report(findings, format!("`{name}` is not used"), "remove it, or refer to it");
    }
}

/// Checks that a file does not use the schemas of another file, because each file becomes a module,
/// some of them behind a feature.
fn owners(document: &Document, findings: &mut Diagnostics) {
    let mut used: Vec<(&str, Location)> = Vec::new();
    visit(&document.node(), &mut |node| {
        let direct = node.value.get("$ref").and(node.reference());
        used.extend(direct.map(|name| (name, node.location())));
    });
    let events = read::events(document);
    used.extend(events.iter().filter_map(|event| Some((event.text("data")?, event.location()))));
    for (name, location) in used {
        let owner = document.location(&format!("/components/schemas/{name}")).file;
        let (from, to) = (FileKind::of(&location.file), FileKind::of(&owner));
        let channel = matches!(from, FileKind::Channel(_) | FileKind::Channels);
        let free = match to {
            FileKind::Shared => true,
            FileKind::Channels => channel,
            _ => owner == location.file,
        };
        if !free {
            let message = format!("`{name}` belongs to {owner}");
            let help = match to {
                FileKind::Channel(_) if channel => {
                    "move it to realtime/shared.yaml, since two channels use it"
                }
                _ => "move it to shared.yaml, since two files use it",
            };
            findings.push(location, message, help);
        }
    }
}

/// Calls `f` for every mapping except those in examples and defaults, which are arbitrary JSON.
pub(super) fn visit<'a>(node: &Node<'a>, f: &mut impl FnMut(&Node<'a>)) {
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
    let candidates = known.iter().map(|known| (strsim::damerau_levenshtein(known, name), *known));
    candidates.min().filter(|(distance, _)| *distance <= 3).map(|(_, known)| known)
}
