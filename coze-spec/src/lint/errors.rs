//! Error codes: complete, unique, and explained in sentences.

use std::collections::BTreeSet;

use serde::Deserialize as _;

use crate::diagnostic::Diagnostics;
use crate::document::{Document, Node};
use crate::model::{ErrorCode, ErrorSource};

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    let (mut seen, mut names) = (BTreeSet::new(), BTreeSet::new());
    for node in document.node().items_of("x-coze-errors") {
        match ErrorCode::deserialize(node.value) {
            Ok(error) => {
                entry(&node, &error, findings);
                constant(&node, &error, &mut names, findings);
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

/// Checks that the codes that servers send can be named in programs.
fn constant(
    node: &Node<'_>,
    error: &ErrorCode,
    names: &mut BTreeSet<String>,
    findings: &mut Diagnostics,
) {
    let (code, name) = (&error.code, &error.name);
    let sent = matches!(error.source, ErrorSource::Cloud | ErrorSource::Studio);
    let has_constant = sent && code.parse::<i64>().is_ok();
    match (has_constant, name.is_empty()) {
        (true, true) => {
            let message = format!("the error `{code}` has no constant");
            return node.report(findings, message, "add `name: CHAT_IN_PROGRESS`, or the like");
        }
        (false, false) => {
            let message = format!("the error `{code}` cannot have a constant");
            return node.report(findings, message, "remove `name`");
        }
        (false, true) => return,
        (true, false) => {}
    }
    let is_word = |word: &str| {
        let valid = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        word.starts_with(|c: char| c.is_ascii_uppercase()) && word.chars().all(valid)
    };
    if !name.split('_').all(is_word) || name == "CODES" {
        let help = "write words in capital letters, joined by `_`";
        node.report(findings, format!("`{name}` cannot name a constant"), help);
    }
    if !names.insert(name.clone()) {
        let message = format!("two errors are called `{name}`");
        node.report(findings, message, "choose another name for one of the two");
    }
}
