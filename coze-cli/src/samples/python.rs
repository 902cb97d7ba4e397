//! A call as a program with cozepy, the official SDK, which has most of the operations.

mod expression;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use coze_spec::model::Operation;
use serde_json::{Map, Value};

use self::expression::{Expression, WIDTH};
use self::table::{Argument, Bug, Form, Returns, Table};
use super::file_name;
use crate::engine::Mode;

/// The program, or none if cozepy has no such call, or none that takes these values.
pub(crate) fn python(
    operation: &Operation,
    values: &Map<String, Value>,
    mode: Mode,
    base_url: &str,
) -> Option<String> {
    let table = Table::get();
    let call = table.call(&operation.id)?;
    let call = match (mode, &call.stream) {
        (Mode::Events, Some(stream)) => stream,
        _ => call,
    };
    let mut writer = Writer::new(table);
    let arguments = writer.arguments(&call.takes, &call.defaults, values, "")?;
    let required = |name: &str| operation.param(name).is_some_and(|param| param.field.required);
    if writer.left_out.iter().any(|left_out| required(&left_out.path)) {
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
        call.bug.as_ref().map_or_else(String::new, |bug| warning(bug, values, table)),
        statement(&call_text, call.gives),
    ))
}

/// What is done with the answer.
fn statement(call: &Expression, gives: Returns) -> String {
    match gives {
        Returns::Value => call.between("reply = ", "\nprint(reply)"),
        Returns::Nothing => call.between("", ""),
        Returns::List => call.between("for item in ", ":\n    print(item)"),
        Returns::Page => call.between(
            "page = ",
            "\nfor item in page.items:  # `in page` goes on to the other pages\n    \
             print(item)",
        ),
        Returns::Events => call.between("for event in ", ":\n    print(event)"),
        Returns::File => call.between("", ".write_to_file(\"reply.bin\")"),
    }
}

/// What the reader must know of a mistake in cozepy, if it befalls these values.
fn warning(bug: &Bug, values: &Map<String, Value>, table: &Table) -> String {
    if !bug.on.is_empty() && !bug.on.iter().any(|name| values.contains_key(name)) {
        return String::new();
    }
    let raises = bug.raises.as_ref().map_or_else(String::new, |error| format!(" raises {error}"));
    format!("# cozepy {}{raises}: {}.\n", table.version, bug.why)
}

/// Writes the values of one call, and remembers what it needs and what it cannot write.
struct Writer<'a> {
    table: &'a Table,
    /// Names by the module that they are imported from.
    imports: BTreeMap<String, BTreeSet<String>>,
    left_out: Vec<Omitted>,
    files: bool,
}

/// A value that is not in the program.
struct Omitted {
    /// Where it is, as `model_info_config.api_mode`.
    path: String,
    /// Whether cozepy takes other values in its place.
    argument: bool,
}

impl<'a> Writer<'a> {
    fn new(table: &'a Table) -> Self {
        Self { table, imports: BTreeMap::new(), left_out: Vec::new(), files: false }
    }

    /// The arguments of a call or a model. None if one is missing that it requires.
    fn arguments(
        &mut self,
        takes: &[Argument],
        defaults: &Map<String, Value>,
        values: &Map<String, Value>,
        place: &str,
    ) -> Option<Vec<(String, Expression)>> {
        for name in values.keys() {
            if !takes.iter().any(|taken| taken.wire == *name) {
                let path = format!("{place}{name}");
                self.left_out.push(Omitted { path, argument: false });
            }
        }
        let mut arguments = Vec::new();
        for taken in takes {
            let value = values.get(&taken.wire).filter(|value| !value.is_null());
            let written = match (value, defaults.get(&taken.wire)) {
                (Some(value), default) => {
                    let path = format!("{place}{}", taken.wire);
                    self.value(&taken.form, value, &path)
                        .or_else(|| default.map(Expression::literal))
                }
                (None, Some(Value::Null)) => Some(Expression::Atom("None".to_owned())),
                (None, Some(default)) => self.value(&taken.form, default, ""),
                (None, None) => None,
            };
            match written {
                Some(written) => arguments.push((taken.python.clone(), written)),
                None if taken.required => return None,
                None => {}
            }
        }
        Some(arguments)
    }

    /// A value in its form; none if cozepy cannot take it, which is noted.
    fn value(&mut self, form: &Form, value: &Value, path: &str) -> Option<Expression> {
        let noted = self.left_out.len();
        let written = self.written(form, value, path);
        if written.is_none() {
            // The whole of it is left out.
            self.left_out.truncate(noted);
            self.left_out.push(Omitted { path: path.to_owned(), argument: true });
        }
        written
    }

    fn written(&mut self, form: &Form, value: &Value, path: &str) -> Option<Expression> {
        match (form, value) {
            (Form::Json, value) => Some(Expression::literal(value)),
            (Form::Strings, Value::Object(entries)) => {
                entries.values().all(Value::is_string).then(|| Expression::literal(value))
            }
            (Form::File, value) => {
                self.files = true;
                let name = Value::from(file_name(value));
                Some(Expression::Atom(format!("Path({name})")))
            }
            (Form::Text, Value::String(_)) => Some(Expression::literal(value)),
            (Form::Text, value) => Some(Expression::literal(&Value::from(value.to_string()))),
            (Form::List(item), Value::Array(items)) => items
                .iter()
                .map(|value| self.written(item, value, &format!("{path}[]")))
                .collect::<Option<_>>()
                .map(Expression::List),
            (Form::Member(class), value) => {
                let member = self.member(class, value)?;
                Some(Expression::Atom(format!("{member}.value")))
            }
            (Form::Class(class), Value::Object(entries)) => self.object(class, entries, path),
            (Form::Class(class), value) => self.member(class, value).map(Expression::Atom),
            (Form::Strings | Form::List(_) | Form::Never, _) => None,
        }
    }

    /// A member of an enumeration.
    fn member(&mut self, class: &str, value: &Value) -> Option<String> {
        let listed = self.table.enumeration(class)?;
        let member = listed.members.iter().find(|(_, known)| *known == value);
        let written = match member {
            Some((name, _)) => format!("{class}.{name}"),
            None if listed.open => format!("{class}({value})"),
            None => return None,
        };
        self.import(class, listed.module.as_deref());
        Some(written)
    }

    /// An object of a model.
    fn object(
        &mut self,
        class: &str,
        entries: &Map<String, Value>,
        path: &str,
    ) -> Option<Expression> {
        let model = self.table.model(class)?;
        let place = format!("{path}.");
        let arguments = self.arguments(&model.fields, &model.defaults, entries, &place)?;
        let takes = |name: &String| model.fields.iter().any(|taken| taken.wire == *name);
        if !entries.is_empty() && !entries.keys().any(takes) {
            return None;
        }
        self.import(class, model.module.as_deref());
        Some(Expression::Call(class.to_owned(), arguments))
    }

    /// Has a name imported, of a class inside another one the outer.
    fn import(&mut self, name: &str, module: Option<&str>) -> String {
        let outer = name.split('.').next().unwrap_or(name);
        let module = module.unwrap_or("cozepy").to_owned();
        self.imports.entry(module).or_default().insert(outer.to_owned());
        name.to_owned()
    }

    /// The lines of the imports.
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

    /// What is left out, a line each.
    fn notes(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        for Omitted { path, argument } in &self.left_out {
            let line = if *argument {
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
#[allow(clippy::expect_used, clippy::panic, reason = "tests fail so")]
mod tests;
