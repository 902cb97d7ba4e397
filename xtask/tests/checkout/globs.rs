//! Names of the public modules of `coze-api`: programs import several modules whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Two globs that both have a name make it ambiguous, so each name is in one module only.
#[test]
fn no_name_is_in_two_modules() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../coze-api/api.txt");
    let listing = fs::read_to_string(path).unwrap();
    let mut modules: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in listing.lines() {
        let Some((path, item)) = line.split_once(": ") else { continue };
        let Some((module, name)) = path.rsplit_once("::") else { continue };
        let kinds = ["struct", "enum", "trait"];
        if kinds.contains(&item.split(' ').next().unwrap_or_default()) {
            modules.entry(name).or_default().insert(module);
        }
    }
    assert!(modules.len() > 300, "{} names", modules.len());
    modules.retain(|_, modules| modules.len() > 1);
    assert!(modules.is_empty(), "rename these with `x-coze-name`: {modules:?}");
}
