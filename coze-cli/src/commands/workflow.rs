//! `coze workflow run`: a workflow with its events, and answers to what it asks.

use coze_api::workflows::{StreamRun, WorkflowEvent, WorkflowInterrupted, WorkflowMessage};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

use super::lines::{AnswerError, Lines, unless_interrupted};
use crate::backend::BackendArgs;
use crate::cli::{Format, WorkflowCommand};
use crate::failure::CommandResult;
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
    let mut node = Node::default();
    let as_json = output == Some(Format::Json);
    let done = unless_interrupted(follow(run, &mut node, as_json)).await;
    node.leave()?;
    done
}

async fn follow(run: StreamRun, node: &mut Node, as_json: bool) -> CommandResult {
    let lines = Lines::new();
    let mut events = run.await?.on_interrupt(move |interrupt| answer(lines.clone(), interrupt));
    while let Some(event) = events.try_next().await.map_err(AnswerError::of)? {
        if as_json {
            output::one_of_many(&json!(event))?;
        } else {
            node.show(event)?;
        }
    }
    Ok(())
}

/// The node whose text is being printed.
#[derive(Default)]
struct Node(Option<String>);

impl Node {
    fn show(&mut self, event: WorkflowEvent) -> CommandResult {
        match event {
            WorkflowEvent::Message(message) => self.say(&message),
            WorkflowEvent::Interrupt(interrupt) => {
                self.leave()?;
                output::note("asks", &question(&interrupt))
            }
            WorkflowEvent::Done(done) => {
                self.leave()?;
                if done.debug_url.is_empty() {
                    return Ok(());
                }
                output::note("see how it ran", &done.debug_url)
            }
            _ => Ok(()),
        }
    }

    /// Pieces of one text go on where the one before has ended.
    fn say(&mut self, message: &WorkflowMessage) -> CommandResult {
        if self.0.as_ref() != Some(&message.node_id) {
            self.leave()?;
            output::piece(&format!("[{}] ", message.node_title))?;
            self.0 = Some(message.node_id.clone());
        }
        output::piece(&message.content)?;
        if message.node_is_finish { self.leave() } else { Ok(()) }
    }

    fn leave(&mut self) -> CommandResult {
        self.0.take().map_or(Ok(()), |_| output::line(""))
    }
}

/// What a node asks: text, or JSON in which there is text.
fn question(interrupt: &WorkflowInterrupted) -> String {
    let data = &interrupt.interrupt_data.data;
    let asked: Value = serde_json::from_str(data).unwrap_or_default();
    let text = asked["content"].as_str().unwrap_or(data);
    format!("{}: {text}", interrupt.node_title)
}

async fn answer(lines: Lines, interrupt: WorkflowInterrupted) -> Result<String, AnswerError> {
    lines.answer(&format!("answer to {}", interrupt.node_title)).await
}
