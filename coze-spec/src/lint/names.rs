//! Rules about names: they are valid in Rust and do not collide with each other or with names of
//! the SDK.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::diagnostic::Diagnostics;
use crate::document::{Document, FileKind, Node};
use crate::location::Location;
use crate::read::{self, Direction, OperationNode};

/// The names that generated files import. A type with such a name would hide the import.
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

/// The hand-written types of the crate's root, which would hide generated types of the same name.
/// A test compares these lists with the crate.
#[rustfmt::skip]
pub const ROOT: &[&str] = &[
    "AccessToken", "Accumulator", "BoxFuture", "Bytes", "ChatReply", "Client", "ClientBuilder",
    "ContentPart", "ContentPartType", "Credentials", "Download", "Entries", "Error",
    "ErrorCategory", "ErrorCode", "ErrorKind", "EventStream", "ExposeSecret", "FilterField",
    "HeaderMap", "Items", "Json", "ListLayout", "Map", "Method", "Page", "Pages", "Platform",
    "PollChat", "PollDatabaseTask", "PollDocuments", "PollWorkflowRun", "Progress", "RawCall",
    "RawResponse", "Region", "Response", "Result", "Retry", "RetryAdvice", "Secret", "SecretString",
    "StatusCode", "Stream", "TextStream", "TokenContext", "ToolResult", "Tools", "Upload", "Value",
    "WithResponse", "WorkflowReply",
];

/// The hand-written types of `realtime`.
#[rustfmt::skip]
pub const REALTIME: &[&str] = &[
    "EventDetail", "LiveTranscription", "Pace", "Realtime", "Received", "Receiver", "Sender",
    "Sent", "Session", "Speech", "Turn", "TurnEvent", "TurnReply",
];

/// The hand-written types of `webhook`.
#[rustfmt::skip]
pub const WEBHOOK: &[&str] = &[
    "Callback", "CallbackRejection", "Challenge", "Deduplicator", "Delivery", "SeenEvents",
    "Signer", "Verifier", "VerifyError", "WebhookResponse",
];

/// The modules of the crate's root and of the generated code, which no resource can be.
#[rustfmt::skip]
pub const MODULES: &[&str] = &[
    "auth", "base", "blocking", "client", "errors", "ext", "generated", "guide", "layers",
    "middleware", "mod", "observe", "realtime", "shared", "site", "stream", "studio", "testing",
    "webhook", "webhooks", "wire",
];

/// The hand-written types of `site`.
#[rustfmt::skip]
pub const SITE: &[&str] = &[
    "AgentReply", "AskAgent", "CancelRun", "CheckHealth", "PollTask", "Project",
    "RetrieveGraphParameter", "RetrieveTask", "RunNode", "RunOutputs", "RunWorkflow", "StartTask",
    "StreamWorkflow",
];

/// The methods of every builder of a request or a channel.
const METHODS: [&str; 9] =
    ["clone", "connect", "fmt", "into_future", "into_raw", "items", "maybe", "pages", "send"];

/// The keywords of Rust 2024, strict and reserved.
const KEYWORDS: [&str; 52] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

const HELP: &str = "choose another name in `x-coze-name`";
const OTHER_ID: &str = "choose another operationId";

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    let operations = read::operations(document);
    for operation in &operations {
        parameters(operation, findings);
    }
    for channel in read::channels(document) {
        parameters(&channel.as_operation(), findings);
    }
    for (name, node) in document.schemas() {
        fields(name, &node, findings);
    }
    modules(document, findings);
    types(document, &operations, findings);
    duplicate_types(document, findings);
    call_paths(&operations, findings);
}

/// Checks the names in the document about deployed projects, whose types are in one module.
pub(super) fn check_site(document: &Document, findings: &mut Diagnostics) {
    let mut module = Module::new("site", SITE, None);
    for (name, node) in document.schemas() {
        fields(name, &node, findings);
        module.add(read::schema_name(&node, name), node.location(), findings);
    }
    let mut names = HashSet::new();
    for operation in document.node().at(&["x-coze-site", "operations"]).iter().flat_map(Node::items)
    {
        let Some(name) = operation.text("name") else { continue };
        if is_keyword(name) || !is_snake_case(name) {
            let message = format!("`{name}` cannot name a function");
            operation.report(findings, message, "write another name, in snake_case");
        }
        if !names.insert(name) {
            let message = format!("two operations are called `{name}`");
            operation.report(findings, message, "give one another name");
        }
        let parts = operation.text("path").unwrap_or_default().split('{').skip(1);
        let mut params = HashSet::from(["client"]);
        for param in parts.filter_map(|part| Some(part.split_once('}')?.0)) {
            if is_keyword(param) || !is_snake_case(param) || !params.insert(param) {
                let message = format!("`{param}` cannot name a parameter of `{name}`");
                operation.report(findings, message, "give it another name, in snake_case");
            }
        }
    }
}

