//! Wraps ES modules in functions, so that one script can contain them.
//!
//! The modules are written so that lines are enough to do this: imports are complete lines at the
//! beginning of a module, and `export` stands before a declaration.

use std::collections::{BTreeSet, HashMap};

/// Returns a module and those that it imports, each of them after its own imports.
///
/// # Errors
///
/// An import that is not understood, or whose module is not in the list.
pub(crate) fn modules(sources: &[(&str, &str)], main: &str) -> Result<Vec<Module>, String> {
    let sources = sources.iter().copied().collect();
    let mut bundler = Bundler { sources, done: BTreeSet::new(), modules: Vec::new() };
    bundler.add(main, &mut Vec::new())?;
    Ok(bundler.modules)
}

struct Bundler<'a> {
    sources: HashMap<&'a str, &'a str>,
    done: BTreeSet<String>,
    modules: Vec<Module>,
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
        self.modules.push(module);
        Ok(())
    }
}

/// A module whose imports and exports are replaced.
pub(crate) struct Module {
    name: String,
    imports: Vec<String>,
    /// The code, in which imports are taken from the variables of other modules.
    pub(crate) body: String,
    /// Members of an object literal.
    exports: Vec<String>,
}

impl Module {
    fn read(name: &str, source: &str) -> Result<Self, String> {
        let (imports, body, exports) = (Vec::new(), String::new(), Vec::new());
        let mut module = Self { name: name.to_owned(), imports, body, exports };
        let mut lines = source.lines();
        // Later lines that look like imports are in texts.
        let mut imports_end = false;
        while let Some(line) = lines.next() {
            let is_import = line.starts_with("import ");
            imports_end |= !is_import && line.starts_with(|c: char| c.is_ascii_alphabetic());
            if is_import && !imports_end {
                let mut import = line.to_owned();
                while !import.trim_end().ends_with(';') {
                    import.push_str(lines.next().ok_or_else(|| format!("`{name}`: {import}"))?);
                }
                module.import(&import).ok_or_else(|| format!("`{name}`: {import}"))?;
            } else if let Some(value) = line.strip_prefix("export default ") {
                module.push(&format!("const $default = {value}"));
                module.exports.push("default: $default".to_owned());
            } else if let Some(list) = line.strip_prefix("export {") {
                module.export_list(list).ok_or_else(|| format!("`{name}`: exports"))?;
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

    /// Replaces `import { a, b as c } from './x.js';` and `import a from './x.js';`.
    fn import(&mut self, import: &str) -> Option<()> {
        let (names, from) = import.strip_prefix("import ")?.split_once(" from ")?;
        let from = from.trim_end().strip_suffix(';')?.trim_matches(['\'', '"']);
        let from = from.strip_prefix("./")?;
        let names: Vec<String> = match names.trim().strip_prefix('{') {
            Some(list) => {
                split(list.strip_suffix('}')?).map(|name| name.replace(" as ", ": ")).collect()
            }
            None if names.contains([',', '*']) => return None,
            None => vec![format!("default: {names}")],
        };
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

    /// Returns the variable that holds the exports.
    pub(crate) fn variable(&self) -> String {
        variable(&self.name)
    }

    /// Returns the declaration of the variable, which runs the module.
    pub(crate) fn declaration(&self) -> String {
        let (name, variable) = (&self.name, self.variable());
        let exports = self.exports.join(", ");
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

    fn declarations(sources: &[(&str, &str)], main: &str) -> Result<String, String> {
        Ok(modules(sources, main)?.iter().map(Module::declaration).collect())
    }

    #[test]
    fn modules_run_after_their_imports() {
        let main = "import { one, two as deux } from './a.js';\nimport {\n  x,\n} from './b-c.js';\n\nwindow.y = one + deux + x;\n";
        let a = "import { x } from './b-c.js';\nexport const one = x;\nexport async function* two() {\n}\n";
        let b = "export class x {}\n";
        let sources = [("main.js", main), ("a.js", a), ("b-c.js", b)];
        assert_eq!(
            declarations(&sources, "main.js").unwrap(),
            "// b-c.js\nconst $b_c_js = (() => {\nclass x {}\nreturn { x };\n})();\n\
             // a.js\nconst $a_js = (() => {\nconst { x } = $b_c_js;\nconst one = x;\n\
             async function* two() {\n}\nreturn { one, two };\n})();\n\
             // main.js\nconst $main_js = (() => {\nconst { one, two: deux } = $a_js;\n\
             const { x } = $b_c_js;\n\nwindow.y = one + deux + x;\nreturn {  };\n})();\n"
        );
    }

    #[test]
    fn lists_and_defaults_are_exported() {
        let minified = "class q{}var v=1;export{q as Q,v};\n//# sourceMappingURL=x.map\n";
        let script = declarations(&[("m.js", minified)], "m.js").unwrap();
        assert!(script.contains("class q{}var v=1;\nreturn { Q: q, v: v };"), "{script}");
        assert!(!script.contains("sourceMapping"));
        let texts = "export default {\n  a: `\nimport { x } from 'y';\n`,\n};\n";
        let listed = "const b = 1;\nexport { b as default };\n";
        let main = "import a from './texts.js';\nimport b from './listed.js';\n";
        let sources = [("main.js", main), ("texts.js", texts), ("listed.js", listed)];
        assert_eq!(
            declarations(&sources, "main.js").unwrap(),
            "// texts.js\nconst $texts_js = (() => {\nconst $default = {\n  a: `\nimport { x } \
             from 'y';\n`,\n};\nreturn { default: $default };\n})();\n\
             // listed.js\nconst $listed_js = (() => {\nconst b = 1;\nreturn { default: b };\n\
             })();\n\
             // main.js\nconst $main_js = (() => {\nconst { default: a } = $texts_js;\n\
             const { default: b } = $listed_js;\nreturn {  };\n})();\n"
        );
    }

    #[test]
    fn other_imports_and_exports_are_errors() {
        for source in [
            "import './a.js';",
            "import x, { y } from './a.js';",
            "import * as x from './a.js';",
            "import { a } from 'elsewhere';",
            "import { a } from './missing.js';",
            "import { a } from './main.js';",
            "export let x = 1;",
            "export * from './a.js';",
            "import { a }",
        ] {
            let sources = [("main.js", source), ("a.js", "")];
            assert!(modules(&sources, "main.js").is_err(), "{source}");
        }
    }
}
