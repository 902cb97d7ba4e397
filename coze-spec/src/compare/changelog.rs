//! A draft of the changelog from the changes.

use std::fmt::Write as _;

use super::{Change, Label};
use crate::model::{Api, Resource};

/// Drafts the sections of a release: additions, changes and removals, without changes of words.
///
/// A resource whose operations are all new is one entry, and so are the additions to one item.
/// Changes that break programs are marked.
pub fn changelog(old: &Api, new: &Api, changes: &[Change]) -> String {
    let mut sections = [("Added", Vec::new()), ("Changed", Vec::new()), ("Removed", Vec::new())];
    let resources: Vec<&Resource> = new.resources.iter().filter(|new| is_new(old, new)).collect();
    for resource in &resources {
        sections[0].1.push(chapter(resource));
    }
    let in_chapter = |item: &str| {
        resources.iter().any(|resource| resource.operations().any(|operation| operation.id == item))
    };
    let mut rest = changes.iter().filter(|change| change.severity() > Label::Words).peekable();
    while let Some(change) = rest.next() {
        // Types come with the operations and fields that use them.
        if matches!(change.rule, "type-added" | "constructor-added" | "decoding-added")
            || in_chapter(&change.item)
        {
            continue;
        }
        let mut group = vec![change];
        while let Some(next) =
            rest.next_if(|next| (next.rule, &next.item) == (change.rule, &change.item))
        {
            group.push(next);
        }
        let section = match change.rule {
            rule if rule.ends_with("-removed") => 2,
            _ if change.severity() == Label::Addition => 0,
            _ => 1,
        };
        let operation = new.operation(&change.item).filter(|_| change.rule == "operation-added");
        sections[section].1.push(match operation {
            Some(operation) => format!("`{}`: {}", operation.id, continued(&operation.summary)),
            None => entry(&group),
        });
    }
    let mut text = String::new();
    for (title, entries) in sections.iter().filter(|(_, entries)| !entries.is_empty()) {
        let separator = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{separator}### {title}\n");
        for entry in entries {
            let _ = writeln!(text, "- {entry}");
        }
    }
    text
}

fn is_new(old: &Api, resource: &Resource) -> bool {
    resource.operations().next().is_some()
        && old.resources.iter().all(|other| other.name != resource.name)
}

/// Returns the entry of a new resource: its purpose and its operations.
fn chapter(resource: &Resource) -> String {
    let summary = resource.description.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let ids: Vec<String> =
        resource.operations().map(|operation| format!("`{}`", operation.id)).collect();
    let purpose = continued(summary.trim().trim_end_matches('.'));
    format!("`{}`: {purpose}, with {}.", resource.name, list(&ids))
}

/// Returns a sentence as it continues after a colon, unless it begins with an abbreviation.
fn continued(sentence: &str) -> String {
    let mut letters = sentence.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => sentence.to_owned(),
    }
}

/// Returns the entry of changes of one kind to one item.
fn entry(group: &[&Change]) -> String {
    let change = group[0];
    let breaking = if change.severity() > Label::Addition { "**Breaking:** " } else { "" };
    // The item, with its first part as code: `bots.create` `name`.
    let item = match change.item.split_once(' ') {
        _ if change.item == "the API" => String::new(),
        Some((owner, part)) => format!("`{owner}` {part}: "),
        None => format!("`{}`: ", change.item),
    };
    let mut messages: Vec<&str> = group.iter().map(|change| change.message.as_str()).collect();
    let noun = match change.rule {
        "setter-added" => Some("new parameter"),
        "field-added" => Some("new field"),
        "value-added" => Some("new value"),
        "event-added" => Some("new event"),
        "error-added" => Some("new code"),
        _ => None,
    };
    if let Some(noun) = noun {
        let names: Vec<String> = messages.iter().filter_map(|message| quoted(message)).collect();
        let plural = if names.len() > 1 { "s" } else { "" };
        return format!("{breaking}{item}{noun}{plural} {}.", list(&names));
    }
    messages.dedup();
    let message = messages.join("; ");
    format!("{breaking}{item}{}.", message.trim_end_matches('.'))
}

