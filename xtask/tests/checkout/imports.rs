//! Checks the imports of `coze-spec`, `coze-gen` and `coze-serve` against the tables in
//! ARCHITECTURE.md.
//!
//! A row of a table names a module, the modules of the crate and the other crates that it may
//! import. A module may import only modules of earlier rows, so that imports cannot form a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

/// A row of a table: the names that a module may import.
type Row = BTreeSet<String>;

#[test]
fn imports_follow_the_tables() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let mut findings = Vec::new();
    for (name, least) in [("coze-spec", 41), ("coze-gen", 41), ("coze-serve", 15)] {
        let table = read_table(&text, name, &mut findings);
        let dependencies = dependencies(&root.join(name).join("Cargo.toml"));
        let imports = imports_of_crate(&root.join(name).join("src"), &dependencies);
        let total: usize = imports.values().map(BTreeSet::len).sum();
        assert!(total >= least, "{name}: only {total} imports were found");
        compare(name, &table, &imports, &mut findings);
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

/// Reports modules without a row, imports that are not in the row, and entries that no import
/// needs.
fn compare(
    name: &str,
    table: &BTreeMap<String, Row>,
    imports: &BTreeMap<String, BTreeSet<String>>,
    findings: &mut Vec<String>,
) {
    for (module, imported) in imports {
        let Some(row) = table.get(module) else {
            findings.push(format!("{name}: ARCHITECTURE.md lacks the module `{module}`"));
            continue;
        };
        for import in imported.difference(row) {
            findings.push(format!("{name}: `{module}` must not import `{import}`"));
        }
        for unused in row.difference(imported) {
            findings.push(format!("{name}: `{module}` does not import `{unused}`"));
        }
    }
    for module in table.keys().filter(|module| !imports.contains_key(*module)) {
        findings.push(format!("{name}: the module `{module}` does not exist"));
    }
}

/// Reads the rows "| `module` | `import`, … |" below the header with the name of a crate.
fn read_table(text: &str, name: &str, findings: &mut Vec<String>) -> BTreeMap<String, Row> {
    let header = format!("| module of `{name}` | imports |");
    let lines = text.lines().skip_while(|line| *line != header).skip(2);
    let mut table = BTreeMap::new();
    for line in lines.take_while(|line| line.starts_with('|')) {
        let mut names = line.split('`').skip(1).step_by(2).map(str::to_owned);
        let module = names.next().unwrap_or_default();
        let row: Row = names.collect();
        for import in &row {
            if !import.starts_with("::") && !table.contains_key(import) {
                findings.push(format!("{name}: `{import}` stands below `{module}`"));
            }
        }
        table.insert(module, row);
    }
    assert!(!table.is_empty(), "ARCHITECTURE.md lacks the line {header:?}");
    table
}

/// Returns the dependencies of a crate, as Rust names them.
pub(crate) fn dependencies(manifest: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(manifest).unwrap();
    let section = text.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let section = section.take_while(|line| !line.starts_with('['));
    let names = section.filter_map(|line| line.split([' ', '.', '=']).next());
    names
        .filter(|name| !name.is_empty() && *name != "#")
        .map(|name| name.replace('-', "_"))
        .collect()
}

/// Returns the imports of each module of a crate. The imports of the root are not checked, because
/// it only declares and exports modules.
fn imports_of_crate(
    src: &Path,
    dependencies: &BTreeSet<String>,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in sources(src) {
        let parts: Vec<String> = path
            .strip_prefix(src)
            .unwrap()
            .with_extension("")
            .iter()
            .map(|part| part.to_str().unwrap().to_owned())
            .collect();
        if parts == ["lib"] {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let mut found = imports_of_text(&text, &parts, dependencies);
        found.remove(&parts[0]);
        imports.entry(parts[0].clone()).or_default().extend(found);
    }
    imports
}

/// Returns the Rust files of a folder, without tests.
pub(crate) fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs")
            && path.file_stem().is_some_and(|stem| stem != "tests")
        {
            files.push(path);
        }
    }
    files
}