fn parameters(operation: &OperationNode<'_>, findings: &mut Diagnostics) {
    let id = operation.id;
    for word in id.split('.').filter(|word| is_keyword(word)) {
        let message = format!("`{word}` in `{id}` is a keyword of Rust");
        operation.node.report(findings, message, OTHER_ID);
    }
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for read::Param { wire, node, required, .. } in operation.params() {
        let name = read::field_name(&node, wire);
        identifier(&name, &node, findings);
        if !required && (METHODS.contains(&name.as_str()) || name.starts_with("with_")) {
            let message =
                format!("the setter `{name}` of `{id}` has the name of a method of every request");
            node.report(findings, message, HELP);
        }
        if let Some(other) = names.insert(name.clone(), wire) {
            let message = format!("`{other}` and `{wire}` of `{id}` are both called `{name}`");
            node.report(findings, message, HELP);
        }
    }
}

fn fields(schema: &str, node: &Node<'_>, findings: &mut Diagnostics) {
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for (wire, property) in node.entries_of("properties") {
        let name = read::field_name(&property, wire);
        identifier(&name, &property, findings);
        if matches!(name.as_str(), "new" | "clone" | "fmt" | "default" | "maybe") {
            let message = format!("`{schema}.{wire}` has the name of a method of its type");
            property.report(findings, message, HELP);
        }
        if let Some(other) = names.insert(name.clone(), wire) {
            let message = format!("`{other}` and `{wire}` of `{schema}` are both called `{name}`");
            property.report(findings, message, HELP);
        }
    }
}

fn identifier(name: &str, node: &Node<'_>, findings: &mut Diagnostics) {
    if is_keyword(name) {
        node.report(findings, format!("`{name}` is a keyword of Rust"), HELP);
    } else if !is_snake_case(name) {
        node.report(findings, format!("`{name}` cannot name a field in Rust"), HELP);
    }
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name)
}

fn is_type_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && !is_keyword(name)
}

/// Checks that a resource can be a module and a method of the client, and a channel a method of its
/// accessor.
fn modules(document: &Document, findings: &mut Diagnostics) {
    // The methods of the accessor of channels.
    const ACCESSOR: &[&str] = &["client", "clone", "fmt", "mod", "new"];
    let resources = document.resources.iter().map(|file| (file, MODULES));
    let channels = document.channels.iter().map(|file| (file, ACCESSOR));
    for ((name, file), taken) in resources.chain(channels) {
        if taken.contains(&name.as_str()) || !is_snake_case(name) || is_keyword(name) {
            let message = format!("`{name}` cannot name a module of the SDK");
            let help = "give the file another name, in snake_case and not in a subfolder";
            findings.push(Location::line(file.clone(), 1), message, help);
        }
    }
}

/// Checks that builders, accessors, unions and types of a module have different names.
fn types(document: &Document, operations: &[OperationNode<'_>], findings: &mut Diagnostics) {
    let mut schemas: HashMap<FileKind, Vec<(String, Location)>> = HashMap::new();
    for (name, node) in document.schemas() {
        let location = node.location();
        let entry = (read::schema_name(&node, name), location.clone());
        schemas.entry(FileKind::of(&location.file)).or_default().push(entry);
    }
    let mut owned = |kind: FileKind| schemas.remove(&kind).unwrap_or_default();
    let mut shared = Module::new("coze_api", ROOT, None);
    shared.extend(owned(FileKind::Shared), findings);

    let mut by_file: HashMap<Arc<str>, Vec<&OperationNode<'_>>> = HashMap::new();
    for operation in operations {
        by_file.entry(operation.node.location().file).or_default().push(operation);
    }
    let names = read::accessor_names(document);
    for (resource, file) in &document.resources {
        let operations = by_file.remove(file).unwrap_or_default();
        let builders = operations.iter().map(|found| (found.builder(), found.node.location()));
        let mut module = Module::new(resource, &[], Some(&shared));
        module.extend(builders, findings);
        module.extend(accessors(resource, &operations, &names), findings);
        module.extend(owned(FileKind::Resource(resource.clone())), findings);
    }

    // The types of all channels are in one module.
    let mut module = Module::new("realtime", REALTIME, Some(&shared));
    for channel in read::channels(document) {
        let location = channel.node.location();
        let unions = [Direction::Client, Direction::Server]
            .map(|direction| (read::union_of(channel.name, direction), location.clone()));
        module.extend(unions, findings);
        if channel.node.get("path").is_some() {
            module.add(read::connection_of(channel.name), location, findings);
        }
    }
    module.extend(owned(FileKind::Channels), findings);
    for (channel, _) in &document.channels {
        module.extend(owned(FileKind::Channel(channel.clone())), findings);
    }
    if let Some(webhooks) = document.node().get("x-webhooks") {
        let mut module = Module::new("webhook", WEBHOOK, Some(&shared));
        module.add("WebhookEvent".to_owned(), webhooks.location(), findings);
        module.extend(owned(FileKind::Webhooks), findings);
    }
}

/// The names in a module.
struct Module<'a> {
    name: &'a str,
    /// The names of hand-written items.
    handwritten: &'a [&'a str],
    names: BTreeMap<String, Location>,
    /// The module with the types that every module may import.
    shared: Option<&'a Module<'a>>,
}

