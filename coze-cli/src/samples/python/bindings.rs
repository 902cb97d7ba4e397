//! The names of operations and values in cozepy, as data.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The calls, models and enumerations of one version of cozepy.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bindings {
    pub(super) version: String,
    operations: BTreeMap<String, Call>,
    models: BTreeMap<String, Model>,
    enums: BTreeMap<String, Enumeration>,
}

/// A method of cozepy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    /// The path of the method below the client.
    #[serde(rename = "call")]
    pub(super) path: String,
    #[serde(rename = "takes")]
    pub(super) arguments: Vec<Argument>,
    #[serde(rename = "gives", default)]
    pub(super) returns: Returns,
    /// The values of arguments that are not set or have no wire name.
    #[serde(default)]
    pub(super) defaults: Map<String, Value>,
    /// The method that streams events, for operations that support both.
    pub(super) stream: Option<Box<Self>>,
    /// A bug that the sample mentions.
    pub(super) bug: Option<Bug>,
}

/// The result of a method.
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

/// A bug in cozepy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bug {
    /// The exception that every call raises, if any.
    pub(super) raises: Option<String>,
    /// The affected parameters; if empty, every call is affected.
    #[serde(default)]
    pub(super) on: Vec<String>,
    pub(super) why: String,
}

impl Bug {
    /// Returns `true` if the bug affects a call with these values.
    pub(super) fn affects(&self, values: &Map<String, Value>) -> bool {
        self.on.is_empty() || self.on.iter().any(|name| values.contains_key(name))
    }

    /// Describes the bug in a sentence.
    pub(super) fn describe(&self, version: &str) -> String {
        let raises = self.raises.as_ref().map(|error| format!(" raises {error}"));
        format!("cozepy {version}{}: {}.", raises.unwrap_or_default(), self.why)
    }
}

/// A class for objects.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Model {
    /// The module of the class [default: `cozepy`].
    pub(super) module: Option<String>,
    pub(super) fields: Vec<Argument>,
    #[serde(default)]
    pub(super) defaults: Map<String, Value>,
}

/// An enumeration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Enumeration {
    pub(super) module: Option<String>,
    /// Set if the class accepts unknown values.
    #[serde(default)]
    pub(super) open: bool,
    pub(super) members: BTreeMap<String, Value>,
}

/// An argument or a field: `wire=python!: Type`, where only the first name is required.
///
/// `!` marks arguments that cozepy requires. The type is the name of a model or an enumeration, in
/// brackets for a list; `Type.value` for the value of an enumeration member; `{str}` for an object
/// of strings; `text` for values that are written as strings; `file`; or `never` for values that
/// cozepy cannot send. The default is JSON.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(super) struct Argument {
    pub(super) wire: String,
    pub(super) python: String,
    pub(super) required: bool,
    pub(super) form: ValueForm,
}

/// The form of a value in Python.
#[derive(Debug)]
pub(super) enum ValueForm {
    Json,
    Strings,
    Text,
    File,
    Never,
    Class(String),
    /// The value of an enumeration member.
    Member(String),
    List(Box<Self>),
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        let (names, form) = match text.split_once(':') {
            Some((names, form)) => (names, ValueForm::read(form.trim())),
            None => (text.as_str(), ValueForm::Json),
        };
        let required = names.ends_with('!');
        let names = names.trim_end_matches('!');
        let (wire, python) = names.split_once('=').unwrap_or((names, names));
        Self { wire: wire.to_owned(), python: python.to_owned(), required, form }
    }
}

impl ValueForm {
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

static BINDINGS: LazyLock<Bindings> = LazyLock::new(|| {
    // A test checks that the file is valid.
    serde_json::from_str(include_str!("cozepy.json")).unwrap_or_default()
});

impl Bindings {
    pub(super) fn get() -> &'static Self {
        &BINDINGS
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
#[allow(clippy::expect_used, clippy::panic, reason = "a panic fails the test")]
mod tests {
    use coze_spec::model::{Field, Reply, Type};

    use super::*;
    use crate::catalog;

    /// Checks that every wire name belongs to the operation and that every class is defined.
    /// `tests/peers` checks them against cozepy itself.
    #[test]
    fn the_bindings_match_the_operations() {
        let bindings: Bindings =
            serde_json::from_str(include_str!("cozepy.json")).expect("valid bindings");
        for (id, call) in &bindings.operations {
            let operation = catalog::find(id).expect(id);
            let both = operation.stream.is_some() && operation.reply != Reply::Events;
            assert_eq!(call.stream.is_some(), both, "{id}");
            let fields: Vec<&Field> = operation.params.iter().map(|param| &param.field).collect();
            for call in std::iter::once(call).chain(call.stream.as_deref()) {
                assert_arguments(&bindings, id, &call.arguments, &call.defaults, &fields);
            }
        }
    }

    fn assert_arguments(
        bindings: &Bindings,
        path: &str,
        arguments: &[Argument],
        defaults: &Map<String, Value>,
        fields: &[&Field],
    ) {
        for argument in arguments {
            let path = format!("{path}.{}", argument.wire);
            let field = fields.iter().find(|field| field.wire == argument.wire);
            match field {
                Some(field) => assert_form(bindings, &path, &argument.form, &field.kind),
                // A required argument without a field needs a default. Others may be fields of
                // replies.
                None => assert!(
                    defaults.contains_key(&argument.wire) || !argument.required,
                    "{path} is unknown and has no value"
                ),
            }
        }
    }

    fn assert_form(bindings: &Bindings, path: &str, form: &ValueForm, kind: &Type) {
        match form {
            ValueForm::Json | ValueForm::Text | ValueForm::Never => {
                assert!(*kind != Type::File, "{path} is a file");
            }
            ValueForm::Strings => assert!(matches!(kind, Type::Map(_)), "{path}"),
            ValueForm::File => assert_eq!(*kind, Type::File, "{path}"),
            ValueForm::List(item) => {
                let Type::List(inner) = kind else { panic!("{path} is not a list") };
                assert_form(bindings, path, item, inner);
            }
            ValueForm::Member(class) => {
                assert!(bindings.enums.contains_key(class), "{path}: {class}");
            }
            ValueForm::Class(class) => match bindings.models.get(class) {
                Some(model) => {
                    assert!(matches!(kind, Type::Named(_)), "{path}");
                    let fields: Vec<&Field> = coze_spec::api().fields(kind).iter().collect();
                    assert_arguments(bindings, path, &model.fields, &model.defaults, &fields);
                }
                None => assert!(bindings.enums.contains_key(class), "{path}: {class}"),
            },
        }
    }

    #[test]
    fn arguments_are_parsed() {
        let argument = Argument::from("page=page_num!: [DocumentBase]".to_owned());
        assert_eq!((argument.wire.as_str(), argument.python.as_str()), ("page", "page_num"));
        assert!(argument.required);
        let ValueForm::List(item) = argument.form else { panic!("{argument:?}") };
        assert!(matches!(*item, ValueForm::Class(class) if class == "DocumentBase"));
        let plain = Argument::from("name".to_owned());
        assert_eq!((plain.python.as_str(), plain.required), ("name", false));
        assert!(matches!(plain.form, ValueForm::Json));
        let member = Argument::from("mode: WorkflowMode.value".to_owned());
        assert!(matches!(member.form, ValueForm::Member(class) if class == "WorkflowMode"));
    }
}
