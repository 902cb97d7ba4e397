//! The help of the command line in Chinese.

use clap::builder::{PossibleValue, StyledStr};
use clap::{Arg, ArgAction, Command};

/// The texts of the command line, in both languages.
const TEXTS: &[(&str, &str)] = &[
    ("The command line of Coze (扣子)", "扣子（Coze）命令行工具"),
    (
        "The output format [default: JSON for API responses, plain text for everything else]",
        "输出格式 [默认：接口响应为 JSON，其余为纯文本]",
    ),
    ("Global options", "全局选项"),
    (
        "The language of help, messages and descriptions [default: that of the environment]",
        "帮助、消息和说明的语言 [默认：由环境变量决定]",
    ),
    ("Lists the operations or shows the documentation of one", "列出接口，或显示某个接口的文档"),
    (
        "Calls an operation; `coze call OPERATION --help` shows its parameters",
        "调用接口；`coze call OPERATION --help` 显示其参数",
    ),
    (
        "Sends a request to any path of the API, also to those that the spec lacks",
        "向 API 的任意路径发送请求，包括接口描述中没有的路径",
    ),
    ("The HTTP method, such as GET", "HTTP 方法，例如 GET"),
    ("The path, such as `/v1/bots?workspace_id=1`", "路径，例如 `/v1/bots?workspace_id=1`"),
    (
        "Read the body from a JSON file, or from standard input if FILE is `-`",
        "从 JSON 文件读取请求体；FILE 为 `-` 时从标准输入读取",
    ),
    (
        "A field with a text: in the body, or in the query if there is no body; can be repeated",
        "取值为文本的字段：放入请求体；没有请求体时放入查询参数；可以重复指定",
    ),
    (
        "A field with a JSON value, or with the content of a file (NAME=@FILE); can be repeated",
        "取值为 JSON 的字段，或文件的内容（NAME=@FILE）；可以重复指定",
    ),
    ("A header; can be repeated", "请求头；可以重复指定"),
    ("With --dry-run, print only the curl command", "与 --dry-run 一起使用时，只打印 curl 命令"),
    (
        "Print the status and the headers of the response too, with the log id",
        "同时打印响应的状态码和响应头，其中有日志 ID",
    ),
    (
        "Print requests and responses to standard error, without secrets",
        "将请求和响应打印到标准错误，其中的密钥会被隐藏",
    ),
    (
        "Print the results of a jq filter for the response, item or event",
        "打印 jq 过滤器对响应、列表项或事件的处理结果",
    ),
    ("Logs in and out", "登录和退出登录"),
    ("Serves the API Playground locally", "在本机启动 API Playground"),
    (
        "Serves a page with the chat widget and a bot locally",
        "在本机启动带有聊天组件的页面，与智能体对话",
    ),
    (
        "Serves a mock of the API and prints a line for each request",
        "启动 Mock 服务，并为每个请求打印一行",
    ),
    (
        "Publishes a bot as an API service and checks that it replies",
        "将智能体发布为 API 服务，并检查其能否回复",
    ),
    (
        "Serves bots to OpenAI clients: an OpenAI-compatible endpoint",
        "将智能体提供给 OpenAI 客户端使用：兼容 OpenAI 的服务",
    ),
    (
        "A bot to serve as a model: its id, or NAME=ID; can be repeated",
        "作为模型的智能体：其 ID，或 NAME=ID；可以重复指定",
    ),
    (
        "A chatflow to serve as a model, and the bot that runs it; can be repeated",
        "作为模型的对话流，以及运行它的智能体；可以重复指定",
    ),
    (
        "A chatflow to serve as a model, and the app that runs it; can be repeated",
        "作为模型的对话流，以及运行它的应用；可以重复指定",
    ),
    (
        "A workflow to serve as a model, and its app if it has one; can be repeated",
        "作为模型提供的工作流；属于应用时还需该应用的 ID；可以重复指定",
    ),
    ("The parameter of workflows that receives the last message", "接收最后一条消息的工作流参数"),
    (
        "A key of your choice that clients must send; can be repeated",
        "客户端必须发送的自定义密钥；可以重复指定",
    ),
    (
        "The address to listen on; other machines need an API key",
        "监听的地址；其他机器需要 API 密钥才能连接",
    ),
    ("The id of the user, for requests that name none", "请求未指定用户时使用的用户 ID"),
    (
        "A variable of the bot's prompt, or a parameter, that receives system messages",
        "接收系统消息的智能体提示词变量或参数",
    ),
    (
        "Serves tools to agents: operations, bots and workflows, as an MCP server",
        "以 MCP 服务向 Agent 提供工具：接口、智能体和工作流",
    ),
    (
        "Operations to offer: an id, a resource such as `bots`, or a pattern such as `*.list`; can be \
         repeated [default: all, unless a bot or a workflow is given]",
        "要提供的接口：ID、资源（例如 `bots`）或模式（例如 `*.list`）；可以重复指定 \
         [默认：全部，除非指定了智能体或工作流]",
    ),
    ("A bot to offer as a tool; can be repeated", "作为工具的智能体；可以重复指定"),
    (
        "A published workflow to offer as a tool; can be repeated",
        "作为工具的已发布工作流；可以重复指定",
    ),
    ("Also offer operations that change or cost something", "同时提供会更改内容或产生费用的接口"),
    (
        "Serve over HTTP on this port (0: a free one) instead of standard input and output",
        "改为在此端口（0 表示任一空闲端口）通过 HTTP 提供服务，不使用标准输入和输出",
    ),
    ("The id of the user who chats with bots", "与智能体对话的用户 ID"),
    ("Chats with a bot; replies are streamed", "与智能体对话，流式输出回复"),
    ("Runs workflows", "运行工作流"),
    ("Converts text to speech", "将文本转换为语音"),
    ("Converts speech to text", "将语音转换为文本"),
    ("Receives callbacks: verifies, prints and forwards them", "接收回调：验签、打印并转发"),
    ("Sends a signed callback to a server", "向服务端发送带签名的回调"),
    ("The port to listen on", "监听的端口"),
    ("The URL of a server to which callbacks are forwarded", "将回调转发到的服务端 URL"),
    ("The token of the callback app, which signs callbacks", "回调应用的令牌，用于回调的签名"),
    (
        "The type of the event, such as bot.published; `url_verification` sends a challenge",
        "事件类型，例如 bot.published；`url_verification` 发送地址校验请求",
    ),
    ("The URL of the server", "服务端 URL"),
    (
        "The fields of the event as JSON, or in a file (@FILE) [default: the example of the spec]",
        "事件的字段：JSON，或文件（@FILE）[默认：接口描述中的示例]",
    ),
    ("Prints a completion script for a shell", "打印 Shell 的自动补全脚本"),
    ("The shell", "Shell 的名称"),
    ("Words to search for in ids, titles and paths", "在接口 ID、标题和路径中搜索的词"),
    ("Shows the documentation of an operation", "显示某个接口的文档"),
    ("The id of the operation, such as bots.create", "接口 ID，例如 bots.create"),
    ("Print sample code with the example values instead", "改为打印使用示例值的示例代码"),
    (
        "The job that the sample does, for operations with several",
        "示例代码完成的场景，仅部分接口有",
    ),
    ("The vendor's cloud; the default", "扣子云端（默认）"),
    (
        "A self-hosted Coze Studio, by default on port 8888 of this machine",
        "自部署的 Coze Studio，默认使用本机的 8888 端口",
    ),
    (
        "JSON; with --all or --stream, one value per line",
        "JSON；使用 --all 或 --stream 时每行一个值",
    ),
    ("A table", "表格"),
    ("Print the answer of a chat while it arrives", "流式打印对话的回答"),
    ("Poll a chat until it ends, and print the answer", "轮询对话直到结束，并打印回答"),
    ("Run the tools that a bot calls in this program", "在本程序中执行智能体调用的工具"),
    ("Ask a question about an image", "就图片提问"),
    ("Run a workflow asynchronously, and poll it until it ends", "异步运行工作流，并轮询直到结束"),
    ("Answer the questions of a workflow", "回答工作流提出的问题"),
    ("Print the sample for a stream of events", "打印流式调用的示例代码"),
    ("The id of the operation, such as bots.list", "接口 ID，例如 bots.list"),
    (
        "Read the values from a JSON file, or from standard input if FILE is `-`",
        "从 JSON 文件读取参数值；FILE 为 `-` 时从标准输入读取",
    ),
    (
        "Print the request and an equivalent curl command without sending anything",
        "打印请求和等效的 curl 命令，不发送请求",
    ),
    ("Fetch all pages of a list and print one item per line", "获取列表的所有页，每行打印一项"),
    ("Stream the response and print events as they arrive", "使用流式响应，事件到达即打印"),
    ("Save the file that the operation returns", "保存接口返回的文件"),
    (
        "Logs in with an access token (asked for without echo) or an OAuth app",
        "使用访问令牌（输入时不回显）或 OAuth 应用登录",
    ),
    (
        "The `coze_oauth_config.json` of an app of type device, pkce or jwt",
        "应用的 `coze_oauth_config.json`，类型为 device、pkce 或 jwt",
    ),
    ("The redirect URL of an app of type pkce", "pkce 类型应用的重定向 URL"),
    (
        "Do not send the requests that tell which permissions the token has",
        "不发送用于检测令牌权限的请求",
    ),
    ("Print the URL without opening a browser", "只打印 URL，不打开浏览器"),
    ("The ID of the bot [default: the bot of the mock]", "智能体 ID [默认：Mock 的智能体]"),
    (
        "The ID of the voice that reads replies aloud [default: a voice of the mock, or none]",
        "朗读回复的音色 ID [默认：Mock 的音色，真实接口默认不朗读]",
    ),
    (
        "Another origin whose pages may use the widget, such as `http://localhost:5173`; can be repeated",
        "允许使用聊天组件的其他网页来源，例如 `http://localhost:5173`；可重复",
    ),
    ("Open the page in a browser", "在浏览器中打开页面"),
    (
        "Also show which permissions the token has, by sending some requests that only read",
        "同时发送一些只读请求，显示令牌拥有哪些权限",
    ),
    (
        "Lists the profiles and shows the user of the current one",
        "列出账号配置，并显示当前配置的用户",
    ),
    ("Deletes a profile and its tokens", "删除账号配置及其令牌"),
    ("The port to listen on [default: a free port]", "监听的端口 [默认：任一空闲端口]"),
    (
        "The port to listen on, or 0 for a free port [default: 2693, or a free port]",
        "监听的端口，0 表示任一空闲端口 [默认：2693，被占用时为任一空闲端口]",
    ),
    (
        "A fault to inject, such as 'status=503;chance=0.1'; can be repeated",
        "注入的故障，例如 'status=503;chance=0.1'；可以重复指定",
    ),
    (
        "Return errors for the example ids of the spec, which otherwise exist",
        "对接口描述中的示例 ID 返回错误；默认视为存在",
    ),
    ("The id of the bot", "智能体 ID"),
    (
        "Send one message and exit instead of starting an interactive chat",
        "发送一条消息后退出，不进入交互式对话",
    ),
    ("The id of the user who chats", "发起对话的用户 ID"),
    (
        "A file to send with the first message; can be repeated",
        "随第一条消息发送的文件；可以重复指定",
    ),
    ("Talks with a bot: speech in, speech out", "与智能体语音通话"),
    (
        "A WAV file with 16-bit PCM to send instead of recording",
        "代替录音发送的 WAV 文件（16 位 PCM）",
    ),
    ("The WAV file to write the reply to instead of playing it", "写入回复的 WAV 文件，不再播放"),
    (
        "The id of the voice of the bot; `coze call audio.voices.list` lists them",
        "智能体的音色 ID；`coze call audio.voices.list` 可列出音色",
    ),
    ("The id of the user who talks", "通话的用户 ID"),
    (
        "An image to send with the first message; can be repeated",
        "随第一条消息发送的图片；可以重复指定",
    ),
    ("Continue the last conversation with the bot", "继续与该智能体的上一个会话"),
    ("The id of a conversation to continue", "要继续的会话 ID"),
    ("A variable of the bot's prompt; can be repeated", "智能体提示词中的变量；可以重复指定"),
    (
        "Runs a workflow, prints its output and asks for the answers it needs",
        "运行工作流，打印其输出，并询问其所需的回答",
    ),
    ("The id of the workflow", "工作流 ID"),
    (
        "An input parameter whose value is JSON or text; can be repeated",
        "输入参数，取值为 JSON 或文本；可以重复指定",
    ),
    ("The text to speak; `-` reads it from standard input", "要合成的文本；`-` 表示从标准输入读取"),
    (
        "The id of the voice; `coze call audio.voices.list` lists them",
        "音色 ID；`coze call audio.voices.list` 列出所有音色",
    ),
    (
        "The audio file to write: .mp3, .wav, .pcm or .ogg",
        "要写入的音频文件：.mp3、.wav、.pcm 或 .ogg",
    ),
    ("The audio file", "音频文件"),
    (
        "The profile to use (see `coze auth`) [default: COZE_PROFILE, COZE_API_TOKEN, or the \
         current profile]",
        "使用的账号配置（见 `coze auth`）[默认：COZE_PROFILE、COZE_API_TOKEN 或当前账号配置]",
    ),
    (
        "Use a mock of the API in this process; no account is needed",
        "使用本进程内的 Mock 服务，无需账号",
    ),
    (
        "The base URL of the API, such as `https://api.coze.com`",
        "API 的 Base URL，例如 `https://api.coze.com`",
    ),
    (
        "The platform that serves the API [default: that of the profile, or cloud]",
        "提供 API 的平台：官方云服务，或自行部署的 Coze Studio [默认：账号配置中的平台，或 cloud]",
    ),
    ("Lists the profiles", "列出账号配置"),
    (
        "Makes a profile the current one, which commands use by default",
        "切换当前账号配置，各命令默认使用它",
    ),
    ("The name of the profile", "账号配置的名称"),
    (super::PARAMETERS, "接口参数"),
    (
        super::EXIT_CODES,
        "\
退出码：
    0  成功
    1  本地错误：文件、端口或设置
    2  参数无效
    3  接口返回错误或无效的响应
    4  令牌缺失、无效或缺少权限
    5  连接失败或超时
  130  被 Ctrl-C 中断

没有账号时，可以加上 --mock 试用任何命令。",
    ),
    (
        super::TALK_HELP,
        "不指定 --input 时，按 Enter 开始录音，再按 Enter 发送，回复时按 Enter 打断。\n\
         使用麦克风和扬声器需要此程序的 `talk` 功能。",
    ),
    (
        super::CHAT_HELP,
        "\
对话中输入 /help 查看命令。智能体调用端插件时，会询问其输出；输入来自管道时，使用下一行作为输出。
--output json 每行打印一个事件。",
    ),
];

