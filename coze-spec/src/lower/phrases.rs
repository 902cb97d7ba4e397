//! The sentences that the model adds to the texts of the spec.

use crate::language::Language::{self, Chinese, English};
use crate::model::Page;
use crate::read::Direction;

impl Language {
    /// Returns the description of the events that one side of a channel sends. Without a method
    /// that connects, `channel` is the only description that the channel has.
    pub(super) fn events_of(self, direction: Direction, channel: Result<&str, &str>) -> String {
        let start = match (self, direction) {
            (English, Direction::Client) => "The events that the client sends",
            (English, Direction::Server) => "The events that the server sends",
            (Chinese, Direction::Client) => "客户端发送的事件",
            (Chinese, Direction::Server) => "服务端发送的事件",
        };
        match (self, channel) {
            (English, Ok(method)) => format!("{start} over [`Realtime::{method}`]."),
            (English, Err(description)) => format!("{start}.\n\n{description}"),
            (Chinese, Ok(method)) => format!("{start}，见 [`Realtime::{method}`]。"),
            (Chinese, Err(description)) => format!("{start}。\n\n{description}"),
        }
    }

    pub(super) const fn callback(self) -> &'static str {
        match self {
            English => "An event that a callback reports.",
            Chinese => "回调通知的事件。",
        }
    }

    pub(super) fn documentation(self, page: &Page) -> String {
        let Page { title, url } = page;
        match self {
            English => format!("Documentation: [{title}]({url})."),
            Chinese => format!("文档：[{title}]({url})。"),
        }
    }
}
