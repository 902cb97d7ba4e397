//! Sample code in Python: cozepy, the official SDK, where it has the operation, else `urllib`.

mod bindings;
mod urllib;

use std::collections::{BTreeMap, BTreeSet};

use coze_spec::model::Operation;
use serde_json::{Map, Value};

use self::bindings::{Argument, Bindings, Call, Returns, ValueForm};
use super::expression::{Expression, PYTHON, string};
use super::http::comments;
use super::scenario::Scenario;
use super::{Context, file_name};
use crate::engine::Mode;

/// Returns a program that makes the call.
pub(super) fn python(context: &Context<'_>) -> String {
    cozepy(context)
        .unwrap_or_else(|remark| comments("#", &[remark]) + &urllib::program(&context.exchange))
}

/// Returns a program with cozepy. The error says why it cannot make the call.
fn cozepy(context: &Context<'_>) -> Result<String, String> {
    let Context { operation, values, .. } = context;
    let bindings = Bindings::get();
    let version = &bindings.version;
    let call = call(bindings, operation, context.mode)
        .ok_or_else(|| format!("cozepy {version} does not have this operation."))?;
    let bug = call.bug.as_ref().filter(|bug| bug.affects(values));
    if let Some(bug) = bug.filter(|bug| bug.raises.is_some()) {
        return Err(bug.describe(version));
    }
    let mut writer = Writer::new(bindings);
    let unsupported = || format!("cozepy {version} cannot send these values.");
    let mut values = (*values).clone();
    if context.scenario == Some(Scenario::Image) {
        values.remove("additional_messages");
    }
    let mut arguments =
        writer.arguments(&call.arguments, &call.defaults, &values, "").ok_or_else(unsupported)?;
    let required = |name: &str| operation.param(name).is_some_and(|param| param.field.required);
    if writer.omitted.iter().any(|omitted| required(&omitted.path)) {
        return Err(unsupported());
    }
    let client = writer.client(context.base_url);
    let statements = match context.scenario.map(Scenario::python) {
        Some(template) => {
            if context.scenario == Some(Scenario::Image) {
                let messages = Expression::Atom("[question]".to_owned());
                arguments.push(("additional_messages".to_owned(), messages));
            }
            let arguments = Expression::Call(String::new(), arguments);
            writer.template(template, &arguments, context)
        }
        None => {
            let call_text = Expression::Call(format!("coze.{}", call.path), arguments);
            statement(&call_text, call.returns)
        }
    };
    let bug = bug.map_or_else(String::new, |bug| comments("#", &[bug.describe(version)]));
    Ok(format!("{}\n{client}\n{}{bug}{statements}\n", writer.imports(), writer.notes()))
}

/// Returns the method of cozepy for an operation.
fn call<'a>(bindings: &'a Bindings, operation: &Operation, mode: Mode) -> Option<&'a Call> {
    let call = bindings.call(&operation.id)?;
    match (mode, &call.stream) {
        (Mode::Events, Some(stream)) => Some(stream),
        _ => Some(call),
    }
}

/// Returns the statement that makes the call and prints its result.
fn statement(call: &Expression, returns: Returns) -> String {
    match returns {
        Returns::Value => call.between(&PYTHON, "reply = ", "\nprint(reply)"),
        Returns::Nothing => call.between(&PYTHON, "", ""),
        Returns::List => call.between(&PYTHON, "for item in ", ":\n    print(item)"),
        Returns::Page => call.between(
            &PYTHON,
            "page = ",
            "\nfor item in page.items:  # `in page` fetches further pages too\n    \
             print(item)",
        ),
        Returns::Events => call.between(&PYTHON, "for event in ", ":\n    print(event)"),
        Returns::File => call.between(&PYTHON, "", ".write_to_file(\"reply.bin\")"),
    }
}

/// Writes the values of one call, and collects the imports and the values that are not supported.
struct Writer<'a> {
    bindings: &'a Bindings,
    /// Imported names by module.
    imports: BTreeMap<String, BTreeSet<String>>,
    /// The import lines of the standard library.
    standard: BTreeSet<String>,
    omitted: Vec<OmittedValue>,
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
        let standard = BTreeSet::from(["import os".to_owned()]);
        Self { bindings, imports: BTreeMap::new(), standard, omitted: Vec::new() }
    }

    /// Writes the creation of the client.
    fn client(&mut self, base_url: &str) -> String {
        let host = match base_url {
            "https://api.coze.cn" => self.import("COZE_CN_BASE_URL", None),
            "https://api.coze.com" => self.import("COZE_COM_BASE_URL", None),
            other => string(other),
        };
        self.import("Coze", None);
        self.import("TokenAuth", None);
        let auth = "TokenAuth(os.environ[\"COZE_API_TOKEN\"])".to_owned();
        let arguments = [("auth", auth), ("base_url", host)];
        let arguments =
            arguments.map(|(name, value)| (name.to_owned(), Expression::Atom(value))).to_vec();
        Expression::Call("Coze".to_owned(), arguments).between(&PYTHON, "coze = ", "")
    }

    /// Fills in the template of a scenario, and imports what it imports.
    fn template(&mut self, template: &str, call: &Expression, context: &Context<'_>) -> String {
        let is_import = |line: &&str| line.starts_with("import ") || line.starts_with("from ");
        for line in template.lines().filter(is_import) {
            match line.strip_prefix("from cozepy import ") {
                Some(names) => names.split(", ").for_each(|name| drop(self.import(name, None))),
                None => drop(self.standard.insert(line.to_owned())),
            }
        }
        let code: Vec<&str> = template.lines().filter(|line| !is_import(line)).collect();
        let code = context.fill(code.join("\n").trim());
        match code.split_once("($ARGS)") {
            Some((before, after)) => call.between(&PYTHON, before, after),
            None => code,
        }
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
                self.standard.insert("from pathlib import Path".to_owned());
                Some(Expression::Atom(format!("Path({})", string(file_name(value)))))
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
        let mut standard: Vec<&str> = self.standard.iter().map(String::as_str).collect();
        standard.sort_by_key(|line| line.starts_with("from "));
        let standard = standard.join("\n");
        let lines: Vec<String> = self
            .imports
            .iter()
            .map(|(module, names)| {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let line = format!("from {module} import {}\n", names.join(", "));
                if line.trim_end().len() <= PYTHON.width {
                    return line;
                }
                format!("from {module} import (\n    {},\n)\n", names.join(",\n    "))
            })
            .collect();
        format!("{standard}\n\n{}", lines.concat())
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