/// Returns the modules and the crates that a file imports. `path` is the path of its module. Names
/// of crates begin with `::`.
fn imports_of_text(
    text: &str,
    path: &[String],
    dependencies: &BTreeSet<String>,
) -> BTreeSet<String> {
    let tokens: TokenStream = text.parse().unwrap();
    let mut imports = BTreeSet::new();
    let mut walk = Walk { path, dependencies, imports: &mut imports };
    walk.tokens(tokens);
    imports
}

struct Walk<'a> {
    path: &'a [String],
    dependencies: &'a BTreeSet<String>,
    imports: &'a mut BTreeSet<String>,
}

impl Walk<'_> {
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let text: Vec<String> = tokens.iter().map(ToString::to_string).collect();
        for index in 0..tokens.len() {
            let is_path = |at: usize| {
                text.get(at).is_some_and(|text| text == ":")
                    && text.get(at + 1).is_some_and(|text| text == ":")
            };
            let continues = index >= 2 && is_path(index - 2);
            match &tokens[index] {
                // Tests may import everything, and the paths in `quote!` belong to other crates.
                TokenTree::Group(group) => {
                    let previous =
                        |back: usize| index.checked_sub(back).map(|at| text[at].as_str());
                    let tests = previous(1) == Some("tests") && previous(2) == Some("mod");
                    let quoted = previous(1) == Some("!")
                        && matches!(previous(2), Some("quote" | "parse_quote"));
                    let is_use = continues && matches!(previous(3), Some("crate"));
                    if !tests && !quoted && !is_use {
                        self.tokens(group.stream());
                    }
                }
                TokenTree::Ident(first) if !continues && is_path(index + 1) => {
                    let supers = text[index..].chunks(3).take_while(|chunk| chunk[0] == "super");
                    let supers = supers.count();
                    if first == "crate" {
                        self.modules(tokens.get(index + 3));
                    } else if first == "super" && supers == self.path.len() {
                        self.modules(tokens.get(index + 3 * supers));
                    } else if self.dependencies.contains(&first.to_string()) {
                        self.imports.insert(format!("::{first}"));
                    }
                }
                _ => {}
            }
        }
    }

    /// Adds the module after `crate::`, or the first segments of a group.
    fn modules(&mut self, token: Option<&TokenTree>) {
        match token {
            Some(TokenTree::Ident(module)) => {
                self.imports.insert(module.to_string());
            }
            Some(TokenTree::Group(group)) => {
                let mut first = true;
                for token in group.stream() {
                    match token {
                        TokenTree::Ident(module) if first => {
                            self.imports.insert(module.to_string());
                            first = false;
                        }
                        TokenTree::Punct(punct) if punct.as_char() == ',' => first = true,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

#[test]
fn imports_are_recognized() {
    let text = "
        //! use crate::comment::X;
        use crate::load::{self, Document};
        use crate::{node::Node, yaml::parse, read};
        use super::super::super::lint;
        use super::sibling;
        use serde_json::Value;
        fn f() -> std::fmt::Result { println!(\"{}\", crate::model::api()); syn::parse_str(\"x\"); x::crate_::y() }
        fn g() -> TokenStream { quote!(crate::wire::call) }
        mod tests { use crate::lower::lower; }
    ";
    let path = ["a", "b", "c"].map(str::to_owned);
    let dependencies = ["serde_json", "syn"].map(str::to_owned).into();
    let found = imports_of_text(text, &path, &dependencies);
    let expected = ["::serde_json", "::syn", "lint", "load", "model", "node", "read", "yaml"];
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[test]
fn differences_are_reported() {
    let text = "| module of `x` | imports |\n|---|---|\n| `a` | `::syn` |\n| `b` | `a`, `c` |\n| `c` | |\n";
    let mut findings = Vec::new();
    let table = read_table(text, "x", &mut findings);
    assert_eq!(findings, ["x: `c` stands below `b`"]);
    findings.clear();
    let row = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let imports = [("a", row(&["::syn", "c"])), ("b", row(&["a"])), ("d", row(&[]))];
    let imports = imports.map(|(name, row)| (name.to_owned(), row)).into();
    compare("x", &table, &imports, &mut findings);
    let expected = [
        "x: `a` must not import `c`",
        "x: `b` does not import `c`",
        "x: ARCHITECTURE.md lacks the module `d`",
        "x: the module `c` does not exist",
    ];
    assert_eq!(findings, expected);
}
