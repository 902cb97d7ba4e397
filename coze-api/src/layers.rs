//! The layers of this crate, and a test that imports point downwards only.

use std::fs;
use std::path::{Path, PathBuf};

/// Each layer with the layers that it may use. Within a layer all modules may use each other,
/// except in [`WIRE`].
const LAYERS: [(&str, &[&str]); 10] = [
    ("base", &[]),
    ("wire", &["base"]),
    ("client", &["base", "wire"]),
    ("auth", &["base", "wire", "client"]),
    ("generated", &["base", "wire", "realtime"]),
    ("ext", &["base", "wire", "generated"]),
    ("blocking", &["base"]),
    ("realtime", &["base", "wire", "client", "generated"]),
    ("webhook", &["base", "wire", "generated"]),
    ("site", &["base", "wire", "client", "generated", "ext"]),
];

/// Generated data without imports of its own, which every layer may read.
const DATA: (&str, &str) = ("generated", "studio");

/// The modules of `wire`, from the bottom to the top: each may use those before it.
const WIRE: [&str; 15] = [
    "retry",
    "upload",
    "body",
    "observe",
    "middleware",
    "observation",
    "client",
    "call",
    "envelope",
    "transport",
    "stream",
    "response",
    "page",
    "send",
    "request",
];

/// The layers below the features. They must not know which features are on.
const CORE: [&str; 3] = ["base", "wire", "client"];

#[test]
fn imports_point_downwards() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in sources() {
        let Some((layer, module)) = file.place() else { continue };
        let (_, below) = LAYERS.iter().find(|(name, _)| *name == layer).expect("a known layer");
        for (number, line) in file.code() {
            for (root, next) in imports(line) {
                seen += 1;
                let root = if (root, next) == ("generated", "errors") { "base" } else { root };
                let allowed = if root == layer {
                    layer != "wire" || rank(next) <= rank(module)
                } else {
                    below.contains(&root) || (root, next) == DATA
                };
                if !allowed {
                    let path = file.path.display();
                    wrong.push(format!("{path}:{number}: {layer} must not use {root}::{next}"));
                }
            }
        }
    }
    assert!(seen > 300, "only {seen} imports were found: can the test still read them?");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_core_does_not_know_its_features() {
    let mut wrong = Vec::new();
    for file in sources() {
        let Some((layer, _)) = file.place() else { continue };
        if CORE.contains(&layer) {
            let lines = file.code().filter(|(_, line)| line.contains("feature = \""));
            wrong.extend(lines.map(|(number, _)| format!("{}:{number}", file.path.display())));
        }
    }
    assert!(wrong.is_empty(), "features are named in {}", wrong.join(", "));
}

#[test]
fn imports_are_recognized() {
    let found = |line| imports(line).collect::<Vec<_>>();
    assert_eq!(found("use crate::wire::{Call, page};"), [("wire", "")]);
    assert_eq!(found("    crate::base::error::Error::new(x)"), [("base", "error")]);
    assert_eq!(
        found("$crate::wire::page::Pages::new(crate::auth::x)"),
        [("wire", "page"), ("auth", "x")]
    );
    // Macros name what users see, which is at the root.
    assert_eq!(found("-> $crate::Result<$crate::Download>"), []);
    assert_eq!(found("use crate::Client;"), [("Client", "")]);
}

/// The paths behind `crate::` in a line: their first two segments.
fn imports(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.match_indices("crate::").filter_map(move |(at, found)| {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let segment = |text: &'_ str| text.find(|c| !is_name(c)).unwrap_or(text.len());
        let path = &line[at + found.len()..];
        let (root, rest) = path.split_at(segment(path));
        let rest = rest.strip_prefix("::").unwrap_or_default();
        let public = line[..at].ends_with('$') && root.starts_with(char::is_uppercase);
        (!public).then_some((root, &rest[..segment(rest)]))
    })
}

fn rank(module: &str) -> usize {
    WIRE.iter().position(|name| *name == module).unwrap_or_else(|| panic!("{module} has no rank"))
}

/// A source file without its tests.
struct Source {
    /// Relative to `src`.
    path: PathBuf,
    text: String,
}

impl Source {
    /// The layer, and the module in it; `None` for the root of the crate.
    fn place(&self) -> Option<(&str, &str)> {
        let mut parts = self.path.iter().map(|part| part.to_str().expect("UTF-8"));
        let layer = parts.next()?.trim_end_matches(".rs");
        let module = parts.next().unwrap_or_default().trim_end_matches(".rs");
        // The table of error codes is data of the lowest layer.
        let (layer, module) = match (layer, module) {
            ("generated", "errors") => ("base", "errors"),
            other => other,
        };
        // The root of `wire` only declares its modules, and the guide is documentation.
        let root = matches!(layer, "lib" | "layers" | "testing" | "guide");
        let root = root || (layer, module) == ("wire", "");
        (!root).then_some((layer, module))
    }

    /// The lines of code with their numbers, up to the tests.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().map(str::trim_start).enumerate();
        lines
            .take_while(|(_, line)| *line != "mod tests {")
            .filter(|(_, line)| !line.starts_with("//"))
            .map(|(index, line)| (index + 1, line))
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    collect(&root, &root, &mut sources);
    sources
}

fn collect(root: &Path, folder: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && name != "tests" {
            collect(root, &path, sources);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            let text = fs::read_to_string(&path).expect("a source file");
            let path = path.strip_prefix(root).expect("in the root").to_owned();
            sources.push(Source { path, text });
        }
    }
}
