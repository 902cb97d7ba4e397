//! Lowers the document about deployed projects.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::{Lowering, page, text, verb};
use crate::diagnostic::Diagnostics;
use crate::document::{Document, Node};
use crate::model::{Api, Event, Group, Resource, Schema, Shape, Site, SiteOperation, Type};

/// The name of the module of the types.
const MODULE: &str = "site";

/// Lowers the document about deployed projects, which has no findings.
///
/// # Errors
/// Parts that cannot be read. A document without findings has none.
pub fn lower_site(document: &Document) -> Result<Site, Diagnostics> {
    let mut lowering = Lowering { document, usage: BTreeMap::new(), findings: Diagnostics::new() };
    let site = lowering.site();
    lowering.findings.or(site)
}

impl<'a> Lowering<'a> {
    fn site(&mut self) -> Site {
        let root = self.document.node();
        let node = root.get("x-coze-site").unwrap_or_else(|| root.clone());
        let operations = node.items_of("operations");
        let operations = operations.iter().filter_map(|node| self.site_operation(node)).collect();
        let mut files = self.schemas();
        let source = files.keys().next().cloned().unwrap_or_else(|| Arc::from(MODULE));
        let mut schemas = files.remove(&source).unwrap_or_default();
        for schema in &mut schemas {
            self.add_examples(schema);
        }
        let description = text(&node, "description").trim().to_owned();
        let resource = Resource {
            name: MODULE.to_owned(),
            source,
            description: description.clone(),
            aliases: Vec::new(),
            group: Group::default(),
            schemas,
        };
        Site {
            description,
            page: page(&node),
            tag: text(&node, "tag"),
            operations,
            types: Api { resources: vec![resource], ..Api::default() },
        }
    }

    fn site_operation(&mut self, node: &Node<'a>) -> Option<SiteOperation> {
        let named = |key: &str| node.get(key).and_then(|node| node.reference()).map(str::to_owned);
        let (request, response, events) = (named("request"), named("response"), named("events"));
        if let Some(request) = request {
            self.mark(&Type::Named(request), |usage| usage.request = true);
        }
        if let Some(response) = &response {
            self.mark(&Type::Named(response.clone()), |usage| usage.reply = true);
        }
        if let Some(union) = &events {
            self.mark(&Type::Named(union.clone()), |usage| usage.reply = true);
            let union = node.get("events").and_then(|node| node.resolve());
            for event in union.iter().flat_map(|union| union.items_of("x-coze-stream")) {
                if let Some(data) = event.text("data") {
                    self.mark(&Type::Named(data.to_owned()), |usage| usage.reply = true);
                }
            }
        }
        let verb = verb(node.text("method")?)?;
        Some(SiteOperation {
            name: text(node, "name"),
            verb,
            path: text(node, "path"),
            description: text(node, "description").trim().to_owned(),
            idempotent: verb.is_idempotent() || node.flag("idempotent"),
            timeout: node.value.get("timeout").and_then(Value::as_u64),
            response,
            events,
            example: node.get("example").map(|example| example.value.clone()),
        })
    }

    /// Adds the examples of events, which those of other streams do not have.
    fn add_examples(&self, schema: &mut Schema) {
        let Shape::Events(events) = &mut schema.shape else { return };
        let union = self.document.node().at(&["components", "schemas", &schema.name]);
        let nodes = union.iter().flat_map(|union| union.items_of("x-coze-stream"));
        for (event, node) in events.iter_mut().zip(nodes) {
            let example = node.get("example").map(|example| example.value.clone());
            *event = Event { example: example.clone(), message: example, ..event.clone() };
        }
    }
}
