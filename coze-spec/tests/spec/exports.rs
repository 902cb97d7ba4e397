//! The modules that `coze-api` writes by hand hide no generated type.

use std::collections::BTreeSet;
use std::path::Path;

use coze_spec::model::Schema;

/// Collects the types that a module exports by name. They hide types that it exports by a glob.
fn exported(tree: &syn::UseTree, names: &mut BTreeSet<String>) {
    match tree {
        syn::UseTree::Path(path) => exported(&path.tree, names),
        syn::UseTree::Name(name) => drop(names.insert(name.ident.to_string())),
        syn::UseTree::Rename(rename) => drop(names.insert(rename.rename.to_string())),
        syn::UseTree::Group(group) => group.items.iter().for_each(|item| exported(item, names)),
        syn::UseTree::Glob(_) => {}
    }
}

#[test]
fn no_generated_type_is_hidden() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = coze_spec::load(&root.join("spec")).unwrap();
    let api = coze_spec::lower(&document).unwrap();
    let names = |schemas: &[Schema]| -> Vec<String> {
        schemas.iter().map(|schema| schema.rust.clone()).collect()
    };
    let channels = api.channels.iter().flat_map(|channel| names(&channel.schemas));
    let webhooks = api.webhooks.iter().flat_map(|webhooks| names(&webhooks.schemas));
    for (module, generated) in [
        ("lib", names(&api.shared)),
        ("realtime", channels.chain(names(&api.channels_shared)).collect()),
        ("webhook", webhooks.collect()),
    ] {
        let file = root.join(format!("coze-api/src/{module}.rs"));
        let mut handwritten = BTreeSet::new();
        for item in syn::parse_file(&std::fs::read_to_string(file).unwrap()).unwrap().items {
            if let syn::Item::Use(item) = item
                && matches!(item.vis, syn::Visibility::Public(_))
            {
                exported(&item.tree, &mut handwritten);
            }
        }
        assert!(handwritten.len() > 2, "{module}.rs exports only {handwritten:?}");
        let hidden: Vec<_> = generated.iter().filter(|name| handwritten.contains(*name)).collect();
        assert!(hidden.is_empty(), "{module}.rs hides {hidden:?}");
    }
}
