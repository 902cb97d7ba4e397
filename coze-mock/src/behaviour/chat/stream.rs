//! A chat as a stream of events.

use std::collections::VecDeque;

use futures_core::Stream;

use crate::assistant::{self, Next, Said};
use crate::event::Event;
use crate::state::{ChatStatus, Shared};

/// How the frames of a stream are written. The platform does it in more than one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::behaviour) enum Spelling {
    /// `event:done`, and `"[DONE]"` in quotes.
    Tight,
    /// `event: done`, and `[DONE]` without quotes.
    Spaced,
    /// `event: done`, with the page on which a chatflow can be debugged.
    Chatflow(String),
}

/// A chat that is told while it goes on. If nobody listens any more, it goes on to its end all the same.
struct Telling {
    shared: Shared,
    chat_id: String,
    spelling: Spelling,
    ready: VecDeque<Event>,
    over: bool,
}

/// The events of a chat: these first, then what comes.
pub(in crate::behaviour) fn told(
    shared: Shared,
    chat_id: String,
    first: Vec<Said>,
    spelling: Spelling,
) -> impl Stream<Item = Event> + Send + 'static {
    let mut telling = Telling { shared, chat_id, spelling, ready: VecDeque::new(), over: false };
    telling.tell(first);
    futures_util::stream::unfold(telling, |mut telling| async move {
        let event = telling.next().await?;
        Some((event, telling))
    })
}

impl Telling {
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
                Next::Said(said) => self.tell(said),
                Next::Hold(canceled) => canceled.notified().await,
                Next::Over => {
                    self.over = true;
                    let failed = self.shared.with(|state| {
                        let chat = state.chats.get(&self.chat_id);
                        chat.is_none_or(|chat| chat.status == ChatStatus::Failed)
                    });
                    if !failed {
                        self.ready.push_back(self.done());
                    }
                }
            }
        }
    }

    fn tell(&mut self, said: Vec<Said>) {
        let spaced = self.spelling != Spelling::Tight;
        self.ready.extend(said.into_iter().map(|said| {
            let event = Event::json(said.event, &said.data);
            if spaced { event.spaced() } else { event }
        }));
    }

    fn done(&self) -> Event {
        match &self.spelling {
            Spelling::Tight => Event::text("done", "\"[DONE]\""),
            Spelling::Spaced => Event::text("done", "[DONE]").spaced(),
            Spelling::Chatflow(debug_url) => {
                let data = serde_json::json!({"debug_url": debug_url});
                Event::json("done", &data).spaced()
            }
        }
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        if !self.over {
            self.shared.with(|state| assistant::finish(state, &self.chat_id));
        }
    }
}
