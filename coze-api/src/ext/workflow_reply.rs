//! What a streamed run of a workflow comes to.

use super::accumulate::{Accumulator, TextStream, sealed};
use crate::base::error::Result;
use crate::generated::workflows::{
    WorkflowEvent, WorkflowInterrupted, WorkflowMessage, WorkflowUsage,
};
use crate::wire::stream::EventStream;

/// What a streamed run has put out, returned by [`collect_reply`](EventStream::collect_reply).
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// let run = coze.workflows().runs().stream("7366468917055112345").await?;
/// let reply = run.collect_reply().await?;
/// println!("{}", reply.text());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct WorkflowReply {
    /// What the nodes put out, in the order in which it came. A node may put out one text in several pieces.
    pub messages: Vec<WorkflowMessage>,
    /// Why the run stopped before its end: it goes on with `workflows.runs.resume`.
    pub interrupt: Option<WorkflowInterrupted>,
    /// The URL of a page that shows how each node of the workflow ran; empty if the run was interrupted.
    pub debug_url: String,
}

impl WorkflowReply {
    /// All that was put out, as one text.
    pub fn text(&self) -> String {
        self.messages.iter().map(|message| message.content.as_str()).collect()
    }

    /// What one node put out, by its name.
    pub fn text_of(&self, node_title: &str) -> String {
        let of_node = self.messages.iter().filter(|message| message.node_title == node_title);
        of_node.map(|message| message.content.as_str()).collect()
    }

    /// The tokens that the run has used.
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
                // An interrupt that was answered stops nothing any more.
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
}

/// Workflows.
impl EventStream<WorkflowEvent> {
    /// Only the text that the nodes put out, piece by piece.
    pub fn text(self) -> TextStream<WorkflowReply> {
        TextStream::new(self)
    }

    /// Waits for the end of the run, or for an interrupt, and returns all that came.
    ///
    /// # Errors
    ///
    /// The error with which the stream ends, if it does not end well.
    pub async fn collect_reply(self) -> Result<WorkflowReply> {
        self.text().collect().await
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
    async fn an_interrupt_is_kept() {
        let end = "event: Interrupt\ndata: {\"interrupt_data\":{\"event_id\":\"7/8\",\"type\":2},\"node_title\":\"Ask\"}\n\n";
        let reply = collect(end).await;
        assert_eq!(reply.messages.len(), 3);
        assert_eq!(reply.interrupt.map(|i| i.interrupt_data.event_id), Some("7/8".into()));
    }
}
