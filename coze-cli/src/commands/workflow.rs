//! `coze workflow run`: a workflow with its events, and answers to what it asks.

use coze_api::workflows::{StreamRun, WorkflowEvent, WorkflowInterrupted, WorkflowMessage};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

use super::lines::{Lines, Unanswered, unless_interrupted};
use crate::backend::BackendArgs;
use crate::cli::{Format, WorkflowCommand};
use crate::failure::Done;
use crate::output;

pub(super) async fn run(
    command: WorkflowCommand,
    backend: &BackendArgs,
    output: Option<Format>,
) -> Done {
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

async fn follow(run: StreamRun, node: &mut Node, as_json: bool) -> Done {
    let lines = Lines::new();
    let mut events = run.await?.on_interrupt(move |interrupt| answer(lines.clone(), interrupt));
    while let Some(event) = events.try_next().await.map_err(Unanswered::of)? {
        if as_json {
            output::one_of_many(&json(event))?;
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
    fn show(&mut self, event: WorkflowEvent) -> Done {
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
    fn say(&mut self, message: &WorkflowMessage) -> Done {
        if self.0.as_ref() != Some(&message.node_id) {
            self.leave()?;
            output::piece(&format!("[{}] ", message.node_title))?;
            self.0 = Some(message.node_id.clone());
        }
        output::piece(&message.content)?;
        if message.node_is_finish { self.leave() } else { Ok(()) }
    }

    fn leave(&mut self) -> Done {
        self.0.take().map_or(Ok(()), |_| output::line(""))
    }
}

/// An event as it is on the wire.
fn json(event: WorkflowEvent) -> Value {
    let (name, data) = match event {
        WorkflowEvent::Message(message) => ("Message", json!(message)),
        WorkflowEvent::Interrupt(interrupt) => ("Interrupt", json!(interrupt)),
        WorkflowEvent::Done(done) => ("Done", json!(done)),
        WorkflowEvent::Ping => return json!({"event": "PING"}),
        WorkflowEvent::Unknown { event, data } => {
            return json!({"event": event, "data": data});
        }
        _ => return Value::Null,
    };
    json!({"event": name, "data": data})
}

/// What a node asks: text, or JSON in which there is text.
fn question(interrupt: &WorkflowInterrupted) -> String {
    let data = &interrupt.interrupt_data.data;
    let asked: Value = serde_json::from_str(data).unwrap_or_default();
    let text = asked["content"].as_str().unwrap_or(data);
    format!("{}: {text}", interrupt.node_title)
}

async fn answer(lines: Lines, interrupt: WorkflowInterrupted) -> Result<String, Unanswered> {
    lines.answer(&format!("answer to {}", interrupt.node_title)).await
}
