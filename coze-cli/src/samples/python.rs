//! Sample code for cozepy, the official Python SDK, which supports most operations.

mod bindings;
mod expression;

use std::collections::{BTreeMap, BTreeSet};

use coze_spec::model::Operation;
use serde_json::{Map, Value};

use self::bindings::{Argument, Bindings, Bug, Returns, ValueForm};
use self::expression::{Expression, WIDTH};
use super::file_name;
use crate::engine::Mode;

/// Returns a program that makes the call, or `None` if cozepy does not support it with the values.
pub(crate) fn python(
    operation: &Operation,
    values: &Map<String, Value>,
    mode: Mode,
    base_url: &str,
) -> Option<String> {
    let bindings = Bindings::get();
    let call = bindings.call(&operation.id)?;
    let call = match (mode, &call.stream) {
        (Mode::Events, Some(stream)) => stream,
        _ => call,
    };
    let mut writer = Writer::new(bindings);
    let arguments = writer.arguments(&call.arguments, &call.defaults, values, "")?;
    let required = |name: &str| operation.param(name).is_some_and(|param| param.field.required);
    if writer.omitted.iter().any(|omitted| required(&omitted.path)) {
        return None;
    }
    let host = match base_url {
        "https://api.coze.cn" => writer.import("COZE_CN_BASE_URL", None),
        "https://api.coze.com" => writer.import("COZE_COM_BASE_URL", None),
        other => Value::from(other).to_string(),
    };
    let client = Expression::Call(
        "Coze".to_owned(),
        vec![
            (
                "auth".to_owned(),
                Expression::Atom("TokenAuth(os.environ[\"COZE_API_TOKEN\"])".to_owned()),
            ),
            ("base_url".to_owned(), Expression::Atom(host)),
        ],
    );
    writer.import("Coze", None);
    writer.import("TokenAuth", None);
    let call_text = Expression::Call(format!("coze.{}", call.path), arguments);
    Some(format!(
        "{}\n{}\n{}{}{}\n",
        writer.imports(),
        client.between("coze = ", ""),
        writer.notes(),
        call.bug.as_ref().map_or_else(String::new, |bug| warning(bug, values, bindings)),
        statement(&call_text, call.returns),
    ))
}

/// Returns the statement that makes the call and prints its result.
fn statement(call: &Expression, returns: Returns) -> String {
    match returns {
        Returns::Value => call.between("reply = ", "\nprint(reply)"),
        Returns::Nothing => call.between("", ""),
        Returns::List => call.between("for item in ", ":\n    print(item)"),
        Returns::Page => call.between(
            "page = ",
            "\nfor item in page.items:  # `in page` fetches further pages too\n    \
             print(item)",
        ),
        Returns::Events => call.between("for event in ", ":\n    print(event)"),
        Returns::File => call.between("", ".write_to_file(\"reply.bin\")"),
    }
}

/// Returns a comment about a bug in cozepy if it affects the values.
fn warning(bug: &Bug, values: &Map<String, Value>, bindings: &Bindings) -> String {
    if !bug.on.is_empty() && !bug.on.iter().any(|name| values.contains_key(name)) {
        return String::new();
    }
    let raises = bug.raises.as_ref().map_or_else(String::new, |error| format!(" raises {error}"));
    format!("# cozepy {}{raises}: {}.\n", bindings.version, bug.why)
}

/// Writes the values of one call, and collects the imports and the values that are not supported.
struct Writer<'a> {
    bindings: &'a Bindings,
    /// Imported names by module.
    imports: BTreeMap<String, BTreeSet<String>>,
    omitted: Vec<OmittedValue>,
    /// Set if the program needs `Path`.
    files: bool,
}

/// A value that is not in the program.
struct OmittedValue {
    /// The path of the value, such as `model_info_config.api_mode`.
    path: String,
    /// Set if cozepy has an argument for the value but does not support this value.
    has_argument: bool,
}

impl<'a> Writer<'a> {
    fn new(bindings: &'a Bindings) -> Self {
        Self { bindings, imports: BTreeMap::new(), omitted: Vec::new(), files: false }
    }

    /// Writes the arguments of a call or a model. Returns `None` if a required one is missing.
    fn arguments(
        &mut self,
        expected: &[Argument],
        defaults: &Map<String, Value>,
        values: &Map<String, Value>,
        prefix: &str,
    ) -> Option<Vec<(String, Expression)>> {
        for name in values.keys() {
            if !expected.iter().any(|argument| argument.wire == *name) {
                let path = format!("{prefix}{name}");
                self.omitted.push(OmittedValue { path, has_argument: false });
            }
        }
        let mut arguments = Vec::new();
        for argument in expected {
            let value = values.get(&argument.wire).filter(|value| !value.is_null());
            let expression = match (value, defaults.get(&argument.wire)) {
                (Some(value), default) => {
                    let path = format!("{prefix}{}", argument.wire);
                    self.value(&argument.form, value, &path)
                        .or_else(|| default.map(Expression::literal))
                }
                (None, Some(Value::Null)) => Some(Expression::Atom("None".to_owned())),
                (None, Some(default)) => self.value(&argument.form, default, ""),
                (None, None) => None,
            };
            match expression {
                Some(expression) => arguments.push((argument.python.clone(), expression)),
                None if argument.required => return None,
                None => {}
            }
        }
        Some(arguments)
    }

