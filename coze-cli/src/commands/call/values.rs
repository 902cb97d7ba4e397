//! The values of a call: from options, and from a JSON file.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use clap::ArgMatches;
use coze_spec::model::{Operation, Param, Shape, Type};
use serde_json::{Map, Value};

use crate::cli::{self, CallArgs};
use crate::commands::exchange;
use crate::failure::Failure;
use crate::language::{self, say, text};

/// The values of the parameters, and the paths of the files to upload.
pub(super) type Values = (Map<String, Value>, BTreeMap<String, String>);

/// Returns the values that the arguments set. Options win over the file.
pub(super) fn collect(
    operation: &'static Operation,
    args: &CallArgs,
    matches: &ArgMatches,
) -> Result<Values, Failure> {
    let mut values = match &args.json {
        Some(path) => read_object(path)?,
        None => Map::new(),
    };
    let fields = exchange::fields(&args.exchange)?;
    let mut paths = BTreeMap::new();
    for (name, value) in fields.values {
        // Texts of known parameters are parsed like their options.
        let value = match (operation.param(&name), value) {
            (Some(param), Value::String(text)) => parse(param, &[&text])?,
            (_, value) => value,
        };
        values.insert(name, value);
    }
    paths.extend(fields.paths);
    for (name, value) in exchange::headers(&args.exchange)? {
        values.insert(format!("header:{name}"), value.into());
    }
    for param in cli::settable(operation) {
        if let Some(texts) = cli::parameter_values(matches, param) {
            values.insert(param.field.wire.clone(), parse(param, &texts)?);
        }
    }
    for param in operation.params.iter().filter(|param| param.field.kind == Type::File) {
        let name = &param.field.wire;
        if let Some(Value::String(path)) = values.remove(name) {
            paths.insert(name.clone(), path);
        }
    }
    Ok((values, paths))
}

/// Reads a text file, or standard input if the path is `-`.
pub(in crate::commands) fn read_text(path: &Path) -> Result<String, Failure> {
    if path == Path::new("-") {
        let mut content = String::new();
        std::io::stdin().read_to_string(&mut content)?;
        return Ok(content);
    }
    std::fs::read_to_string(path).map_err(|error| Failure::cannot_read(path, &error))
}

fn read_object(path: &Path) -> Result<Map<String, Value>, Failure> {
    let content = read_text(path)?;
    serde_json::from_str(&content).map_err(|error| {
        Failure::Usage(say!(
            "the values are not a JSON object: {error}",
            "参数值不是 JSON 对象：{error}",
        ))
    })
}

/// Parses command-line texts according to the type of the parameter.
fn parse(param: &Param, texts: &[&String]) -> Result<Value, Failure> {
    let Type::List(item) = &param.field.kind else {
        let Some(text) = texts.last() else { return Ok(Value::Null) };
        let kind = &param.field.kind;
        return scalar(kind, text).ok_or_else(|| invalid(param, kind, text));
    };
    if let [text] = texts
        && let Ok(list @ Value::Array(_)) = serde_json::from_str(text)
    {
        return Ok(list);
    }
    // Each occurrence of the option is one item.
    texts.iter().map(|text| scalar(item, text).ok_or_else(|| invalid(param, item, text))).collect()
}

/// Returns the failure for a text that is not a value of the type.
fn invalid(param: &Param, kind: &Type, value: &str) -> Failure {
    let name = &param.field.wire;
    let kind = JsonKind::of(kind);
    let mut expected = kind.phrase().to_owned();
    if matches!(param.field.kind, Type::List(_)) {
        expected = say!("{expected} or a JSON list", "{expected}或 JSON 列表");
    }
    let broken = serde_json::from_str::<serde::de::IgnoredAny>(value).err();
    match broken.filter(|_| matches!(kind, JsonKind::List | JsonKind::Object)) {
        Some(error) => Failure::Usage(say!(
            "--{name} takes {expected}, but the value is not valid JSON: {error}",
            "--{name} 需要{expected}，但给出的值不是有效的 JSON：{error}",
        )),
        None => Failure::Usage(say!(
            "--{name} takes {expected}, not `{value}`",
            "--{name} 需要{expected}，不能是 `{value}`",
        )),
    }
}

/// The JSON type of a parameter.
#[derive(Clone, Copy)]
enum JsonKind {
    Text,
    Integer,
    Number,
    Boolean,
    List,
    Object,
    Any,
}

impl JsonKind {
    fn of(kind: &Type) -> Self {
        match kind {
            Type::String | Type::Secret | Type::File => Self::Text,
            Type::Int32 | Type::Int64 => Self::Integer,
            Type::Double => Self::Number,
            Type::Boolean => Self::Boolean,
            Type::Json => Self::Any,
            Type::List(_) => Self::List,
            Type::Map(_) => Self::Object,
            Type::Named(name) => match language::api().schema(name).map(|schema| &schema.shape) {
                Some(Shape::Strings(_)) => Self::Text,
                Some(Shape::Integers(_)) => Self::Integer,
                _ => Self::Object,
            },
        }
    }

    /// Returns the noun phrase for a value of this type.
    fn phrase(self) -> &'static str {
        match self {
            Self::Text => text("a text", "文本"),
            Self::Integer => text("an integer", "整数"),
            Self::Number => text("a number", "数字"),
            Self::Boolean => text("`true` or `false`", " `true` 或 `false`"),
            Self::List => text("a JSON list", " JSON 列表"),
            Self::Object => text("a JSON object", " JSON 对象"),
            Self::Any => text("JSON or a text", " JSON 或文本"),
        }
    }
}

/// Parses a text as a value of the type.
fn scalar(kind: &Type, value: &str) -> Option<Value> {
    let string = || Value::String(value.to_owned());
    let json = || serde_json::from_str::<Value>(value).ok();
    match JsonKind::of(kind) {
        JsonKind::Text => Some(string()),
        JsonKind::Integer => value.parse::<i64>().ok().map(Value::from),
        JsonKind::Number => json().filter(Value::is_number),
        JsonKind::Boolean => json().filter(Value::is_boolean),
        JsonKind::List => json().filter(Value::is_array),
        JsonKind::Object => json().filter(Value::is_object),
        JsonKind::Any => Some(json().unwrap_or_else(string)),
    }
}
