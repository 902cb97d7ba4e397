//! `coze ops`: lists and documents the operations.

use std::fmt::Write as _;

use coze_api::Platform;
use coze_spec::model::{Field, Operation, Reply, Schema, Type};
use serde_json::json;

use crate::backend::BackendArgs;
use crate::catalog;
use crate::cli::{Format, OpsArgs, OpsCommand, settable};
use crate::failure::{CommandResult, Failure};
use crate::language::{self, say, text};
use crate::output;
use crate::program::PROGRAM;
use crate::samples::{Language, Options, Scenario, example, samples};

pub(super) async fn run(
    args: OpsArgs,
    backend: &BackendArgs,
    format: Option<Format>,
) -> CommandResult {
    match args.command {
        None => list(&args.search.join(" "), backend.platform(), format),
        Some(OpsCommand::Show { operation, sample: None, .. }) => {
            match (find_operation(&operation)?, format) {
                (operation, Some(Format::Json)) => output::value(&json!(operation), Format::Json),
                (operation, _) => output::fragment(&documentation(operation)),
            }
        }
        Some(OpsCommand::Show { operation, sample: Some(language), stream, scenario }) => {
            let options = Options { stream, scenario, on_mock: false };
            sample(find_operation(&operation)?, language, options, backend).await
        }
    }
}

/// Returns the operation with this id. Otherwise the error suggests similar ids.
pub(super) fn find_operation(id: &str) -> Result<&'static Operation, Failure> {
    catalog::find(id).ok_or_else(|| {
        let similar = catalog::similar(id);
        let hint = if similar.is_empty() {
            say!("`{PROGRAM} ops` lists the operations", "`{PROGRAM} ops` 列出所有接口")
        } else {
            say!("did you mean {}?", "是否为 {}？", similar.join(", "))
        };
        Failure::Usage(say!("there is no operation {id}; {hint}", "没有接口 {id}；{hint}"))
    })
}

fn list(search: &str, platform: Platform, format: Option<Format>) -> CommandResult {
    let found: Vec<&Operation> = language::api()
        .operations()
        .filter(|operation| {
            catalog::matches(operation, search) && catalog::serves(platform, operation)
        })
        .collect();
    if found.is_empty() {
        let message = say!("no operation matches `{search}`", "没有与 `{search}` 匹配的接口");
        return Err(Failure::Usage(message));
    }
    if let Some(format) = format {
        let rows = found.iter().map(|operation| {
            json!({
                "id": operation.id,
                "title": operation.summary,
                "method": operation.verb,
                "path": operation.path,
            })
        });
        let headings = [("id", "接口"), ("title", "标题"), ("method", "方法"), ("path", "路径")];
        return output::rows(&rows.collect(), &headings, format);
    }
    let width = found.iter().map(|operation| operation.id.len()).max().unwrap_or(0);
    let lines =
        found.iter().map(|operation| format!("{:width$}  {}", operation.id, operation.summary));
    output::line(&lines.collect::<Vec<_>>().join("\n"))
}

async fn sample(
    operation: &'static Operation,
    language: Language,
    options: Options,
    backend: &BackendArgs,
) -> CommandResult {
    if backend.mock {
        return Err(Failure::Usage(say!(
            "the mock of this command has no lasting address; start `{PROGRAM} mock`, and pass \
             its URL as --base-url",
            "此命令的 Mock 服务没有固定地址；请启动 `{PROGRAM} mock`，并通过 --base-url 指定其地址",
        )));
    }
    let scenarios = Scenario::of(operation);
    if options.scenario.is_some_and(|scenario| !scenarios.contains(&scenario)) {
        let names: Vec<String> = scenarios.iter().map(ToString::to_string).collect();
        return Err(Failure::Usage(if names.is_empty() {
            say!("{} has no scenarios", "{} 没有场景示例", operation.id)
        } else {
            let names = names.join(", ");
            say!("the scenarios of {} are {names}", "{} 的场景为 {names}", operation.id)
        }));
    }
    let client = backend.open_for_dry_run().await?.client;
    let mut values = example(operation);
    // The examples of files are contents rather than file names.
    let files = operation.params.iter().filter(|param| param.field.kind == Type::File);
    files.for_each(|param| drop(values.remove(&param.field.wire)));
    let samples = samples(&client, operation, &values, options).await?;
    match samples.programs.get(&language) {
        Some(program) => output::line(program.trim_end()),
        None => {
            let reason = samples.missing.get(&language).copied().unwrap_or_default();
            Err(Failure::Usage(reason.to_owned()))
        }
    }
}

