//! References lead somewhere, and every schema is used.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diagnostic::Diagnostics;
use crate::load::{Document, Home};
use crate::location::Location;
use crate::node::{Node, SCHEMAS};
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
            let cure = format!("define `{name}` under components.schemas");
            findings.push(event.place(), format!("`{name}` is not defined"), cure);
        }
    }
    visit(&document.node(), &mut |node| {
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
        findings.push(node.place(), format!("`{name}` is not used"), "remove it, or refer to it");
    }
}

/// A schema of one file is not used by another: the types of each lie in a module of their own, and some behind a
/// feature that others do without.
fn owners(document: &Document, findings: &mut Diagnostics) {
    let mut used: Vec<(&str, Location)> = Vec::new();
    visit(&document.node(), &mut |node| {
        let direct = node.value.get("$ref").and(node.reference());
        used.extend(direct.map(|name| (name, node.place())));
    });
    let events = read::events(document);
    used.extend(events.iter().filter_map(|event| Some((event.text("data")?, event.place()))));
    for (name, place) in used {
        let owner = document.place(&format!("/components/schemas/{name}")).file;
        let (from, to) = (Home::of(&place.file), Home::of(&owner));
        let channel = matches!(from, Home::Channel(_) | Home::Channels);
        let free = match to {
            Home::Shared => true,
            Home::Channels => channel,
            _ => owner == place.file,
        };
        if !free {
            let what = format!("`{name}` belongs to {owner}");
            let cure = match to {
                Home::Channel(_) if channel => {
                    "move it to realtime/shared.yaml, since two channels use it"
                }
                _ => "move it to shared.yaml, since two files use it",
            };
            findings.push(place, what, cure);
        }
    }
}

/// Calls `f` for every mapping outside examples, which may hold anything.
fn visit<'a>(node: &Node<'a>, f: &mut impl FnMut(&Node<'a>)) {
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
