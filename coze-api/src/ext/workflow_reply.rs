//! The output of a streamed workflow run as one value.

use serde::{Deserialize, Serialize};

use super::accumulate::{Accumulator, TextStream, sealed};
use crate::base::error::{Error, Result};
use crate::generated::workflows::{
    WorkflowEvent, WorkflowInterrupted, WorkflowMessage, WorkflowUsage,
};
use crate::wire::stream::EventStream;

/// The output of a streamed workflow run, returned by
/// [`collect_reply`](EventStream::collect_reply).
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// let run = coze.workflows().runs().stream("7366468917055000001").await?;
/// let reply = run.collect_reply().await?;
/// println!("{}", reply.text());
/// # Ok(()) }
/// ```
///
/// A run that asks a question ends with an [`interrupt`](Self::interrupt). Answer it with
/// `workflows().runs().resume(…)`, or let
/// [`on_interrupt`](EventStream::on_interrupt) answer and go on.
///
/// If the stream fails, the error holds what arrived before: see
/// [`Error::partial_workflow_reply`].
///
/// It can be stored as JSON and read again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct WorkflowReply {
    /// The output of the nodes, in the order in which it arrived. A node may split one text into
    /// several messages.
    pub messages: Vec<WorkflowMessage>,
    /// The interrupt that paused the run, if one did.
    pub interrupt: Option<WorkflowInterrupted>,
    /// The URL of a page that shows how each node of the workflow ran; empty if the run was
    /// interrupted.
    pub debug_url: String,
}

impl WorkflowReply {
    /// Returns the output of all nodes as one text.
    pub fn text(&self) -> String {
        self.messages.iter().map(|message| message.content.as_str()).collect()
    }

    /// Returns the output of one node, given the title of the node.
    pub fn text_of(&self, node_title: &str) -> String {
        let of_node = self.messages.iter().filter(|message| message.node_title == node_title);
        of_node.map(|message| message.content.as_str()).collect()
    }

    /// Returns the number of tokens that the run used, if the server reported it.
    pub fn usage(&self) -> Option<&WorkflowUsage> {
        self.messages.iter().rev().find_map(|message| message.usage.as_ref())
    }
}

impl sealed::Sealed for WorkflowReply {}

impl Accumulator for WorkflowReply {
    type Event = WorkflowEvent;

    fn add(&mut self, event: WorkflowEvent) -> Result<Option<String>> {
        match event {
            WorkflowEvent::Message(message) => {
                // The run goes on, so the interrupt has been answered.
                self.interrupt = None;
                let text = Some(message.content.clone()).filter(|text| !text.is_empty());
                self.messages.push(message);
                return Ok(text);
            }
            WorkflowEvent::Interrupt(interrupt) => self.interrupt = Some(interrupt),
            WorkflowEvent::Done(done) => {
                self.interrupt = None;
                self.debug_url = done.debug_url;
            }
            WorkflowEvent::Ping | WorkflowEvent::Unknown { .. } => {}
        }
        Ok(None)
    }

    fn piece(event: &mut WorkflowEvent) -> Option<(&str, Option<&mut String>)> {
        let WorkflowEvent::Message(message) = event else { return None };
        Some((&message.node_title, Some(&mut message.content)))
    }

    fn append(&mut self, node_title: &str, text: &str) {
        let mut messages = self.messages.iter_mut().rev();
        if let Some(message) = messages.find(|message| message.node_title == node_title) {
            message.content.push_str(text);
        }
    }
}

/// Workflows.
impl EventStream<WorkflowEvent> {
    /// Reduces the stream to the text that the nodes output, piece by piece.
    ///
    /// The output of several nodes follows each other without a separator. See [`TextStream`].
    pub fn text(self) -> TextStream<WorkflowReply> {
        TextStream::new(self)
    }

    /// Waits for the end of the run, or for an interrupt, and returns everything that arrived.
    ///
    /// See [`WorkflowReply`] for an example.
    ///
    /// # Errors
    ///
    /// The error with which the stream ends, unless it is complete. The part of the output that
    /// arrived before it is in [`Error::partial_workflow_reply`].
    pub async fn collect_reply(self) -> Result<WorkflowReply> {
        self.text().collect().await
    }
}

/// Workflow runs that an error cut off.
impl Error {
    /// Returns the part of a workflow's output that arrived before the error.
    ///
    /// Errors of [`collect_reply`](EventStream::collect_reply) and of [`text`](EventStream::text)
    /// have it. `None` for other errors, and for those of an [`EventStream`] whose events were read
    /// one by one.
    pub fn partial_workflow_reply(&self) -> Option<&WorkflowReply> {
        self.partial()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    const RUN: &str = concat!(
        "id: 0\nevent: Message\ndata: {\"content\":\"Kun\",\"node_title\":\"A\",\"usage\":{\"token_count\":3}}\n\n",
        "id: 1\nevent: PING\ndata: {}\n\n",
        "id: 2\nevent: Message\ndata: {\"content\":\"ming\",\"node_title\":\"A\"}\n\n",
        "id: 3\nevent: Message\ndata: {\"content\":\"!\",\"node_title\":\"End\",\"usage\":{\"token_count\":7}}\n\n",
    );

    async fn collect(end: &str) -> WorkflowReply {
        let chunks = stream::iter([Ok::<_, std::io::Error>(format!("{RUN}{end}"))]);
        let events: EventStream<WorkflowEvent> = EventStream::from_chunks(chunks);
        events.collect_reply().await.expect("a whole stream")
    }

    #[tokio::test]
    async fn a_run_is_collected() {
        let reply = collect("id: 4\nevent: Done\ndata: {\"debug_url\":\"https://d\"}\n\n").await;
        assert_eq!((&*reply.text(), &*reply.text_of("A")), ("Kunming!", "Kunming"));
        assert_eq!(reply.usage().map(|usage| usage.token_count), Some(7));
        assert_eq!((reply.interrupt, &*reply.debug_url), (None, "https://d"));
    }

    #[tokio::test]
    async fn a_reply_is_stored_and_read_again() {
        let end = "event: Interrupt\ndata: {\"interrupt_data\":{\"event_id\":\"7/8\"}}\n\n";
        for end in [end, "id: 4\nevent: Done\ndata: {\"debug_url\":\"https://d\"}\n\n"] {
            let reply = collect(end).await;
            let json = serde_json::to_string(&reply).expect("plain data");
            assert_eq!(serde_json::from_str::<WorkflowReply>(&json).expect(&json), reply);
        }
        let empty: WorkflowReply = serde_json::from_str("{}").expect("an object");
        assert_eq!(empty, WorkflowReply::default());
    }

    #[tokio::test]
    async fn an_interrupt_is_kept() {
        let end = "event: Interrupt\ndata: {\"interrupt_data\":{\"event_id\":\"7/8\",\"type\":2},\"node_title\":\"Ask\"}\n\n";
        let reply = collect(end).await;
        assert_eq!(reply.messages.len(), 3);
        assert_eq!(reply.interrupt.map(|i| i.interrupt_data.event_id), Some("7/8".into()));
    }
}