/// The layout of help, whose headings clap has in English only.
const TEMPLATE: &str = "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

/// Returns the commands with their texts in Chinese. Texts of operations already are.
pub(super) fn translated(command: Command) -> Command {
    let about = command.get_about().map(translation);
    let after = command.get_after_help().map(translation);
    let has_version = command.get_version().is_some();
    let names: Vec<String> =
        command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let command = command
        .mut_args(argument)
        .help_template(TEMPLATE)
        .subcommand_help_heading("命令")
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .arg(flag("help", 'h', ArgAction::Help, "显示帮助"));
    let command = if has_version {
        command.disable_version_flag(true).arg(flag("version", 'V', ArgAction::Version, "显示版本"))
    } else {
        command
    };
    let command = about.into_iter().fold(command, Command::about);
    let command = after.into_iter().fold(command, Command::after_help);
    names.iter().fold(command, |command, name| command.mut_subcommand(name, translated))
}

fn flag(name: &'static str, short: char, action: ArgAction, help: &'static str) -> Arg {
    Arg::new(name).short(short).long(name).action(action).help(help).help_heading("选项")
}

fn argument(argument: Arg) -> Arg {
    let heading = match argument.get_help_heading() {
        Some(heading) => translation_of(heading).unwrap_or(heading).to_owned(),
        None if argument.is_positional() => "参数".to_owned(),
        None => "选项".to_owned(),
    };
    let mut help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    help = translation_of(&help).map_or(help, str::to_owned);
    // clap announces these in English.
    let hidden = argument.is_hide_default_value_set() || !argument.get_action().takes_values();
    let defaults = argument.get_default_values().iter().filter(|_| !hidden);
    let defaults: Vec<_> = defaults.map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() {
        help = format!("{help} [默认：{}]", defaults.join("、"));
    }
    let values = argument.get_possible_values();
    let values: Vec<_> = values.iter().map(value).collect();
    if !values.is_empty() && argument.get_action().takes_values() {
        help = format!("{help} [可选值：{}]", values.join("、"));
    }
    let argument = argument.help_heading(heading).help(help);
    if !argument.get_action().takes_values() {
        return argument;
    }
    argument.hide_default_value(true).hide_possible_values(true)
}

