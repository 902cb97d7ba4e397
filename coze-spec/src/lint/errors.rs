//! Error codes: complete, unique, and explained in sentences.

use std::collections::BTreeSet;

use serde::Deserialize as _;

use crate::diagnostic::Diagnostics;
use crate::document::{Document, Node};
use crate::model::{ErrorCode, ErrorSource};

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    let mut seen = BTreeSet::new();
    for node in document.node().items_of("x-coze-errors") {
        match ErrorCode::deserialize(node.value) {
            Ok(error) => {
                entry(&node, &error, findings);
                if !seen.insert(error.code.clone()) {
                    let message = format!("the error `{}` is listed twice", error.code);
                    node.report(findings, message, "keep one of the two");
                }
            }
            Err(error) => node.report(
                findings,
                format!("not an error code: {error}"),
                "see the first lines of spec/errors.yaml",
            ),
        }
    }
}

fn entry(node: &Node<'_>, error: &ErrorCode, findings: &mut Diagnostics) {
    let number = error.code.parse::<i64>().is_ok();
    if number == (error.source == ErrorSource::Oauth) {
        let message = format!("`{}` is not a code of this source", error.code);
        node.report(findings, message, "write a number; `oauth` has names");
    }
    for text in [&error.meaning, &error.action] {
        if !text.is_empty() && !text.ends_with('.') {
            let message = format!("the text `{text}` is not a sentence");
            node.report(findings, message, "end it with a period");
        }
    }
    if error.meaning.is_empty() {
        let message = format!("the error `{}` has no meaning", error.code);
        node.report(findings, message, "say in a sentence what the problem is");
    }
}
