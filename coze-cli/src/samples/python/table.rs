//! What cozepy calls the operations and their values, as data.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The calls, models and enumerations of one version of cozepy.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) version: String,
    operations: BTreeMap<String, Call>,
    models: BTreeMap<String, Model>,
    enums: BTreeMap<String, Enumeration>,
}

/// A call of cozepy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    /// Where it is below the client.
    #[serde(rename = "call")]
    pub(super) path: String,
    pub(super) takes: Vec<Argument>,
    #[serde(default)]
    pub(super) gives: Returns,
    /// Of arguments that have no value, or have no name on the wire.
    #[serde(default)]
    pub(super) defaults: Map<String, Value>,
    /// The call for events, of operations that answer with them if asked to.
    pub(super) stream: Option<Box<Self>>,
    /// What it gets wrong, which the sample says.
    pub(super) bug: Option<Bug>,
}

/// What a call returns.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Returns {
    #[default]
    Value,
    /// An object without fields.
    Nothing,
    List,
    Page,
    Events,
    File,
}

/// A mistake in cozepy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bug {
    /// The name of the exception, if the call cannot succeed.
    pub(super) raises: Option<String>,
    /// The parameters that it befalls; all of them if none is named.
    #[serde(default)]
    pub(super) on: Vec<String>,
    pub(super) why: String,
}

/// A class that objects are made of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Model {
    /// Where it is imported from, if not from `cozepy`.
    pub(super) module: Option<String>,
    pub(super) fields: Vec<Argument>,
    #[serde(default)]
    pub(super) defaults: Map<String, Value>,
}

/// A class of listed values.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Enumeration {
    pub(super) module: Option<String>,
    /// Whether it takes values that are not listed.
    #[serde(default)]
    pub(super) open: bool,
    pub(super) members: BTreeMap<String, Value>,
}

/// An argument or a field: `wire=python!: Type`, where only the first word must be there.
///
/// `!` says that cozepy requires it. The type is the name of a model or an enumeration, in brackets for a list of them;
/// `Type.value` for the value of a member; `{str}` for an object of strings; `text` for what is written as a string;
/// `file`; or `never` for what cozepy fails to send. Without one it is JSON.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(super) struct Argument {
    pub(super) wire: String,
    pub(super) python: String,
    pub(super) required: bool,
    pub(super) form: Form,
}

/// How a value is written.
#[derive(Debug)]
pub(super) enum Form {
    Json,
    Strings,
    Text,
    File,
    Never,
    Class(String),
    /// The value of a member of an enumeration.
    Member(String),
    List(Box<Self>),
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        let (names, form) = match text.split_once(':') {
            Some((names, form)) => (names, Form::read(form.trim())),
            None => (text.as_str(), Form::Json),
        };
        let required = names.ends_with('!');
        let names = names.trim_end_matches('!');
        let (wire, python) = names.split_once('=').unwrap_or((names, names));
        Self { wire: wire.to_owned(), python: python.to_owned(), required, form }
    }
}

impl Form {
    fn read(text: &str) -> Self {
        if let Some(item) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            return Self::List(Box::new(Self::read(item)));
        }
        match text {
            "{str}" => Self::Strings,
            "text" => Self::Text,
            "file" => Self::File,
            "never" => Self::Never,
            class => match class.strip_suffix(".value") {
                Some(class) => Self::Member(class.to_owned()),
                None => Self::Class(class.to_owned()),
            },
        }
    }
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // A test reads it: it is never broken.
    serde_json::from_str(include_str!("cozepy.json")).unwrap_or_default()
});

impl Table {
    pub(super) fn get() -> &'static Self {
        &TABLE
    }

    pub(super) fn call(&self, operation: &str) -> Option<&Call> {
        self.operations.get(operation)
    }

    pub(super) fn model(&self, name: &str) -> Option<&Model> {
        self.models.get(name)
    }

    pub(super) fn enumeration(&self, name: &str) -> Option<&Enumeration> {
        self.enums.get(name)
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "tests fail so")]
mod tests {
    use coze_spec::model::{Field, Reply, Type};

    use super::*;
    use crate::words;

    /// Every name on the wire is one of the operation, and every class is in the table. Whether cozepy has them too is
    /// what `tests/peers` asks cozepy.
    #[test]
    fn the_table_fits_the_operations() {
        let table: Table =
            serde_json::from_str(include_str!("cozepy.json")).expect("a table that can be read");
        for (id, call) in &table.operations {
            let operation = words::find(id).expect(id);
            let both = operation.stream.is_some() && operation.reply != Reply::Events;
            assert_eq!(call.stream.is_some(), both, "{id}");
            let fields: Vec<&Field> = operation.params.iter().map(|param| &param.field).collect();
            for call in std::iter::once(call).chain(call.stream.as_deref()) {
                fits(&table, id, &call.takes, &call.defaults, &fields);
            }
        }
    }

    fn fits(
        table: &Table,
        place: &str,
        takes: &[Argument],
        defaults: &Map<String, Value>,
        fields: &[&Field],
    ) {
        for taken in takes {
            let place = format!("{place}.{}", taken.wire);
            let field = fields.iter().find(|field| field.wire == taken.wire);
            match field {
                Some(field) => form_fits(table, &place, &taken.form, &field.kind),
                // What has no name on the wire must have a value nevertheless; a model may have it for replies.
                None => assert!(
                    defaults.contains_key(&taken.wire) || !taken.required,
                    "{place} is unknown and has no value"
                ),
            }
        }
    }

    fn form_fits(table: &Table, place: &str, form: &Form, kind: &Type) {
        match form {
            Form::Json | Form::Text | Form::Never => {
                assert!(*kind != Type::File, "{place} is a file");
            }
            Form::Strings => assert!(matches!(kind, Type::Map(_)), "{place}"),
            Form::File => assert_eq!(*kind, Type::File, "{place}"),
            Form::List(item) => {
                let Type::List(inner) = kind else { panic!("{place} is not a list") };
                form_fits(table, place, item, inner);
            }
            Form::Member(class) => {
                assert!(table.enums.contains_key(class), "{place}: {class}");
            }
            Form::Class(class) => match table.models.get(class) {
                Some(model) => {
                    assert!(matches!(kind, Type::Named(_)), "{place}");
                    let fields: Vec<&Field> = coze_spec::api().fields(kind).iter().collect();
                    fits(table, place, &model.fields, &model.defaults, &fields);
                }
                None => assert!(table.enums.contains_key(class), "{place}: {class}"),
            },
        }
    }

    #[test]
    fn an_argument_has_names_a_mark_and_a_form() {
        let taken = Argument::from("page=page_num!: [DocumentBase]".to_owned());
        assert_eq!((taken.wire.as_str(), taken.python.as_str()), ("page", "page_num"));
        assert!(taken.required);
        let Form::List(item) = taken.form else { panic!("{taken:?}") };
        assert!(matches!(*item, Form::Class(class) if class == "DocumentBase"));
        let plain = Argument::from("name".to_owned());
        assert_eq!((plain.python.as_str(), plain.required), ("name", false));
        assert!(matches!(plain.form, Form::Json));
        let member = Argument::from("mode: WorkflowMode.value".to_owned());
        assert!(matches!(member.form, Form::Member(class) if class == "WorkflowMode"));
    }
}
