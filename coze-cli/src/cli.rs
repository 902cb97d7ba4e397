//! The command-line arguments. Those of `coze call` depend on the operation.

mod chinese;
mod completion;
mod errors;
mod examples;
mod parameters;
mod servers;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::StyledStr;
use clap::{
    Arg, ArgMatches, Args, Command, FromArgMatches as _, Parser, Subcommand, ValueEnum, ValueHint,
};

use coze_spec::model::Operation;

use crate::backend::BackendArgs;
use crate::catalog;
use crate::language;
use crate::program::PROGRAM;
use crate::samples::{Language, Scenario};

pub(crate) use completion::{complete, print_script};
pub(crate) use parameters::{parameter_values, settable};
pub(crate) use servers::{
    ListenArgs, McpArgs, MockArgs, PlaygroundArgs, ServeArgs, TriggerArgs, WidgetArgs,
};

/// The command line of Coze (扣子).
#[derive(Debug, Parser)]
#[command(name = "coze", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) backend: BackendArgs,
    /// The output format [default: JSON for API responses, plain text for everything else]
    #[arg(long, global = true, value_enum, help_heading = HEADING)]
    pub(crate) output: Option<Format>,
    /// The language of help, messages and descriptions [default: that of the environment]
    #[arg(long, global = true, value_enum, help_heading = HEADING)]
    pub(crate) lang: Option<Lang>,
    #[command(subcommand)]
    pub(crate) command: Commands,
}

/// The names of languages on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    En,
    #[value(alias = "zh-CN", alias = "zh_CN")]
    Zh,
}

/// The heading of the options that every command accepts.
pub(crate) const HEADING: &str = "Global options";

/// The heading of the options of `coze call` that are parameters.
const PARAMETERS: &str = "Parameters";

const CHAT_HELP: &str = "\
In the chat, /help shows the commands. If the bot calls a local tool, you are asked for the output;
when the input is a pipe, the next line is used. --output json prints one event per line.";

const TALK_HELP: &str = "\
Without --input, Enter starts to record, Enter again sends it, and Enter interrupts the reply. The
microphone and the speaker need the feature `talk` of this program.";

const EXIT_CODES: &str = "\
Exit codes:
    0  success
    1  local error: a file, a port or a setting
    2  invalid arguments
    3  the API returned an error or an invalid response
    4  the token is missing or invalid, or lacks a permission
    5  connection failure or timeout
  130  interrupted by Ctrl-C

To try a command without an account, add --mock.";

