//! The table of all operations in the chapter `migrating` of the guide: their calls in this SDK,
//! and their names in others.
//!
//! The names of cozepy are those of its samples, which a test compares with cozepy. Other names are
//! in `docs/other-sdks.tsv`. The text around the table is written by hand.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use coze_spec::Language;
use coze_spec::model::{Api, Operation};
use serde::Deserialize;

/// The documents and their languages.
const DOCUMENTS: [(&str, Language); 2] = [
    ("coze-api/src/guide/migrating.md", Language::English),
    ("coze-api/src/guide/migrating.zh-CN.md", Language::Chinese),
];
/// The names in other SDKs.
const NAMES: &str = "docs/other-sdks.tsv";
/// The samples for cozepy, with its names.
const COZEPY: &str = "coze-cli/src/samples/python/cozepy.json";
/// The comments around the table.
const START: &str = "<!-- operations: written by `cargo xtask generate` -->\n";
const END: &str = "<!-- end of operations -->\n";
/// The columns of other SDKs, as in [`NAMES`].
const SDKS: [&str; 4] = ["cozepy", "coze-js", "coze-go", "coze-java"];

/// The names of operations in other SDKs.
#[derive(Default)]
struct Names {
    /// The version of cozepy that has the names.
    version: String,
    /// The names by the id of the operation, in the order of [`SDKS`].
    operations: BTreeMap<String, [String; SDKS.len()]>,
}

/// The part of [`COZEPY`] that the table needs.
#[derive(Deserialize)]
struct Cozepy {
    version: String,
    operations: BTreeMap<String, CozepyCall>,
}

#[derive(Deserialize)]
struct CozepyCall {
    call: String,
    #[serde(default)]
    defaults: CozepyDefaults,
}

#[derive(Default, Deserialize)]
struct CozepyDefaults {
    use_api_version: Option<u32>,
}

/// Returns the paths and the texts of the documents with a current table. There are none in a
/// checkout without them.
pub(crate) fn documents(root: &Path, api: &Api) -> Result<Vec<(String, String)>> {
    let mut documents = Vec::new();
    if !root.join(NAMES).exists() {
        return Ok(documents);
    }
    let read = |path: &str| fs::read_to_string(root.join(path)).with_context(|| path.to_owned());
    let names = Names::read(&read(NAMES)?, &read(COZEPY)?)?;
    let ids: Vec<_> = api.operations().map(|operation| operation.id.as_str()).collect();
    let unknown = names.operations.keys().find(|id| !ids.contains(&id.as_str()));
    ensure!(
        unknown.is_none(),
        "{NAMES} or {COZEPY}: the spec has no {}",
        unknown.map_or("", |id| id)
    );
    for (path, language) in DOCUMENTS {
        let text = read(path)?;
        let replaced = replace(&text, &table(api, &names, language));
        documents.push((path.to_owned(), replaced.with_context(|| path.to_owned())?));
    }
    Ok(documents)
}

impl Names {
    /// Reads the names of cozepy from its samples, and all others from the table.
    fn read(table: &str, cozepy: &str) -> Result<Self> {
        let cozepy: Cozepy = serde_json::from_str(cozepy).context(COZEPY)?;
        let mut names = Self { version: cozepy.version, operations: BTreeMap::new() };
        for (id, call) in cozepy.operations {
            let mut name = call.call;
            if let Some(version) = call.defaults.use_api_version {
                name = format!("{name}, version {version}");
            }
            names.operations.entry(id).or_default()[0] = name;
        }
        let mut lines = table.lines().zip(1..);
        let header = lines.next().map(|(line, _)| line.split('\t').skip(1).collect::<Vec<_>>());
        ensure!(header.as_deref() == Some(&SDKS[..]), "{NAMES}: the columns are not {SDKS:?}");
        for (line, number) in lines {
            let (id, rest) = line.split_once('\t').unwrap_or((line, ""));
            let cells: Vec<&str> = rest.split('\t').collect();
            ensure!(cells.len() == SDKS.len(), "{NAMES}:{number}: {} names", cells.len());
            let row = names.operations.entry(id.to_owned()).or_default();
            for (cell, name) in row.iter_mut().zip(cells).filter(|(_, name)| !name.is_empty()) {
                if !cell.is_empty() {
                    cell.push_str(", ");
                }
                cell.push_str(name);
            }
        }
        Ok(names)
    }
}

/// Returns the text with another table between the comments.
fn replace(text: &str, table: &str) -> Result<String> {
    let missing = || anyhow!("the comments around the table of operations are missing");
    let (before, rest) = text.split_once(START).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    Ok(format!("{before}{START}\n{table}\n{END}{after}"))
}

