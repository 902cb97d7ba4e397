//! A chat as a stream of events.

use std::collections::VecDeque;

use futures_core::Stream;

use crate::assistant::{self, ChatEvent, Next};
use crate::behavior::studio::{self, ChatflowRun};
use crate::event::Event;
use crate::state::{ChatStatus, Shared};

/// The framing of a stream. The platform uses more than one.
pub(in crate::behavior) enum Framing {
    /// `event:done`, and `"[DONE]"` in quotes.
    Tight,
    /// `event: done`, and `[DONE]` without quotes.
    Spaced,
    /// `event: done`, with the page on which a chatflow can be debugged.
    Chatflow(String),
    /// `event:conversation.stream.done`, without data.
    Studio,
    /// `event: done`, with ids.
    StudioChatflow(ChatflowRun),
}

/// A running chat as a stream. When the stream is dropped, the chat is still run to its end.
struct ChatStream {
    shared: Shared,
    chat_id: String,
    framing: Framing,
    ready: VecDeque<Event>,
    over: bool,
}

/// Streams the events of a chat: `first`, then the ones that follow.
pub(in crate::behavior) fn chat_events(
    shared: Shared,
    chat_id: String,
    first: Vec<ChatEvent>,
    framing: Framing,
) -> impl Stream<Item = Event> + Send + 'static {
    let mut stream = ChatStream { shared, chat_id, framing, ready: VecDeque::new(), over: false };
    stream.tell(first);
    futures_util::stream::unfold(stream, |mut stream| async move {
        let event = stream.next().await?;
        Some((event, stream))
    })
}

impl ChatStream {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.over {
                return None;
            }
            let next = self.shared.with(|state| assistant::advance(state, &self.chat_id));
            match next {
                Next::Events(events) => self.tell(events),
                Next::Hold(canceled) => canceled.notified().await,
                Next::Over => {
                    self.over = true;
                    let failed = self.shared.with(|state| {
                        let chat = state.chats.get(&self.chat_id);
                        chat.is_none_or(|chat| chat.status == ChatStatus::Failed)
                    });
                    if !failed {
                        let done = self.done();
                        self.ready.push_back(done);
                    }
                }
            }
        }
    }

    fn tell(&mut self, events: Vec<ChatEvent>) {
        for event in events {
            let event = match &mut self.framing {
                Framing::Tight => Some(Event::json(event.event, &event.data)),
                Framing::Spaced | Framing::Chatflow(_) => {
                    Some(Event::json(event.event, &event.data).spaced())
                }
                Framing::Studio => {
                    let usage = self.shared.with(|state| {
                        state.chats.get(&self.chat_id).map_or((0, 0), |chat| chat.usage)
                    });
                    studio::chat_event(&event, usage)
                }
                Framing::StudioChatflow(run) => run.event(&event),
            };
            self.ready.extend(event);
        }
    }

    fn done(&mut self) -> Event {
        match &mut self.framing {
            Framing::Tight => Event::text("done", "\"[DONE]\""),
            Framing::Spaced => Event::text("done", "[DONE]").spaced(),
            Framing::Chatflow(debug_url) => {
                let data = serde_json::json!({"debug_url": debug_url});
                Event::json("done", &data).spaced()
            }
            Framing::Studio => Event::text("conversation.stream.done", ""),
            Framing::StudioChatflow(run) => run.done(),
        }
    }
}

impl Drop for ChatStream {
    fn drop(&mut self) {
        if !self.over {
            self.shared.with(|state| assistant::finish(state, &self.chat_id));
        }
    }
}