impl<'a> Module<'a> {
    fn new(name: &'a str, handwritten: &'a [&'a str], shared: Option<&'a Module<'a>>) -> Self {
        Self { name, handwritten, names: BTreeMap::new(), shared }
    }

    fn extend(
        &mut self,
        names: impl IntoIterator<Item = (String, Location)>,
        findings: &mut Diagnostics,
    ) {
        for (name, location) in names {
            self.add(name, location, findings);
        }
    }

    fn add(&mut self, name: String, location: Location, findings: &mut Diagnostics) {
        let module = self.name;
        let shared = self.shared.and_then(|shared| shared.names.get(&name));
        let message = if !is_type_name(&name) {
            format!("`{name}` cannot name a type in Rust")
        } else if IMPORTED.contains(&name.as_str()) {
            format!("`{name}` is a name that generated code imports")
        } else if self.handwritten.contains(&name.as_str()) {
            format!("`{module}` already has an item `{name}`")
        } else if let Some(first) = self.names.get(&name).or(shared) {
            format!("two types of `{module}` are called `{name}`, see {first}")
        } else {
            self.names.insert(name, location);
            return;
        };
        findings.push(location, message, HELP);
    }
}

/// Checks that schemas of different modules have different names, because the type engine merges
/// types by name.
fn duplicate_types(document: &Document, findings: &mut Diagnostics) {
    let is_channel = |kind: &FileKind| matches!(kind, FileKind::Channel(_) | FileKind::Channels);
    let mut names: HashMap<String, Location> = HashMap::new();
    for (name, node) in document.schemas() {
        let location = node.location();
        let Some(first) = names.insert(read::schema_name(&node, name), location.clone()) else {
            continue;
        };
        // `types` reports two schemas of one module.
        let kinds = [FileKind::of(&first.file), FileKind::of(&location.file)];
        let together = kinds[0] == kinds[1] || kinds.iter().all(is_channel);
        if !together && !kinds.contains(&FileKind::Shared) {
            let message = format!("`{name}` would be the same type as the one at {first}");
            findings.push(location, message, HELP);
        }
    }
}

/// Returns the accessor types of a resource, each with the place of its first operation.
fn accessors(
    resource: &str,
    operations: &[&OperationNode<'_>],
    names: &HashMap<&str, &str>,
) -> Vec<(String, Location)> {
    let mut known = HashSet::new();
    let mut accessors = Vec::new();
    for operation in operations {
        let ends = operation.id.match_indices('.').map(|(end, _)| &operation.id[..end]);
        for path in ends.filter(|path| is_below(path, resource)) {
            if known.insert(path) {
                accessors.push((read::accessor(names, path), operation.node.location()));
            }
        }
    }
    accessors
}

fn is_below(path: &str, resource: &str) -> bool {
    path.strip_prefix(resource).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Checks that a method and a sub-resource of the same resource have different names.
fn call_paths(operations: &[OperationNode<'_>], findings: &mut Diagnostics) {
    let mut resources: HashMap<&str, &str> = HashMap::new();
    for operation in operations {
        for (end, _) in operation.id.match_indices('.') {
            resources.entry(&operation.id[..end]).or_insert(operation.id);
        }
    }
    for operation in operations {
        let id = operation.id;
        if let Some(other) = resources.get(id) {
            let message = format!("`{id}` is both a method and the resource of `{other}`");
            operation.node.report(findings, message, OTHER_ID);
        }
        if matches!(id.rsplit('.').next(), Some("new" | "clone" | "fmt")) {
            let message = format!("`{id}` ends with a method of every resource");
            operation.node.report(findings, message, OTHER_ID);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_not_identifiers() {
        // syn accepts `gen`, although edition 2024 reserves it.
        for word in KEYWORDS.iter().filter(|word| **word != "gen") {
            assert!(syn::parse_str::<syn::Ident>(word).is_err(), "{word}");
        }
        for word in ["list", "union", "default", "auto", "safe", "raw"] {
            assert!(syn::parse_str::<syn::Ident>(word).is_ok() && !is_keyword(word), "{word}");
        }
    }
}
