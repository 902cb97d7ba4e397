//! Names that Rust or the SDK has taken.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostics;
use crate::load::{Document, Home};
use crate::location::Location;
use crate::node::Node;
use crate::read::{self, Direction, Found};

/// Names that generated files import; a type of that name would hide them.
pub const IMPORTED: [&str; 31] = [
    "BTreeMap",
    "Box",
    "Call",
    "Client",
    "Connect",
    "Default",
    "Deserialize",
    "Entries",
    "Err",
    "Error",
    "Frame",
    "From",
    "Into",
    "IntoIterator",
    "Map",
    "None",
    "Ok",
    "Option",
    "Page",
    "Paged",
    "Paging",
    "Realtime",
    "Result",
    "Secret",
    "Serialize",
    "Some",
    "StreamEvent",
    "String",
    "Upload",
    "Value",
    "Vec",
];

/// Methods that every builder of a request or a channel has.
const METHODS: [&str; 7] = ["clone", "connect", "fmt", "into_future", "items", "pages", "send"];

const CURE: &str = "choose another name in `x-coze-name`";

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    for found in read::operations(document) {
        operation(&found, findings);
    }
    for channel in read::channels(document) {
        operation(&channel.as_operation(), findings);
    }
    for (name, node) in document.schemas() {
        fields(name, &node, findings);
    }
    resources(document, findings);
    types(document, findings);
    twins(document, findings);
    call_paths(document, findings);
}

fn operation(found: &Found<'_>, findings: &mut Diagnostics) {
    for word in found.id.split('.').filter(|word| is_keyword(word)) {
        let what = format!("`{word}` in `{}` is a keyword of Rust", found.id);
        findings.push(found.node.place(), what, "choose another operationId");
    }
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for read::Param { wire, node, required, .. } in found.params() {
        let name = read::field_name(&node, wire);
        identifier(&name, &node, findings);
        if !required && (METHODS.contains(&name.as_str()) || name.starts_with("with_")) {
            let what =
                format!("the setter `{name}` of `{}` is a method of every request", found.id);
            findings.push(node.place(), what, CURE);
        }
        if let Some(other) = names.insert(name.clone(), wire) {
            let what = format!("`{other}` and `{wire}` of `{}` are both called `{name}`", found.id);
            findings.push(node.place(), what, CURE);
        }
    }
}

fn fields(schema: &str, node: &Node<'_>, findings: &mut Diagnostics) {
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for (wire, property) in node.entries_of("properties") {
        let name = read::field_name(&property, wire);
        identifier(&name, &property, findings);
        if matches!(name.as_str(), "new" | "clone" | "fmt" | "default") {
            let what = format!("`{schema}.{wire}` would be a method that the type has already");
            findings.push(property.place(), what, CURE);
        }
        if let Some(other) = names.insert(name.clone(), wire) {
            let what = format!("`{other}` and `{wire}` of `{schema}` are both called `{name}`");
            findings.push(property.place(), what, CURE);
        }
    }
}

fn identifier(name: &str, node: &Node<'_>, findings: &mut Diagnostics) {
    if is_keyword(name) {
        findings.push(node.place(), format!("`{name}` is a keyword of Rust"), CURE);
    } else if !is_snake_case(name) {
        findings.push(node.place(), format!("`{name}` cannot name a field in Rust"), CURE);
    }
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn is_keyword(name: &str) -> bool {
    // Strict and reserved keywords do not parse as identifiers.
    syn::parse_str::<syn::Ident>(name).is_err() && is_snake_case(name)
}

fn is_type_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && syn::parse_str::<syn::Ident>(name).is_ok()
}

/// A resource is a module beside those that are always generated, and a method of the client.
fn resources(document: &Document, findings: &mut Diagnostics) {
    const MODULES: [&str; 5] = ["client", "mod", "realtime", "shared", "webhooks"];
    // Methods of the accessor of channels.
    const ACCESSOR: [&str; 5] = ["client", "clone", "fmt", "mod", "new"];
    let resources = document.resources.iter().map(|file| (file, &MODULES));
    let channels = document.channels.iter().map(|file| (file, &ACCESSOR));
    for ((resource, file), taken) in resources.chain(channels) {
        let taken = taken.contains(&resource.as_str());
        if taken || !is_snake_case(resource) || is_keyword(resource) {
            let place = Location::line(file.clone(), 1);
            let what = format!("`{resource}` cannot name a module of the SDK");
            findings.push(
                place,
                what,
                "give the file another name, in snake_case and in no folder",
            );
        }
    }
}

