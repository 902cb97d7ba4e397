//! The arguments. Those of `coze call` follow from the operation that is called.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, CommandFactory as _, FromArgMatches as _};
use clap::{Parser, Subcommand, ValueEnum, ValueHint};

use coze_spec::model::{Operation, Param, Type};

use crate::backend::BackendArgs;
use crate::words;

/// Coze (扣子) on the command line.
#[derive(Debug, Parser)]
#[command(name = "coze", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) backend: BackendArgs,
    /// How values are printed: by default those of the API as JSON, the rest in words
    #[arg(long, global = true, value_enum, help_heading = HEADING)]
    pub(crate) output: Option<Format>,
    #[command(subcommand)]
    pub(crate) command: Commands,
}

/// Above the options that all commands have.
pub(crate) const HEADING: &str = "Options of all commands";

const EXIT_CODES: &str = "\
Exit codes:
    0  all is well
    1  something on this machine failed: a file, a port, a setting
    2  wrong arguments
    3  the API refused, or answered something strange
    4  the token is missing, wrong, or lacks a permission
    5  no connection, or no answer in time
  130  interrupted by Ctrl-C

Without an account: add --mock.";

/// How values are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// JSON; lists of all pages and streams as one value a line
    #[default]
    Json,
    /// A table for people
    Table,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Commands {
    /// Lists the operations, or shows one
    #[command(args_conflicts_with_subcommands = true)]
    Ops(OpsArgs),
    /// Calls an operation; `coze call OPERATION --help` shows its parameters
    Call(CallArgs),
    /// Logs in and out
    #[command(subcommand)]
    Auth(AuthCommand),
    /// Serves the API Playground on this machine
    Playground(PlaygroundArgs),
    /// Serves a mock of the API, and prints a line per request
    Mock(MockArgs),
    /// Publishes a bot as an API service, and checks that it answers
    Publish(PublishArgs),
    /// Chats with a bot; answers come as they are written
    #[command(after_help = "\
In the chat, /help shows the commands. Where the bot calls a tool of the client, the output is asked
for; through a pipe it is the next line. With --output json the events are printed, one a line.")]
    Chat(ChatArgs),
    /// Runs workflows
    #[command(subcommand)]
    Workflow(WorkflowCommand),
    /// Turns text into speech
    Speak(SpeakArgs),
    /// Turns speech into text
    Transcribe(TranscribeArgs),
    /// Prints a script that completes commands in a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct OpsArgs {
    /// Words that the id, the title or the path contains
    pub(crate) search: Vec<String>,
    #[command(subcommand)]
    pub(crate) command: Option<OpsCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OpsCommand {
    /// Shows the documentation of an operation
    Show {
        /// Its id, such as bots.create
        operation: String,
        /// Print a sample instead, with the example values
        #[arg(long, value_enum)]
        sample: Option<Language>,
        /// Of a sample: ask for events
        #[arg(long, requires = "sample")]
        stream: bool,
    },
}

/// The language of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    Rust,
    Curl,
    Python,
}

#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// The id of the operation, such as bots.list
    pub(crate) operation: String,
    /// Take the values from a file with a JSON object, or from `-`, the standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) json: Option<PathBuf>,
    /// Print the request and a command of curl, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Walk through all pages of a list and print an item a line
    #[arg(long, conflicts_with = "stream")]
    pub(crate) all: bool,
    /// Ask for events, and print them as they come
    #[arg(long)]
    pub(crate) stream: bool,
    /// Write a file that the operation answers with
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) save: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuthCommand {
    /// Logs in: by a token (asked for without echo), or by an OAuth app
    Login {
        /// The `coze_oauth_config.json` of an app of the type device, pkce or jwt
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        app: Option<PathBuf>,
        /// Where the browser returns to, for an app of the type pkce
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8989/callback")]
        redirect: String,
        /// Do not open a browser, only print the address
        #[arg(long)]
        no_browser: bool,
    },
    /// Shows the profiles, and as whom the chosen one acts
    Status,
    /// Forgets a profile and its tokens
    Logout,
}

#[derive(Debug, Args)]
pub(crate) struct PlaygroundArgs {
    /// The port; by default a free one
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,
}

#[derive(Debug, Args)]
pub(crate) struct MockArgs {
    /// The port; by default a free one
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,
    /// A fault such as 'status=503;chance=0.1'; may be repeated
    #[arg(long)]
    pub(crate) fault: Vec<String>,
    /// Ids of the spec's examples do not exist
    #[arg(long)]
    pub(crate) strict: bool,
    /// The platform to behave as
    #[arg(long, value_enum, default_value_t)]
    pub(crate) platform: MockPlatform,
}