/// Returns the first name in backticks.
fn quoted(message: &str) -> Option<String> {
    message.split('`').nth(1).map(|name| format!("`{name}`"))
}

/// Joins names as prose: `a`, `b` and `c`.
fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare;
    use crate::model::Shape;

    #[test]
    fn a_new_resource_is_one_entry_and_additions_are_grouped() {
        let new: Api = serde_json::from_str(include_str!("../model.json")).unwrap();
        let mut old = new.clone();
        old.resources.retain(|resource| resource.name != "variables");
        for resource in old.resources.iter_mut().filter(|resource| resource.name == "bots") {
            for operation in &mut resource.group.operations {
                if operation.id == "bots.create" {
                    operation.params.retain(crate::model::Param::is_argument);
                    operation.permissions.clear();
                }
            }
        }
        let text = changelog(&old, &new, &compare(&old, &new));
        assert!(text.starts_with("### Added\n\n- "), "{text}");
        let variables = "- `variables`: read and set user variables of bots and apps, with \
            `variables.retrieve` and `variables.update`.\n";
        assert!(text.contains(variables), "{text}");
        assert!(text.contains("- `bots.create`: new parameters `"), "{text}");
        assert!(
            text.contains("### Changed\n\n- **Breaking:** `bots.create`: it needs the"),
            "{text}"
        );
        assert!(!text.contains("UserVariable"), "{text}");
    }

    #[test]
    fn a_new_operation_is_an_entry_with_its_summary() {
        let new: Api = serde_json::from_str(include_str!("../model.json")).unwrap();
        let mut old = new.clone();
        for resource in &mut old.resources {
            resource.group.operations.retain(|operation| operation.id != "apps.retrieve");
        }
        let text = changelog(&old, &new, &compare(&old, &new));
        let expected = "### Added\n\n\
            - `apps.retrieve`: retrieves the name, icon and variables of a published app.\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn values_are_named_as_in_rust() {
        let new: Api = serde_json::from_str(include_str!("../model.json")).unwrap();
        let mut old = new.clone();
        let resources = old.resources.iter_mut().flat_map(|resource| &mut resource.schemas);
        for schema in resources.filter(|schema| schema.name == "DatasetStatus") {
            let Shape::Integers(variants) = &mut schema.shape else { panic!("{schema:?}") };
            variants.retain(|variant| variant.value == 1);
        }
        let text = changelog(&old, &new, &compare(&old, &new));
        let expected = "### Added\n\n- `DatasetStatus`: new values ";
        assert!(text.starts_with(expected), "{text}");
        assert!(!text.contains('2'), "{text}");
    }

    #[test]
    fn new_fields_of_an_object_are_one_entry() {
        let new: Api = serde_json::from_str(include_str!("../model.json")).unwrap();
        let mut old = new.clone();
        let resources = old.resources.iter_mut().flat_map(|resource| &mut resource.schemas);
        for schema in resources.filter(|schema| schema.name == "Folder") {
            let Shape::Struct(fields) = &mut schema.shape else { panic!("{schema:?}") };
            fields.retain(|field| !matches!(&*field.wire, "name" | "description"));
        }
        let text = changelog(&old, &new, &compare(&old, &new));
        assert_eq!(text, "### Added\n\n- `Folder`: new fields `name` and `description`.\n");
    }

    #[test]
    fn abbreviations_keep_their_letters() {
        assert_eq!(continued("Creates a bot."), "creates a bot.");
        assert_eq!(continued("RTC rooms."), "RTC rooms.");
        assert_eq!(continued(""), "");
    }

    #[test]
    fn words_alone_are_not_worth_an_entry() {
        let old: Api = serde_json::from_str(include_str!("../model.json")).unwrap();
        let mut new = old.clone();
        new.version = "2030-01".to_owned();
        assert_eq!(changelog(&old, &new, &compare(&old, &new)), "");
    }
}
