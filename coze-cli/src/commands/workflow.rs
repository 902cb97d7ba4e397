//! `coze workflow run`: a workflow with its events, and answers to what it asks.

use std::io;

use coze_api::workflows::{WorkflowEvent, WorkflowInterrupted};
use futures_util::TryStreamExt as _;
use serde_json::{Map, Value, json};

use super::chat::ask;
use crate::backend::BackendArgs;
use crate::cli::{Format, WorkflowCommand};
use crate::failure::{Done, Failure};
use crate::output;

pub(super) async fn run(
    command: WorkflowCommand,
    backend: &BackendArgs,
    format: Format,
) -> Done {
    let WorkflowCommand::Run { workflow, param } = command;
    let parameters = parameters(&param)?;
    let backend = backend.open().await?;
    let run = backend.client.workflows().runs().stream(workflow).parameters(parameters);
    let mut events = run.await?.on_interrupt(answer);
    while let Some(event) = events.try_next().await? {
        show(&event, format)?;
    }
    Ok(())
}

fn parameters(texts: &[String]) -> Result<Map<String, Value>, Failure> {
    let parsed = texts.iter().map(|text| {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Failure::Usage(format!("--param takes NAME=VALUE, not {text}"))
        })?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        Ok((name.to_owned(), value))
    });
    parsed.collect()
}

fn show(event: &WorkflowEvent, format: Format) -> Done {
    match (event, format) {
        (WorkflowEvent::Message(message), Format::Table) => {
            output::line(&format!("[{}] {}", message.node_title, message.content))
        }
        (WorkflowEvent::Done(done), Format::Table) => {
            eprintln!("[see how it ran: {}]", done.debug_url);
            Ok(())
        }
        (WorkflowEvent::Message(message), Format::Json) => {
            output::one_of_many(&json!({"event": "Message", "data": message}))
        }
        (WorkflowEvent::Interrupt(interrupt), Format::Json) => {
            output::one_of_many(&json!({"event": "Interrupt", "data": interrupt}))
        }
        (WorkflowEvent::Done(done), Format::Json) => {
            output::one_of_many(&json!({"event": "Done", "data": done}))
        }
        _ => Ok(()),
    }
}

async fn answer(interrupt: WorkflowInterrupted) -> io::Result<String> {
    let question =
        format!("{}: {}", interrupt.node_title, interrupt.interrupt_data.data);
    eprintln!("{}", question.replace(char::is_control, " "));
    ask("> ").await?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
