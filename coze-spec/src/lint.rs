//! The rules of the spec. Each file contains the rules about one subject, each function one rule.

mod channels;
mod directions;
mod errors;
mod examples;
mod grammar;
mod names;
mod operations;
mod paging;
mod parameters;
mod prose;
mod references;
mod root;
mod schemas;
mod site;
mod studio;
mod values;

pub use names::{IMPORTED, MODULES, REALTIME, ROOT, SITE, WEBHOOK};
pub use site::lint_site;

use crate::diagnostic::Diagnostics;
use crate::document::Document;

/// Checks the document against every rule.
pub fn lint(document: &Document) -> Diagnostics {
    let mut findings = Diagnostics::new();
    grammar::check(document, &mut findings);
    // The other rules run even if the grammar has findings, and skip values of the wrong kind.

    root::check(document, &mut findings);
    references::check(document, &mut findings);
    schemas::check(document, &mut findings);
    operations::check(document, &mut findings);
    paging::check(document, &mut findings);
    studio::check(document, &mut findings);
    errors::check(document, &mut findings);
    channels::check(document, &mut findings);
    directions::check(document, &mut findings);
    names::check(document, &mut findings);
    prose::check(document, &mut findings);
    if findings.is_empty() {
        examples::check(document, &mut findings);
    }
    findings
}