/// Within a module, builders, accessors, unions and types have different names.
fn types(document: &Document, findings: &mut Diagnostics) {
    for (resource, file) in &document.resources {
        let mut module = Module::new(resource);
        let of_resource = |found: &Found<'_>| found.node.place().file == *file;
        for found in read::operations(document).iter().filter(|found| of_resource(found)) {
            module.add(found.builder(), found.node.place(), findings);
        }
        for (_, name, place) in accessors(document, resource) {
            module.add(name, place, findings);
        }
        let own = Home::of(file);
        module.add_schemas(document, |home| *home == own, findings);
    }
    // The types of all channels are found in one place.
    let mut module = Module::new("realtime");
    for channel in read::channels(document) {
        let place = channel.node.place();
        for direction in [Direction::Client, Direction::Server] {
            let union = read::union_of(channel.name, direction);
            module.add(union, place.clone(), findings);
        }
        if channel.node.get("path").is_some() {
            module.add(read::connection_of(channel.name), place, findings);
        }
    }
    module.add_schemas(document, is_channel, findings);
    if let Some(webhooks) = document.node().get("x-webhooks") {
        let mut module = Module::new("webhook");
        module.add("WebhookEvent".to_owned(), webhooks.place(), findings);
        module.add_schemas(document, |home| *home == Home::Webhooks, findings);
    }
}

fn is_channel(home: &Home) -> bool {
    matches!(home, Home::Channel(_) | Home::Channels)
}

/// The names that a module has given away.
struct Module<'a> {
    name: &'a str,
    names: BTreeMap<String, Location>,
}

impl<'a> Module<'a> {
    fn new(name: &'a str) -> Self {
        let names = BTreeMap::new();
        Self { name, names }
    }

    fn add(&mut self, name: String, place: Location, findings: &mut Diagnostics) {
        if !is_type_name(&name) {
            let what = format!("`{name}` cannot name a type in Rust");
            findings.push(place, what, CURE);
        } else if IMPORTED.contains(&name.as_str()) {
            let what = format!("`{name}` is a name that generated code imports");
            findings.push(place, what, CURE);
        } else if let Some(first) = self.names.get(&name) {
            let module = self.name;
            let what = format!("two types of `{module}` are called `{name}`, see {first}");
            findings.push(place, what, CURE);
        } else {
            self.names.insert(name, place);
        }
    }

    /// Adds the types of these files and, since they may be imported, those that all share.
    fn add_schemas(
        &mut self,
        document: &Document,
        owns: impl Fn(&Home) -> bool,
        findings: &mut Diagnostics,
    ) {
        for (name, node) in document.schemas() {
            let place = node.place();
            let home = Home::of(&place.file);
            if home == Home::Shared || owns(&home) {
                self.add(read::schema_name(&node, name), place, findings);
            }
        }
    }
}

/// The type engine would make one type of two schemas with one name, wherever they stand.
fn twins(document: &Document, findings: &mut Diagnostics) {
    let mut names: BTreeMap<String, Location> = BTreeMap::new();
    for (name, node) in document.schemas() {
        let place = node.place();
        let Some(first) = names.insert(read::schema_name(&node, name), place.clone()) else {
            continue;
        };
        // Two of one module are found where its types are.
        let homes = [Home::of(&first.file), Home::of(&place.file)];
        let together = homes[0] == homes[1] || homes.iter().all(is_channel);
        if !together && !homes.contains(&Home::Shared) {
            let what = format!("`{name}` would be the same type as the one at {first}");
            findings.push(place, what, CURE);
        }
    }
}

/// The accessor types of a resource: call path, name, and where the first operation stands.
fn accessors(document: &Document, resource: &str) -> Vec<(String, String, Location)> {
    let mut accessors: Vec<(String, String, Location)> = Vec::new();
    for found in read::operations(document) {
        let words: Vec<&str> = found.id.split('.').collect();
        let depth = resource.split('.').count();
        for end in depth..words.len() {
            let path = words[..end].join(".");
            let inside = path == resource || path.starts_with(&format!("{resource}."));
            if inside && !accessors.iter().any(|known| known.0 == path) {
                let name = read::accessor(document, resource, &path);
                accessors.push((path, name, found.node.place()));
            }
        }
    }
    accessors
}

/// A method and a sub-resource of one resource have different names.
fn call_paths(document: &Document, findings: &mut Diagnostics) {
    let operations = read::operations(document);
    for found in &operations {
        let below = format!("{}.", found.id);
        if let Some(other) = operations.iter().find(|other| other.id.starts_with(&below)) {
            let what = format!("`{}` is a method and the resource of `{}`", found.id, other.id);
            findings.push(found.node.place(), what, "choose another operationId");
        }
        if matches!(found.id.rsplit('.').next(), Some("new" | "clone" | "fmt")) {
            let what = format!("`{}` ends in a method that every resource has", found.id);
            findings.push(found.node.place(), what, "choose another operationId");
        }
    }
}
