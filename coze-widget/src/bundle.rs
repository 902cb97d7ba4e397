//! Joins ES modules into one classic script.
//!
//! A page loads the widget with a plain `<script src>`, and uses its class right after that. The
//! modules are written so that lines are enough to do this: imports are complete lines at the
//! beginning of a module, and `export` stands before a declaration.

use std::collections::{BTreeSet, HashMap};

/// Returns a script that runs the modules in the order of their imports. `main` comes last.
///
/// # Errors
///
/// An import that is not understood, or whose module is not in the list.
pub(crate) fn bundle(modules: &[(&str, &str)], main: &str) -> Result<String, String> {
    let sources = modules.iter().copied().collect();
    let mut bundler = Bundler { sources, done: BTreeSet::new(), script: String::new() };
    bundler.script.push_str("(() => {\n'use strict';\n");
    bundler.add(main, &mut Vec::new())?;
    bundler.script.push_str("})();\n");
    Ok(bundler.script)
}

struct Bundler<'a> {
    sources: HashMap<&'a str, &'a str>,
    done: BTreeSet<String>,
    script: String,
}

impl Bundler<'_> {
    fn add(&mut self, name: &str, importers: &mut Vec<String>) -> Result<(), String> {
        if self.done.contains(name) {
            return Ok(());
        }
        if importers.iter().any(|importer| importer == name) {
            return Err(format!("`{name}` imports itself: {}", importers.join(", ")));
        }
        let source = *self.sources.get(name).ok_or_else(|| format!("`{name}` is missing"))?;
        importers.push(name.to_owned());
        let module = Module::read(name, source)?;
        for import in &module.imports {
            self.add(import, importers)?;
        }
        importers.pop();
        self.done.insert(name.to_owned());
        self.script.push_str(&module.script(name));
        Ok(())
    }
}

/// A module whose imports and exports are replaced.
struct Module {
    imports: Vec<String>,
    body: String,
    /// Members of an object literal.
    exports: Vec<String>,
}

impl Module {
    fn read(name: &str, source: &str) -> Result<Self, String> {
        let mut module = Self { imports: Vec::new(), body: String::new(), exports: Vec::new() };
        let mut lines = source.lines();
        while let Some(line) = lines.next() {
            if line.starts_with("import ") {
                let mut import = line.to_owned();
                while !import.trim_end().ends_with(';') {
                    import.push_str(lines.next().ok_or_else(|| format!("`{name}`: {import}"))?);
                }
                module.import(&import).ok_or_else(|| format!("`{name}`: {import}"))?;
            } else if let Some(declaration) = line.strip_prefix("export ") {
                let declared = declared(declaration);
                module.exports.push(declared.ok_or_else(|| format!("`{name}`: {line}"))?);
                module.push(declaration);
            } else if let Some(at) = line.rfind(";export{") {
                module.push(&line[..=at]);
                module.export_list(&line[at + 8..]).ok_or_else(|| format!("`{name}`: exports"))?;
            } else if !line.starts_with("//# sourceMappingURL") {
                module.push(line);
            }
        }
        Ok(module)
    }

    fn push(&mut self, line: &str) {
        self.body.push_str(line);
        self.body.push('\n');
    }

    /// Replaces `import { a, b as c } from './x.js';`.
    fn import(&mut self, import: &str) -> Option<()> {
        let (names, from) = import.strip_prefix("import ")?.split_once(" from ")?;
        let from = from.trim_end().strip_suffix(';')?.trim_matches(['\'', '"']);
        let from = from.strip_prefix("./")?;
        let names = names.trim().strip_prefix('{')?.strip_suffix('}')?;
        let names: Vec<String> = split(names).map(|name| name.replace(" as ", ": ")).collect();
        self.push(&format!("const {{ {} }} = {};", names.join(", "), variable(from)));
        self.imports.push(from.to_owned());
        Some(())
    }

    /// Replaces the list of exports at the end of a minified module.
    fn export_list(&mut self, list: &str) -> Option<()> {
        for name in split(list.trim_end().strip_suffix("};")?) {
            let (inner, outer) = name.split_once(" as ").unwrap_or((name, name));
            self.exports.push(format!("{outer}: {inner}"));
        }
        Some(())
    }

    fn script(&self, name: &str) -> String {
        let exports = self.exports.join(", ");
        let variable = variable(name);
        format!(
            "// {name}\nconst {variable} = (() => {{\n{}return {{ {exports} }};\n}})();\n",
            self.body
        )
    }
}

fn split(names: &str) -> impl Iterator<Item = &str> {
    names.split(',').map(str::trim).filter(|name| !name.is_empty())
}

/// Returns the variable that holds the exports of a module.
fn variable(name: &str) -> String {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("${name}")
}

/// Returns the name of a declaration such as `async function name(…)`.
fn declared(declaration: &str) -> Option<String> {
    let declaration = declaration.strip_prefix("async ").unwrap_or(declaration);
    let name = ["function ", "function* ", "const ", "class "]
        .into_iter()
        .find_map(|keyword| declaration.strip_prefix(keyword))?;
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')?;
    (end > 0).then(|| name[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_run_after_their_imports() {
        let main = "import { one, two as deux } from './a.js';\nimport {\n  x,\n} from './b-c.js';\n\nwindow.y = one + deux + x;\n";
        let a = "import { x } from './b-c.js';\nexport const one = x;\nexport async function* two() {\n}\n";
        let b = "export class x {}\n";
        let minified = "class q{}var v=1;export{q as Q,v};\n//# sourceMappingURL=x.map\n";
        let modules = [("main.js", main), ("a.js", a), ("b-c.js", b), ("m.js", minified)];
        let script = bundle(&modules, "main.js").unwrap();
        assert_eq!(
            script,
            "(() => {\n'use strict';\n\
             // b-c.js\nconst $b_c_js = (() => {\nclass x {}\nreturn { x };\n})();\n\
             // a.js\nconst $a_js = (() => {\nconst { x } = $b_c_js;\nconst one = x;\n\
             async function* two() {\n}\nreturn { one, two };\n})();\n\
             // main.js\nconst $main_js = (() => {\nconst { one, two: deux } = $a_js;\n\
             const { x } = $b_c_js;\n\nwindow.y = one + deux + x;\nreturn {  };\n})();\n})();\n"
        );
        let script = bundle(&modules, "m.js").unwrap();
        assert!(script.contains("class q{}var v=1;\nreturn { Q: q, v: v };"), "{script}");
        assert!(!script.contains("sourceMapping"));
    }

    #[test]
    fn other_imports_and_exports_are_errors() {
        for source in [
            "import './a.js';",
            "import x from './a.js';",
            "import { a } from 'elsewhere';",
            "import { a } from './missing.js';",
            "import { a } from './main.js';",
            "export default 1;",
            "export let x = 1;",
            "import { a }",
        ] {
            assert!(bundle(&[("main.js", source)], "main.js").is_err(), "{source}");
        }
    }
}