    /// Writes a value. Returns `None` and records the omission if cozepy does not support it.
    fn value(&mut self, form: &ValueForm, value: &Value, path: &str) -> Option<Expression> {
        let omitted_before = self.omitted.len();
        let expression = self.expression(form, value, path);
        if expression.is_none() {
            // One note about the whole value replaces the notes about its parts.
            self.omitted.truncate(omitted_before);
            self.omitted.push(OmittedValue { path: path.to_owned(), has_argument: true });
        }
        expression
    }

    fn expression(&mut self, form: &ValueForm, value: &Value, path: &str) -> Option<Expression> {
        match (form, value) {
            (ValueForm::Json, value) => Some(Expression::literal(value)),
            (ValueForm::Strings, Value::Object(entries)) => {
                entries.values().all(Value::is_string).then(|| Expression::literal(value))
            }
            (ValueForm::File, value) => {
                self.files = true;
                let name = Value::from(file_name(value));
                Some(Expression::Atom(format!("Path({name})")))
            }
            (ValueForm::Text, Value::String(_)) => Some(Expression::literal(value)),
            (ValueForm::Text, value) => Some(Expression::literal(&Value::from(value.to_string()))),
            (ValueForm::List(item), Value::Array(items)) => items
                .iter()
                .map(|value| self.expression(item, value, &format!("{path}[]")))
                .collect::<Option<_>>()
                .map(Expression::List),
            (ValueForm::Member(class), value) => {
                let member = self.member(class, value)?;
                Some(Expression::Atom(format!("{member}.value")))
            }
            (ValueForm::Class(class), Value::Object(entries)) => self.object(class, entries, path),
            (ValueForm::Class(class), value) => self.member(class, value).map(Expression::Atom),
            (ValueForm::Strings | ValueForm::List(_) | ValueForm::Never, _) => None,
        }
    }

    /// Writes a member of an enumeration.
    fn member(&mut self, class: &str, value: &Value) -> Option<String> {
        let enumeration = self.bindings.enumeration(class)?;
        let member = enumeration.members.iter().find(|(_, member)| *member == value);
        let expression = match member {
            Some((name, _)) => format!("{class}.{name}"),
            None if enumeration.open => format!("{class}({value})"),
            None => return None,
        };
        self.import(class, enumeration.module.as_deref());
        Some(expression)
    }

    /// Writes an object as an instance of a model.
    fn object(
        &mut self,
        class: &str,
        entries: &Map<String, Value>,
        path: &str,
    ) -> Option<Expression> {
        let model = self.bindings.model(class)?;
        let prefix = format!("{path}.");
        let arguments = self.arguments(&model.fields, &model.defaults, entries, &prefix)?;
        let is_field = |name: &String| model.fields.iter().any(|field| field.wire == *name);
        if !entries.is_empty() && !entries.keys().any(is_field) {
            return None;
        }
        self.import(class, model.module.as_deref());
        Some(Expression::Call(class.to_owned(), arguments))
    }

    /// Imports a name; for a nested class, the outer class.
    fn import(&mut self, name: &str, module: Option<&str>) -> String {
        let outer = name.split('.').next().unwrap_or(name);
        let module = module.unwrap_or("cozepy").to_owned();
        self.imports.entry(module).or_default().insert(outer.to_owned());
        name.to_owned()
    }

    /// Returns the import lines.
    fn imports(&self) -> String {
        let path = if self.files { "from pathlib import Path\n" } else { "" };
        let lines: Vec<String> = self
            .imports
            .iter()
            .map(|(module, names)| {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let line = format!("from {module} import {}\n", names.join(", "));
                if line.trim_end().len() <= WIDTH {
                    return line;
                }
                format!("from {module} import (\n    {},\n)\n", names.join(",\n    "))
            })
            .collect();
        format!("import os\n{path}\n{}", lines.concat())
    }

    /// Returns a comment line for each omitted value.
    fn notes(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        for OmittedValue { path, has_argument } in &self.omitted {
            let line = if *has_argument {
                format!("# cozepy cannot send this value of {path}.\n")
            } else {
                format!("# cozepy has no argument for {path}.\n")
            };
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines.concat()
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "a panic fails the test")]
mod tests;
