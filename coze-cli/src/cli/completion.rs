//! Completion in shells, which run this program for it.

use std::ffi::OsString;
use std::io;

use clap::Command;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};
use coze_spec::model::{Operation, Type};

use super::{called_operation, parameters};
use crate::failure::{CommandResult, Failure};
use crate::program::PROGRAM;
use crate::recent::{self, Kind};
use crate::{catalog, language, profile};

/// The variable by which a shell asks for completion.
const VARIABLE: &str = "COZE_COMPLETE";

/// Completes a command line and exits, if a shell asks for it.
pub(crate) fn complete() {
    CompleteEnv::with_factory(command).var(VARIABLE).complete();
}

/// Prints the script that lets a shell ask for completion.
pub(crate) fn print_script(shell: clap_complete::Shell) -> CommandResult {
    let shells = Shells::builtins();
    let name = shell.to_string();
    let shell = shells.completer(&name).ok_or_else(|| Failure::local(&name))?;
    let mut script = Vec::new();
    let program = PROGRAM.name();
    shell.write_registration(VARIABLE, "coze", program, program, &mut script)?;
    Ok(io::Write::write_all(&mut io::stdout(), &script)?)
}

/// Returns the commands with the candidates for their values.
fn command() -> Command {
    language::set(language::of_environment());
    let args: Vec<OsString> = std::env::args_os().collect();
    let operation = called_operation(&args);
    parameters::command(operation)
        .mut_arg("profile", |arg| arg.add(ArgValueCandidates::new(profiles)))
        .mut_subcommand("call", |call| match operation {
            Some(operation) => with_values(with_operations(call), operation),
            None => with_operations(call),
        })
        .mut_subcommand("ops", |ops| ops.mut_subcommand("show", with_operations))
        .mut_subcommand("auth", |auth| {
            auth.mut_subcommand("switch", |switch| {
                switch.mut_arg("name", |arg| arg.add(ArgValueCandidates::new(profiles)))
            })
        })
        .mut_subcommand("trigger", |trigger| {
            trigger.mut_arg("event", |arg| arg.add(ArgValueCandidates::new(events)))
        })
        .mut_subcommand("chat", |chat| {
            let chat = with_recent(chat, "bot", Kind::BOT);
            with_recent(chat, "conversation", Kind::CONVERSATION)
        })
        .mut_subcommand("talk", |talk| {
            let talk = with_recent(talk, "bot", Kind::BOT);
            with_recent(talk, "conversation", Kind::CONVERSATION)
        })
        .mut_subcommand("publish", |publish| with_recent(publish, "bot", Kind::BOT))
        .mut_subcommand("widget", |widget| with_recent(widget, "bot", Kind::BOT))
        .mut_subcommand("serve", |serve| {
            let serve = with_recent(serve, "bot", Kind::BOT);
            with_recent(serve, "workflow", Kind::WORKFLOW)
        })
        .mut_subcommand("mcp", |mcp| {
            let mcp = with_recent(mcp, "bot", Kind::BOT);
            with_recent(mcp, "workflow", Kind::WORKFLOW)
        })
        .mut_subcommand("workflow", |workflow| {
            workflow.mut_subcommand("run", |run| with_recent(run, "workflow", Kind::WORKFLOW))
        })
}

/// Adds the ids in recent responses.
fn with_recent(command: Command, id: &str, kind: Kind) -> Command {
    command.mut_arg(id, |arg| arg.add(ArgValueCandidates::new(move || recent_ids(kind))))
}

fn recent_ids(kind: Kind) -> Vec<CompletionCandidate> {
    recent::of(kind).iter().map(|seen| candidate(&seen.id, &seen.name)).collect()
}

fn with_operations(command: Command) -> Command {
    command.mut_arg("operation", |arg| arg.add(ArgValueCandidates::new(operations)))
}

/// Adds the values of enumerations and booleans, and the ids in recent responses.
fn with_values(call: Command, operation: &'static Operation) -> Command {
    super::settable(operation).fold(call, |call, param| {
        let values: Vec<(String, &'static str)> = match &param.field.kind {
            Type::Boolean => ["true", "false"].map(|value| (value.to_owned(), "")).into(),
            // The value is a JSON object.
            Type::Map(_) => Vec::new(),
            kind => catalog::variants(kind),
        };
        let id = format!("{}{}", parameters::PARAMETER_PREFIX, param.field.wire);
        if values.is_empty() {
            return match Kind::of(&param.field.wire) {
                Some(kind) => with_recent(call, &id, kind),
                None => call,
            };
        }
        let candidates = move || {
            let candidates = values
                .iter()
                .map(|(value, description)| candidate(value.trim_matches('"'), description));
            candidates.collect()
        };
        call.mut_arg(id, |arg| arg.add(ArgValueCandidates::new(candidates)))
    })
}

fn candidate(value: &str, help: &str) -> CompletionCandidate {
    CompletionCandidate::new(value.to_owned())
        .help((!help.is_empty()).then(|| help.to_owned().into()))
}

fn operations() -> Vec<CompletionCandidate> {
    let operations = language::api().operations();
    operations.map(|operation| candidate(&operation.id, &operation.summary)).collect()
}

/// Returns the names of the profiles, or none if they cannot be read.
fn profiles() -> Vec<CompletionCandidate> {
    let names = profile::Vault::open().and_then(|vault| vault.names()).unwrap_or_default();
    names.iter().map(|name| candidate(name, "")).collect()
}

fn events() -> Vec<CompletionCandidate> {
    let events = language::api().webhooks.iter().flat_map(|webhooks| &webhooks.items);
    events.map(|webhook| candidate(&webhook.event.wire, &webhook.event.description)).collect()
}