/// Returns the name of a value, with its meaning if it has one.
fn value(value: &PossibleValue) -> String {
    let name = value.get_name();
    value
        .get_help()
        .map_or_else(|| name.to_owned(), |help| format!("{name}（{}）", translation(help)))
}

fn translation(text: &StyledStr) -> StyledStr {
    let text = text.to_string();
    translation_of(&text).unwrap_or(&text).to_owned().into()
}

fn translation_of(english: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(text, _)| *text == english).map(|(_, chinese)| *chinese)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    /// Collects the texts of a command and of its subcommands.
    fn texts(command: &Command, found: &mut Vec<String>) {
        let own = [command.get_about(), command.get_after_help()].into_iter().flatten();
        found.extend(own.map(ToString::to_string));
        for argument in command.get_arguments() {
            found.extend(argument.get_help().map(ToString::to_string));
            found.extend(argument.get_help_heading().map(str::to_owned));
            let values = argument.get_possible_values();
            found.extend(values.iter().filter_map(|value| Some(value.get_help()?.to_string())));
        }
        for command in command.get_subcommands() {
            texts(command, found);
        }
    }

    #[test]
    fn every_text_is_translated_and_none_is_left_over() {
        let mut found = Vec::new();
        texts(&super::super::Cli::command(), &mut found);
        let missing: Vec<_> = found.iter().filter(|text| translation_of(text).is_none()).collect();
        assert_eq!(missing, Vec::<&String>::new());
        for (english, _) in TEXTS {
            let shown = found.iter().any(|text| text == english);
            assert!(shown || *english == super::super::PARAMETERS, "{english}");
        }
    }

    #[test]
    fn help_is_chinese() {
        let mut command = translated(super::super::Cli::command());
        command.clone().debug_assert();
        let help = command.render_long_help().to_string();
        for text in ["用法：", "命令:", "全局选项:", "选项:", "退出码：", "显示帮助"]
        {
            assert!(help.contains(text), "{text}: {help}");
        }
        let english = help.lines().find(|line| line.contains("Print") || line.contains("Usage"));
        assert_eq!(english, None);
    }
}