/// The format of printed values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// JSON; with --all or --stream, one value per line
    #[default]
    Json,
    /// A table
    Table,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Commands {
    /// Lists the operations or shows the documentation of one
    #[command(args_conflicts_with_subcommands = true)]
    Ops(OpsArgs),
    /// Calls an operation; `coze call OPERATION --help` shows its parameters
    Call(CallArgs),
    /// Sends a request to any path of the API, also to those that the spec lacks
    Api(ApiArgs),
    /// Logs in and out
    #[command(subcommand)]
    Auth(AuthCommand),
    /// Serves the API Playground locally
    Playground(PlaygroundArgs),
    /// Serves a page with the chat widget and a bot locally
    Widget(WidgetArgs),
    /// Serves a mock of the API and prints a line for each request
    Mock(MockArgs),
    /// Serves bots to OpenAI clients: an OpenAI-compatible endpoint
    Serve(ServeArgs),
    /// Serves tools to agents: operations, bots and workflows, as an MCP server
    Mcp(McpArgs),
    /// Publishes a bot as an API service and checks that it replies
    Publish(PublishArgs),
    /// Chats with a bot; replies are streamed
    #[command(after_help = CHAT_HELP)]
    Chat(ChatArgs),
    /// Talks with a bot: speech in, speech out
    #[command(after_help = TALK_HELP)]
    Talk(TalkArgs),
    /// Runs workflows
    #[command(subcommand)]
    Workflow(WorkflowCommand),
    /// Converts text to speech
    Speak(SpeakArgs),
    /// Converts speech to text
    Transcribe(TranscribeArgs),
    /// Receives callbacks: verifies, prints and forwards them
    Listen(ListenArgs),
    /// Sends a signed callback to a server
    Trigger(TriggerArgs),
    /// Prints a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct OpsArgs {
    /// Words to search for in ids, titles and paths
    pub(crate) search: Vec<String>,
    #[command(subcommand)]
    pub(crate) command: Option<OpsCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OpsCommand {
    /// Shows the documentation of an operation
    Show {
        /// The id of the operation, such as bots.create
        operation: String,
        /// Print sample code with the example values instead
        #[arg(long, value_enum)]
        sample: Option<Language>,
        /// The job that the sample does, for operations with several
        #[arg(long, requires = "sample", value_enum)]
        scenario: Option<Scenario>,
        /// Print the sample for a stream of events
        #[arg(long, requires = "sample")]
        stream: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// The id of the operation, such as bots.list
    pub(crate) operation: String,
    /// Read the values from a JSON file, or from standard input if FILE is `-`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) exchange: ExchangeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ApiArgs {
    /// The HTTP method, such as GET
    pub(crate) method: String,
    /// The path, such as `/v1/bots?workspace_id=1`
    pub(crate) path: String,
    /// Read the body from a JSON file, or from standard input if FILE is `-`
    #[arg(long, visible_alias = "json", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) input: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) exchange: ExchangeArgs,
}

/// The options of a request and of the output of its response.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
pub(crate) struct ExchangeArgs {
    /// A field with a text: in the body, or in the query if there is no body; can be repeated
    #[arg(long, short, value_name = "NAME=TEXT")]
    pub(crate) field: Vec<String>,
    /// A field with a JSON value, or with the content of a file (NAME=@FILE); can be repeated
    #[arg(long, short = 'F', value_name = "NAME=JSON")]
    pub(crate) typed_field: Vec<String>,
    /// A header; can be repeated
    #[arg(long, short = 'H', value_name = "NAME: VALUE")]
    pub(crate) header: Vec<String>,
    /// Print the request and an equivalent curl command without sending anything
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// With --dry-run, print only the curl command
    #[arg(long, requires = "dry_run")]
    pub(crate) curl: bool,
    /// Fetch all pages of a list and print one item per line
    #[arg(long, visible_alias = "paginate", conflicts_with = "stream")]
    pub(crate) all: bool,
    /// Stream the response and print events as they arrive
    #[arg(long)]
    pub(crate) stream: bool,
    /// Save the file that the operation returns
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) save: Option<PathBuf>,
    /// Print the status and the headers of the response too, with the log id
    #[arg(long, short)]
    pub(crate) include: bool,
    /// Print requests and responses to standard error, without secrets
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Print the results of a jq filter for the response, item or event
    #[arg(long, value_name = "EXPR")]
    pub(crate) jq: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuthCommand {
    /// Logs in with an access token (asked for without echo) or an OAuth app
    Login {
        /// The `coze_oauth_config.json` of an app of type device, pkce or jwt
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        app: Option<PathBuf>,
        /// The redirect URL of an app of type pkce
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8989/callback")]
        redirect: String,
        /// Print the URL without opening a browser
        #[arg(long)]
        no_browser: bool,
        /// Do not send the requests that tell which permissions the token has
        #[arg(long)]
        no_permissions: bool,
    },
    /// Lists the profiles
    List,
    /// Makes a profile the current one, which commands use by default
    Switch {
        /// The name of the profile
        name: String,
    },
    /// Lists the profiles and shows the user of the current one
    Status {
        /// Also show which permissions the token has, by sending some requests that only read
        #[arg(long)]
        permissions: bool,
    },
    /// Deletes a profile and its tokens
    Logout,
}

#[derive(Debug, Args)]
pub(crate) struct PublishArgs {
    /// The id of the bot
    pub(crate) bot: String,
}

#[derive(Debug, Args)]
pub(crate) struct ChatArgs {
    /// The id of the bot
    pub(crate) bot: String,
    /// Send one message and exit instead of starting an interactive chat
    #[arg(long, short)]
    pub(crate) message: Option<String>,
    /// The id of the user who chats
    #[arg(long, default_value = "coze-cli")]
    pub(crate) user: String,
    /// A file to send with the first message; can be repeated
    #[arg(long, value_hint = ValueHint::FilePath)]
    pub(crate) file: Vec<PathBuf>,
    /// An image to send with the first message; can be repeated
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) image: Vec<PathBuf>,
    /// The id of a conversation to continue
    #[arg(long, value_name = "ID")]
    pub(crate) conversation: Option<String>,
    /// Continue the last conversation with the bot
    #[arg(long, conflicts_with = "conversation")]
    pub(crate) resume: bool,
    /// A variable of the bot's prompt; can be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) variable: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TalkArgs {
    /// The id of the bot
    pub(crate) bot: String,
    /// A WAV file with 16-bit PCM to send instead of recording
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) input: Option<PathBuf>,
    /// The WAV file to write the reply to instead of playing it
    #[arg(long, short, value_name = "FILE", requires = "input", value_hint = ValueHint::FilePath)]
    pub(crate) save: Option<PathBuf>,
    /// The id of the voice of the bot; `coze call audio.voices.list` lists them
    #[arg(long, value_name = "ID")]
    pub(crate) voice: Option<String>,
    /// The id of the user who talks
    #[arg(long, default_value = "coze-cli")]
    pub(crate) user: String,
    /// The id of a conversation to continue
    #[arg(long, value_name = "ID")]
    pub(crate) conversation: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WorkflowCommand {
    /// Runs a workflow, prints its output and asks for the answers it needs
    Run {
        /// The id of the workflow
        workflow: String,
        /// An input parameter whose value is JSON or text; can be repeated
        #[arg(long, value_name = "NAME=VALUE")]
        param: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SpeakArgs {
    /// The text to speak; `-` reads it from standard input
    pub(crate) text: String,
    /// The id of the voice; `coze call audio.voices.list` lists them
    #[arg(long)]
    pub(crate) voice: String,
    /// The audio file to write: .mp3, .wav, .pcm or .ogg
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) save: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct TranscribeArgs {
    /// The audio file
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
}

/// Parses the arguments. Prints errors or the requested help and exits the program.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> (Cli, ArgMatches) {
    let args: Vec<OsString> = args.into_iter().collect();
    // Before all else, because problems are reported in this language and with this name.
    PROGRAM.set(args.first());
    language::set(language_of(&args).unwrap_or_else(language::of_environment));
    let operation = called_operation(&args);
    let mut command = parameters::command(operation);
    if language::is_chinese() {
        command = chinese::translated(command);
    }
    command = renamed(examples::add(command, operation));
    let matches = command.try_get_matches_from(args).unwrap_or_else(|error| errors::exit(&error));
    match Cli::from_arg_matches(&matches) {
        Ok(cli) => (cli, matches),
        Err(error) => errors::exit(&error),
    }
}

/// Returns the commands with texts that call the program by its name.
fn renamed(command: Command) -> Command {
    if !PROGRAM.is_renamed() {
        return command;
    }
    let styled = |text: &StyledStr| PROGRAM.renamed(&text.to_string()).into_owned();
    let about = command.get_about().map(styled);
    let after = command.get_after_help().map(styled);
    let command = command.mut_args(|arg| {
        let (help, long) = (arg.get_help().map(styled), arg.get_long_help().map(styled));
        let arg = help.into_iter().fold(arg, Arg::help);
        long.into_iter().fold(arg, Arg::long_help)
    });
    let command = about.into_iter().fold(command, Command::about);
    let command = after.into_iter().fold(command, Command::after_help);
    command.mut_subcommands(renamed)
}

/// Returns the language that the arguments choose, if they do.
fn language_of(args: &[OsString]) -> Option<coze_spec::Language> {
    let mut args = args.iter().filter_map(|arg| arg.to_str());
    args.find(|arg| *arg == "--lang" || arg.starts_with("--lang=")).and_then(|arg| {
        let tag = arg.strip_prefix("--lang=").or_else(|| args.next())?;
        Some(language::from_tag(tag))
    })
}

/// Returns the operation that the arguments name after `call`.
fn called_operation(args: &[OsString]) -> Option<&'static Operation> {
    let mut rest = args.iter().skip_while(|arg| *arg != "call").skip(1);
    rest.find_map(|arg| catalog::find(arg.to_str()?))
}
