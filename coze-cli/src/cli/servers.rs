//! The arguments of the commands that serve, and of those that receive or send callbacks.

use std::net::IpAddr;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct PlaygroundArgs {
    /// The port to listen on, or 0 for a free port [default: 2693, or a free port]
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// Print the URL without opening a browser
    #[arg(long)]
    pub(crate) no_browser: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WidgetArgs {
    /// The ID of the bot [default: the bot of the mock]
    #[arg(long)]
    pub(crate) bot: Option<String>,
    /// The ID of the voice that reads replies aloud [default: a voice of the mock, or none]
    #[arg(long)]
    pub(crate) voice: Option<String>,
    /// Another origin whose pages may use the widget, such as `http://localhost:5173`; can be
    /// repeated
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) origin: Vec<String>,
    /// The port to listen on [default: a free port]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,
    /// Open the page in a browser
    #[arg(long)]
    pub(crate) open: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MockArgs {
    /// The port to listen on [default: a free port]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,
    /// A fault to inject, such as 'status=503;chance=0.1'; can be repeated
    #[arg(long)]
    pub(crate) fault: Vec<String>,
    /// Return errors for the example ids of the spec, which otherwise exist
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// A bot to serve as a model: its id, or NAME=ID; can be repeated
    #[arg(long, value_name = "[NAME=]ID")]
    pub(crate) bot: Vec<String>,
    /// A chatflow to serve as a model, and the bot that runs it; can be repeated
    #[arg(long, value_name = "[NAME=]ID@BOT")]
    pub(crate) chatflow: Vec<String>,
    /// A chatflow to serve as a model, and the app that runs it; can be repeated
    #[arg(long, value_name = "[NAME=]ID@APP")]
    pub(crate) app_chatflow: Vec<String>,
    /// A workflow to serve as a model, and its app if it has one; can be repeated
    #[arg(long, value_name = "[NAME=]ID[@APP]")]
    pub(crate) workflow: Vec<String>,
    /// The parameter of workflows that receives the last message
    #[arg(long, value_name = "NAME", default_value = "input")]
    pub(crate) input_parameter: String,
    /// A key of your choice that clients must send; can be repeated
    #[arg(long, value_name = "KEY", env = "COZE_SERVE_API_KEY", hide_env_values = true)]
    pub(crate) api_key: Vec<String>,
    /// The address to listen on; other machines need an API key
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,
    /// The port to listen on
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// The id of the user, for requests that name none
    #[arg(long, default_value = "openai")]
    pub(crate) user: String,
    /// A variable of the bot's prompt, or a parameter, that receives system messages
    #[arg(long, value_name = "NAME")]
    pub(crate) system_variable: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct McpArgs {
    /// Operations to offer: an id, a resource such as `bots`, or a pattern such as `*.list`; can be
    /// repeated [default: all, unless a bot or a workflow is given]
    #[arg(long, value_name = "PATTERN")]
    pub(crate) operations: Vec<String>,
    /// A bot to offer as a tool; can be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) bot: Vec<String>,
    /// A published workflow to offer as a tool; can be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) workflow: Vec<String>,
    /// Also offer operations that change or cost something
    #[arg(long)]
    pub(crate) allow_changes: bool,
    /// Serve over HTTP on this port (0: a free one) instead of standard input and output
    #[arg(long, value_name = "PORT")]
    pub(crate) http: Option<u16>,
    /// The address to listen on; other machines need an API key
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", requires = "http")]
    pub(crate) host: IpAddr,
    /// A key of your choice that clients must send; can be repeated
    #[arg(long, value_name = "KEY", env = "COZE_SERVE_API_KEY", hide_env_values = true)]
    pub(crate) api_key: Vec<String>,
    /// The id of the user who chats with bots
    #[arg(long, default_value = "mcp")]
    pub(crate) user: String,
}

#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// The port to listen on
    #[arg(long, default_value_t = 3000)]
    pub(crate) port: u16,
    /// The URL of a server to which callbacks are forwarded
    #[arg(long, value_name = "URL")]
    pub(crate) forward: Option<String>,
    /// The token of the callback app, which signs callbacks
    #[arg(long, env = "COZE_WEBHOOK_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TriggerArgs {
    /// The type of the event, such as bot.published; `url_verification` sends a challenge
    pub(crate) event: String,
    /// The URL of the server
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3000")]
    pub(crate) to: String,
    /// The fields of the event as JSON, or in a file (@FILE) [default: the example of the spec]
    #[arg(long, value_name = "JSON")]
    pub(crate) data: Option<String>,
    /// The token of the callback app, which signs callbacks
    #[arg(long, env = "COZE_WEBHOOK_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
}
