//! `coze workflow run`: runs a workflow and answers its questions.

use coze_api::workflows::{StreamRun, WorkflowEvent, WorkflowInterrupted, WorkflowMessage};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

use super::input::{AnswerError, Input, unless_interrupted};
use crate::backend::BackendArgs;
use crate::cli::{Format, WorkflowCommand};
use crate::failure::CommandResult;
use crate::language::{say, text};
use crate::output;

pub(super) async fn run(
    command: WorkflowCommand,
    backend: &BackendArgs,
    output: Option<Format>,
) -> CommandResult {
    let WorkflowCommand::Run { workflow, param } = command;
    let parameters = super::pairs("--param", &param)?;
    let backend = backend.open().await?;
    let run = backend.client.workflows().runs().stream(workflow).parameters(parameters);
    let mut printer = NodePrinter::default();
    let as_json = output == Some(Format::Json);
    let result = unless_interrupted(print_events(run, &mut printer, as_json)).await;
    printer.end_line()?;
    result
}

async fn print_events(run: StreamRun, printer: &mut NodePrinter, as_json: bool) -> CommandResult {
    let input = Input::new();
    let mut events = run.await?.on_interrupt(move |interrupt| answer(input.clone(), interrupt));
    while let Some(event) = events.try_next().await.map_err(AnswerError::failure_from)? {
        if as_json {
            output::json_line(&json!(event))?;
        } else {
            printer.print(event)?;
        }
    }
    Ok(())
}

/// Prints the text of nodes. Holds the id of the node whose line is open.
#[derive(Default)]
struct NodePrinter(Option<String>);

impl NodePrinter {
    fn print(&mut self, event: WorkflowEvent) -> CommandResult {
        match event {
            WorkflowEvent::Message(message) => self.print_text(&message),
            WorkflowEvent::Interrupt(interrupt) => {
                self.end_line()?;
                output::note(text("asks", "提问"), &question(&interrupt))
            }
            WorkflowEvent::Done(done) => {
                self.end_line()?;
                if done.debug_url.is_empty() {
                    return Ok(());
                }
                output::note(text("debug URL", "调试 URL"), &done.debug_url)
            }
            _ => Ok(()),
        }
    }

    /// Prints the text of a message. Consecutive messages of a node share a line.
    fn print_text(&mut self, message: &WorkflowMessage) -> CommandResult {
        if self.0.as_ref() != Some(&message.node_id) {
            self.end_line()?;
            output::fragment(&format!("[{}] ", message.node_title))?;
            self.0 = Some(message.node_id.clone());
        }
        output::fragment(&message.content)?;
        if message.node_is_finish { self.end_line() } else { Ok(()) }
    }

    fn end_line(&mut self) -> CommandResult {
        self.0.take().map_or(Ok(()), |_| output::line(""))
    }
}

/// Returns the question of a node, which is plain text or JSON with the text in `content`.
fn question(interrupt: &WorkflowInterrupted) -> String {
    let data = &interrupt.interrupt_data.data;
    let question: Value = serde_json::from_str(data).unwrap_or_default();
    let content = question["content"].as_str().unwrap_or(data);
    say!("{}: {content}", "{}：{content}", interrupt.node_title)
}

async fn answer(input: Input, interrupt: WorkflowInterrupted) -> Result<String, AnswerError> {
    input.answer(&say!("answer to {}", "{} 的回答", interrupt.node_title)).await
}