/// A platform that `coze mock` behaves as.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum MockPlatform {
    /// The vendor's cloud
    #[default]
    Cloud,
    /// A self-hosted Coze Studio
    Studio,
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
    /// Say this and leave; without it the chat is interactive
    #[arg(long, short)]
    pub(crate) message: Option<String>,
    /// As whom to chat
    #[arg(long, default_value = "coze-cli")]
    pub(crate) user: String,
    /// Send a file with the first message; may be repeated
    #[arg(long, value_hint = ValueHint::FilePath)]
    pub(crate) file: Vec<PathBuf>,
    /// Go on with the conversation of this id
    #[arg(long, value_name = "ID")]
    pub(crate) conversation: Option<String>,
    /// A variable of the bot's prompt as NAME=VALUE; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) variable: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WorkflowCommand {
    /// Runs a workflow, prints its events, and asks where it asks
    Run {
        /// The id of the workflow
        workflow: String,
        /// A parameter as NAME=VALUE, where the value is JSON or text; may be repeated
        #[arg(long, value_name = "NAME=VALUE")]
        param: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SpeakArgs {
    /// What to say; `-` reads it from the standard input
    pub(crate) text: String,
    /// The id of the voice; `coze call audio.voices.list` lists them
    #[arg(long)]
    pub(crate) voice: String,
    /// Where to write the sound: .mp3, .wav, .pcm or .ogg
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) save: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct TranscribeArgs {
    /// The recording
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
}

/// Before the names of parameters, lest they be those of options.
const PREFIX: &str = "parameter:";

/// Reads the arguments, or prints why they cannot be read, or the help, and ends the program.
pub(crate) fn read(args: impl IntoIterator<Item = OsString>) -> (Cli, ArgMatches) {
    let args: Vec<OsString> = args.into_iter().collect();
    let matches = command(called(&args)).get_matches_from(args);
    match Cli::from_arg_matches(&matches) {
        Ok(cli) => (cli, matches),
        Err(error) => error.exit(),
    }
}

/// The operation that the arguments name after `call`.
fn called(args: &[OsString]) -> Option<&'static Operation> {
    let mut rest = args.iter().skip_while(|arg| *arg != "call").skip(1);
    rest.find_map(|arg| words::find(arg.to_str()?))
}

/// All commands as shells complete them: with the ids of the operations.
pub(crate) fn completed() -> Command {
    let ids = || coze_spec::api().operations().map(|operation| operation.id.as_str());
    let named = move |command: Command| {
        command.mut_arg("operation", |arg| arg.value_parser(ids().collect::<Vec<_>>()))
    };
    Cli::command()
        .mut_subcommand("call", named)
        .mut_subcommand("ops", |ops| ops.mut_subcommand("show", named))
}

/// All commands; with an option for every parameter of the operation that is called.
pub(crate) fn command(called: Option<&'static Operation>) -> Command {
    let command = Cli::command();
    let Some(operation) = called else { return command };
    command.mut_subcommand("call", |call| {
        let taken: Vec<String> = call
            .get_arguments()
            .chain(Cli::command().get_arguments())
            .filter_map(|arg| arg.get_long().map(str::to_owned))
            .chain(["help".to_owned(), "version".to_owned()])
            .collect();
        let call = call.about(operation.summary.clone()).args_override_self(true);
        settable(operation).fold(call, |call, param| call.arg(parameter(param, &taken)))
    })
}

/// The parameters that callers give.
pub(crate) fn settable(operation: &Operation) -> impl Iterator<Item = &Param> {
    operation.params.iter().filter(|param| param.constant.is_none())
}

fn parameter(param: &'static Param, taken: &[String]) -> Arg {
    let field = &param.field;
    let long = if taken.contains(&field.wire) {
        format!("field-{}", field.wire)
    } else {
        field.wire.clone()
    };
    let kebab = long.replace('_', "-");
    let paragraph = field.description.lines().take_while(|line| !line.is_empty());
    let mut help = paragraph.collect::<Vec<_>>().join(" ");
    let constraints = field.constraints();
    if !constraints.is_empty() {
        help = format!("{help} ({})", constraints.join(", "));
    }
    if field.required {
        help = format!("{help} [required]");
    }
    let many = matches!(field.kind, Type::List(_));
    let type_name = words::type_name(coze_spec::api(), &field.kind);
    let value_name = type_name.split(' ').next().unwrap_or_default().to_uppercase();
    let arg = Arg::new(format!("{PREFIX}{}", field.wire))
        .value_name(value_name)
        .help(help)
        .help_heading("Parameters")
        .allow_hyphen_values(true)
        .action(if many { ArgAction::Append } else { ArgAction::Set });
    let arg = if kebab == long { arg } else { arg.alias(kebab) };
    let hint = if field.kind == Type::File { ValueHint::FilePath } else { ValueHint::Unknown };
    arg.long(long).value_hint(hint)
}

/// The texts that were given for a parameter of the operation.
pub(crate) fn given<'a>(matches: &'a ArgMatches, param: &Param) -> Option<Vec<&'a String>> {
    let call = matches.subcommand_matches("call")?;
    let name = format!("{PREFIX}{}", param.field.wire);
    call.try_get_many::<String>(&name).ok().flatten().map(Iterator::collect)
}