fn documentation(operation: &Operation) -> String {
    let mut documentation = String::new();
    let mut line = |line: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(documentation, "{line}");
    };
    line(&format!("{} — {}", operation.id, operation.summary));
    if let Some(page) = &operation.page {
        line(&page.title);
    }
    if operation.deprecated.is_some() {
        line(text("Deprecated.", "已弃用。"));
    }
    line("");
    line(&format!("{} {}", operation.verb.name().to_uppercase(), operation.path));
    if !operation.description.is_empty() {
        line("");
        line(&operation.description);
    }
    if !operation.permissions.is_empty() {
        line("");
        line(&say!("Permission: {}", "权限：{}", operation.permissions.join(", ")));
    }
    if let Some(page) = &operation.page {
        line(&say!("Documentation: {}", "文档：{}", page.url));
    }
    line(catalog::response_format(operation));
    if operation.paging.is_some() {
        line(text("Returns pages (--all fetches all of them).", "分页返回（--all 获取所有页）。"));
    }
    for note in studio(operation) {
        line(&note);
    }
    let parameters: Vec<&Field> = settable(operation).map(|param| &param.field).collect();
    let reply: Vec<&Field> = match &operation.reply {
        Reply::Data(data) => vec![data],
        Reply::Flat(schema) => {
            language::api().schema(schema).into_iter().flat_map(Schema::fields).collect()
        }
        Reply::Empty | Reply::Binary | Reply::Events => Vec::new(),
    };
    let titles = [
        text("\nParameters (* required):", "\n请求参数（* 为必填）："),
        text("\nResponse:", "\n响应参数："),
    ];
    for (title, fields) in titles.into_iter().zip([parameters, reply]) {
        if !fields.is_empty() {
            line(title);
            for field in fields {
                catalog::describe(field, 1, &mut line);
            }
        }
    }
    let union = operation.stream.as_ref().and_then(|it| language::api().schema(&it.union));
    if let Some(union) = union {
        line(text("\nEvents:", "\n事件："));
        for event in union.events() {
            let last = if event.ends { text(" (last)", "（最后一个）") } else { "" };
            line(&format!("  {}{last}: {}", event.wire, event.description));
        }
    }
    documentation
}

/// The differences on the self-hosted platform.
fn studio(operation: &Operation) -> Vec<String> {
    let Some(studio) = &operation.studio else {
        return vec![say!("{} does not have it.", "{} 不支持。", Platform::Studio)];
    };
    let mut notes = Vec::new();
    notes.extend(studio.path.as_ref().map(|path| say!("it is at {path}", "路径为 {path}")));
    notes.extend(
        studio
            .payload
            .as_ref()
            .map(|member| say!("the payload is in `{member}`", "业务数据位于 `{member}`")),
    );
    if studio.bare {
        notes.push(say!("the response has no envelope", "响应没有外层结构"));
    }
    if !studio.ignores.is_empty() {
        notes.push(say!("without effect: {}", "不生效的参数：{}", studio.ignores.join(", ")));
    }
    notes.extend(Some(studio.note.trim().replace('\n', " ")).filter(|note| !note.is_empty()));
    if notes.is_empty() {
        return Vec::new();
    }
    let separator = text("; ", "；");
    vec![say!("On {}: {}", "在 {} 上：{}", Platform::Studio, notes.join(separator))]
}
