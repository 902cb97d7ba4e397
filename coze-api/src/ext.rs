//! What is better written by hand: inherent methods on generated types, and helpers that join several calls.

mod accumulate;
mod bot;
mod chat;
mod chat_reply;
mod content;
mod interrupt;
mod json;
mod message;
mod poll;
mod tools;
mod workflow;
mod workflow_reply;

pub use accumulate::{Accumulator, TextStream};
pub use chat_reply::ChatReply;
pub use content::{ContentPart, ContentPartType};
pub use poll::PollChat;
pub use tools::{ToolResult, Tools};
pub use workflow_reply::WorkflowReply;
