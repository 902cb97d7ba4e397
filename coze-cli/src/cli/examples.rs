//! Examples at the end of the help of each command.

use clap::Command;
use coze_spec::model::{Operation, Reply, Type};
use serde_json::Value;

use super::parameters::{required_options, usage};
use crate::language::text;
use crate::samples;

/// A command line, with its purpose in both languages.
type Example = (&'static str, &'static str, &'static str);

/// The examples of the commands, by their path.
const EXAMPLES: &[(&str, &[Example])] = &[
    (
        "ops",
        &[
            ("coze ops publish bot", "Searches the operations", "搜索接口"),
            ("coze ops --platform studio", "Lists those of Coze Studio", "列出 Coze Studio 的接口"),
        ],
    ),
    (
        "ops show",
        &[
            ("coze ops show bots.create", "Shows parameters and response", "显示参数和响应"),
            (
                "coze ops show chat.create --sample python --stream",
                "Prints Python code for a streamed chat",
                "打印流式对话的 Python 代码",
            ),
        ],
    ),
    (
        "call",
        &[
            (
                "coze call bots.list --workspace-id 7361424235321600001 --all",
                "Prints all bots of a workspace, one per line",
                "打印工作空间的全部智能体，每行一个",
            ),
            (
                "coze call bots.list --help",
                "Shows the parameters of an operation",
                "显示接口的参数",
            ),
            (
                "coze call bots.create --json bot.json --dry-run --curl",
                "Prints the curl command for values from a file",
                "用文件中的参数值生成 curl 命令",
            ),
        ],
    ),
    (
        "api",
        &[
            (
                "coze api GET '/v1/bots?workspace_id=7361424235321600001' --paginate --jq .name",
                "Prints the names of all bots",
                "打印全部智能体的名称",
            ),
            (
                "coze api POST /v1/files/upload -F file=@photo.png -i",
                "Uploads a file, and prints the headers of the response",
                "上传文件，并打印响应头",
            ),
        ],
    ),
    (
        "auth login",
        &[
            ("coze auth login", "Asks for a token of coze.cn", "输入 coze.cn 的令牌"),
            (
                "coze auth login --profile global --base-url https://api.coze.com",
                "Logs in to coze.com, with a profile of its own",
                "登录 coze.com，使用另一个账号配置",
            ),
            (
                "coze auth login --app coze_oauth_config.json",
                "Logs in with an OAuth app",
                "使用 OAuth 应用登录",
            ),
        ],
    ),
    (
        "auth list",
        &[
            ("coze auth list", "Marks the current profile", "标出当前账号配置"),
            ("coze auth list --output json", "Prints JSON for programs", "打印供程序使用的 JSON"),
        ],
    ),
    (
        "auth switch",
        &[
            ("coze auth switch global", "Uses this profile from now on", "此后使用该账号配置"),
            (
                "coze call users.me --profile work",
                "Uses another one for one command",
                "仅一条命令使用另一个账号配置",
            ),
        ],
    ),
    (
        "auth status",
        &[
            ("coze auth status", "Checks the current credentials", "检查当前凭证"),
            ("coze auth status --profile work", "Checks a profile", "检查某个账号配置"),
            (
                "coze auth status --permissions",
                "Shows which permissions the token has",
                "显示令牌拥有哪些权限",
            ),
        ],
    ),
    (
        "auth logout",
        &[
            ("coze auth logout", "Deletes the current profile", "删除当前账号配置"),
            ("coze auth logout --profile work", "Deletes another one", "删除另一个账号配置"),
        ],
    ),
    (
        "playground",
        &[
            ("coze playground", "Serves the page on the mock", "以 Mock 服务启动页面"),
            ("coze playground --profile work", "Serves it on the real API", "以真实接口启动页面"),
        ],
    ),
    (
        "widget",
        &[
            ("coze widget --open", "Chats with the bot of the mock", "与 Mock 的智能体对话"),
            (
                "coze widget --bot 7342866812345000001 --profile work",
                "Serves a bot of the real API",
                "使用真实接口的智能体",
            ),
        ],
    ),
    (
        "mock",
        &[
            (
                "coze mock --port 8080",
                "Serves the mock at a fixed port",
                "在固定端口启动 Mock 服务",
            ),
            (
                "coze mock --fault 'status=503;chance=0.1'",
                "Fails every tenth request",
                "平均每十个请求失败一个",
            ),
        ],
    ),
    (
        "serve",
        &[
            (
                "coze serve --bot support=7342866812345000001",
                "Serves a bot as the model `support` to programs of this machine",
                "将智能体作为模型 `support` 提供给本机的程序",
            ),
            (
                "coze serve --bot 7342866812345000001 --host 0.0.0.0 --port 8000",
                "Serves other machines too, with the key in COZE_SERVE_API_KEY",
                "同时供其他机器使用，密钥取自 COZE_SERVE_API_KEY",
            ),
            ("coze serve --mock", "Serves the bot of the mock", "以 Mock 服务中的智能体作为模型"),
        ],
    ),
    (
        "mcp",
        &[
            (
                "coze mcp --operations bots --operations '*.list'",
                "Offers some operations that only read",
                "提供部分只读接口",
            ),
            (
                "coze mcp --bot 7342866812345000001 --workflow 7366468917055000001",
                "Offers a bot and a workflow, each as a tool",
                "将智能体和工作流各作为一个工具提供",
            ),
            (
                "coze mcp --mock --http 8080",
                "Serves the mock over HTTP, at http://127.0.0.1:8080/mcp",
                "通过 HTTP 提供 Mock 服务，地址为 http://127.0.0.1:8080/mcp",
            ),
        ],
    ),
    (
        "publish",
        &[
            ("coze publish 7342866812345000001", "Publishes a bot", "发布智能体"),
            (
                "coze publish --mock 7342866812345000001",
                "Tries it on the mock",
                "在 Mock 服务上试用",
            ),
        ],
    ),
    (
        "chat",
        &[
            ("coze chat 7342866812345000001", "Starts an interactive chat", "开始交互式对话"),
            (
                "coze chat 7342866812345000001 -m 'What is in it?' --file photo.png",
                "Asks one question about an image",
                "就一张图片提一个问题",
            ),
            (
                "coze chat 7342866812345000001 --resume",
                "Continues the last conversation with the bot",
                "继续与该智能体的上一个会话",
            ),
        ],
    ),
    (
        "talk",
        &[
            (
                "coze talk 7342866812345000001 --input question.wav --save answer.wav",
                "Sends a recording, and saves the spoken reply",
                "发送录音，并保存语音回复",
            ),
            (
                "coze talk 7342866812345000001",
                "Talks with the microphone and the speaker",
                "使用麦克风和扬声器通话",
            ),
        ],
    ),
    (
        "workflow run",
        &[
            (
                "coze workflow run 7366468917055000001 --param city=Kunming",
                "Runs a workflow with a parameter",
                "带参数运行工作流",
            ),
            (
                "coze workflow run 7366468917055000001 --output json",
                "Prints its events as JSON",
                "以 JSON 打印其事件",
            ),
        ],
    ),
    (
        "speak",
        &[
            (
                "coze speak 'Hello' --voice 7426720361732000001 --save hello.mp3",
                "Writes an MP3 file",
                "写入 MP3 文件",
            ),
            (
                "coze speak - --voice 7426720361732000001 --save text.wav",
                "Speaks the text of standard input",
                "合成标准输入中的文本",
            ),
        ],
    ),
    (
        "transcribe",
        &[
            ("coze transcribe hello.mp3", "Prints the text", "打印文本"),
            ("coze transcribe hello.mp3 --output json", "Prints JSON", "打印 JSON"),
        ],
    ),
    (
        "listen",
        &[
            (
                "coze listen --forward http://localhost:8080/coze",
                "Sends verified callbacks on to your server",
                "将验签后的回调转发到你的服务端",
            ),
            (
                "coze listen --port 3000 --output json",
                "Prints each callback on one line",
                "每个回调打印一行",
            ),
        ],
    ),
    (
        "trigger",
        &[
            (
                "coze trigger bot.published --to http://localhost:8080/coze",
                "Sends the example of an event",
                "发送事件的示例",
            ),
            (
                "coze trigger bot.deleted --data '{\"bot_id\": \"7\"}'",
                "Sends an event with these fields to `coze listen`",
                "将包含这些字段的事件发送给 `coze listen`",
            ),
        ],
    ),
    (
        "completions",
        &[
            ("source <(coze completions bash)", "In ~/.bashrc", "写入 ~/.bashrc"),
            ("coze completions fish | source", "In config.fish", "写入 config.fish"),
        ],
    ),
];

/// Adds examples to the help of all commands. That of `coze call` is about the called operation.
pub(super) fn add(command: Command, operation: Option<&'static Operation>) -> Command {
    let command = EXAMPLES.iter().fold(command, |command, (path, examples)| {
        if *path == "call" && operation.is_some() {
            return command;
        }
        let lines = examples.iter().map(|(line, english, chinese)| {
            (text(english, chinese).to_owned(), (*line).to_owned())
        });
        let help = format(lines);
        at(command, path, |command| append(command, &help))
    });
    let Some(operation) = operation else { return command };
    command.mut_subcommand("call", |call| {
        let (usage, help) = (usage(operation, &call), of_operation(operation, &call));
        append(call.override_usage(usage), &help)
    })
}

/// Changes the command at a path.
fn at(command: Command, path: &str, change: impl FnOnce(Command) -> Command) -> Command {
    match path.split_once(' ') {
        Some((first, rest)) => command.mut_subcommand(first, |command| at(command, rest, change)),
        None => command.mut_subcommand(path, change),
    }
}

fn append(command: Command, help: &str) -> Command {
    let before = command.get_after_help().map(ToString::to_string);
    let help = before.map_or_else(|| help.to_owned(), |before| format!("{before}\n\n{help}"));
    command.after_help(help)
}

fn format(examples: impl Iterator<Item = (String, String)>) -> String {
    let lines = examples.map(|(purpose, line)| format!("  # {purpose}\n  {line}"));
    let title = text("Examples:", "示例：");
    format!("{title}\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// Returns the examples of an operation: with its required values, and with a further option.
fn of_operation(operation: &Operation, call: &Command) -> String {
    let values = samples::example(operation);
    let options = required_options(operation, call).into_iter().map(|(long, param)| {
        let value = values.get(&param.field.wire).filter(|_| param.field.kind != Type::File);
        format!(" --{long} {}", value.map_or_else(|| "FILE".to_owned(), quoted))
    });
    let line = format!("coze call {}{}", operation.id, options.collect::<String>());
    let (purpose, option) = match (&operation.paging, &operation.stream, &operation.reply) {
        (Some(_), ..) => (text("Prints all items", "打印所有项"), "--all"),
        (_, Some(_), Reply::Data(_) | Reply::Flat(_)) => {
            (text("Prints events as they arrive", "事件到达即打印"), "--stream")
        }
        (_, _, Reply::Binary) => (text("Saves the file", "保存文件"), "--save FILE"),
        _ => (text("Prints curl instead", "改为打印 curl 命令"), "--dry-run --curl"),
    };
    let summary = operation.summary.trim_end_matches(['.', '。']).to_owned();
    format([(summary, line.clone()), (purpose.to_owned(), format!("{line} {option}"))].into_iter())
}

/// Quotes a value for a POSIX shell, if that is needed.
fn quoted(value: &Value) -> String {
    let value = match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return value;
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a panic fails the test")]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::{Cli, called_operation, parameters};

    /// Splits a command line as a shell does, which also ends at a pipe.
    fn split(line: &str) -> Vec<std::ffi::OsString> {
        let mut words = vec![String::new()];
        let mut quoted = false;
        let line = line.split(" | ").next().unwrap_or_default();
        for c in line.trim_start_matches("source <(").trim_end_matches(')').chars() {
            match c {
                '\'' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                c => words.last_mut().expect("a word").push(c),
            }
        }
        words.into_iter().map(Into::into).collect()
    }

    fn leaves(command: &Command, path: &str, found: &mut Vec<String>) {
        for command in command.get_subcommands() {
            let path = format!("{path} {}", command.get_name());
            // A command that groups others only needs no example.
            if !command.is_subcommand_required_set() {
                found.push(path.trim_start().to_owned());
            }
            leaves(command, &path, found);
        }
    }

    #[test]
    fn every_command_has_valid_examples() {
        let mut commands = Vec::new();
        leaves(&Cli::command(), "", &mut commands);
        for command in &commands {
            let examples = EXAMPLES.iter().find(|(path, _)| path == command);
            assert!(examples.is_some_and(|(_, examples)| examples.len() >= 2), "{command}");
        }
        assert_eq!(commands.len(), EXAMPLES.len());
        for (line, ..) in EXAMPLES.iter().flat_map(|(_, examples)| *examples) {
            let args = split(line);
            let parsed = parameters::command(called_operation(&args)).try_get_matches_from(args);
            let is_help = |error: &clap::Error| !error.use_stderr();
            assert!(parsed.as_ref().is_ok() || parsed.as_ref().is_err_and(is_help), "{line}");
        }
    }

    #[test]
    fn the_examples_of_every_operation_are_valid() {
        for operation in coze_spec::api().operations() {
            let mut command = add(parameters::command(Some(operation)), Some(operation));
            let call = command.find_subcommand_mut("call").expect("a command");
            let usage = call.render_usage().to_string();
            assert!(usage.contains(&operation.id), "{usage}");
            for param in super::super::settable(operation).filter(|param| param.field.required) {
                assert!(usage.contains(&format!("{} <", param.field.wire)), "{usage}");
            }
            let help = call.get_after_help().expect("examples").to_string();
            let lines: Vec<&str> =
                help.lines().filter_map(|line| line.strip_prefix("  coze ")).collect();
            assert_eq!(lines.len(), 2, "{help}");
            for line in lines {
                let args = split(&format!("coze {line}"));
                let parsed = command.clone().try_get_matches_from(args);
                assert!(parsed.is_ok(), "{line}: {:?}", parsed.err());
            }
        }
    }
}