fn table(api: &Api, names: &Names, language: Language) -> String {
    let version = &names.version;
    let (note, head) = match language {
        Language::English => (
            format!(
                "“–” means that the SDK does not have the operation. A name with “version 2” needs an \
                 option to select it.\n“¹” marks names that are in the SDK's repository, but in no \
                 release up to {version}."
            ),
            "| here | request |",
        ),
        Language::Chinese => (
            format!(
                "“–”表示该 SDK 没有此接口。标有“版本 2”的名称需要设置选项才能使用此接口。\
                 “¹”表示该名称仅存在于 SDK 的代码仓库中，截至 {version} 的版本均未发布。"
            ),
            "| 本 SDK | 请求 |",
        ),
    };
    let line = "---|".repeat(2 + SDKS.len());
    let mut table = format!("{note}\n\n{head} {} |\n|{line}\n", SDKS.join(" | "));
    for operation in api.operations() {
        let verb = operation.verb.name().to_uppercase();
        let mut cells =
            vec![format!("`{}`", call(operation)), format!("`{verb} {}`", operation.path)];
        let none = <[String; SDKS.len()]>::default();
        let others = names.operations.get(&operation.id).unwrap_or(&none);
        cells.extend(others.iter().map(|names| cell(names, language)));
        let _ = writeln!(table, "| {} |", cells.join(" | "));
    }
    table
}

/// Returns the call of an operation, with the names of the required arguments.
fn call(operation: &Operation) -> String {
    let required = operation.params.iter().filter(|param| param.constant.is_none());
    let required = required.filter(|param| param.field.required);
    let arguments: Vec<_> = required.map(|param| param.field.rust.as_str()).collect();
    format!("{}({})", operation.id.replace('.', "()."), arguments.join(", "))
}

/// Returns the cell for names and qualifiers, which are separated by commas.
fn cell(names: &str, language: Language) -> String {
    let (between, version) = match language {
        Language::English => (", ", ", version"),
        Language::Chinese => ("、", "，版本"),
    };
    let mut text = String::new();
    for name in names.split(", ").filter(|name| !name.is_empty()) {
        let _ = match (name, name.strip_prefix("version ")) {
            ("unreleased", _) => write!(text, "¹"),
            (_, Some(number)) => write!(text, "{version} {number}"),
            _ if text.is_empty() => write!(text, "`{name}`"),
            _ => write!(text, "{between}`{name}`"),
        };
    }
    if text.is_empty() { "–".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "operation\tcozepy\tcoze-js\tcoze-go\tcoze-java\n";
    const SAMPLES: &str = r#"{"version": "0.20.0", "operations": {
        "bots.list": {"call": "bots.list", "defaults": {"use_api_version": 2}, "takes": []},
        "chat.create": {"call": "chat.create"}
    }}"#;

    #[test]
    fn names_of_both_files_are_joined() {
        let table = format!(
            "{HEADER}chat.create\tchat.stream\t\tChat.Create, Chat.Stream\t\n\
             apps.list\tapps.list, unreleased\t\t\t\n"
        );
        let names = Names::read(&table, SAMPLES).unwrap();
        let cells =
            |id: &str, language| names.operations[id].clone().map(|names| cell(&names, language));
        assert_eq!(
            cells("chat.create", Language::English),
            ["`chat.create`, `chat.stream`", "–", "`Chat.Create`, `Chat.Stream`", "–"]
        );
        assert_eq!(cells("apps.list", Language::English)[0], "`apps.list`¹");
        assert_eq!(cells("bots.list", Language::English)[0], "`bots.list`, version 2");
        assert_eq!(cells("bots.list", Language::Chinese)[0], "`bots.list`，版本 2");
        assert_eq!(cells("chat.create", Language::Chinese)[2], "`Chat.Create`、`Chat.Stream`");
    }

    #[test]
    fn a_table_of_another_form_is_refused() {
        let refuse = |table: &str| Names::read(table, SAMPLES).err().unwrap().to_string();
        assert!(refuse("operation\tcozepy\n").contains("the columns are not"));
        let error = refuse(&format!("{HEADER}bots.list\tbots.list\n"));
        assert_eq!(error, "docs/other-sdks.tsv:2: 1 names");
    }

    #[test]
    fn only_the_table_is_replaced() {
        let text = format!("Before.\n\n{START}old\n{END}\nAfter.\n");
        let expected = format!("Before.\n\n{START}\nnew\n\n{END}\nAfter.\n");
        let replaced = replace(&text, "new\n").unwrap();
        assert_eq!(replaced, expected);
        assert_eq!(replace(&replaced, "new\n").unwrap(), expected);
        assert!(replace("Before.\n", "new\n").is_err());
    }
}
