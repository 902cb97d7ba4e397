//! The parts of the API that are written by hand: methods on generated types, and helpers that
//! combine several calls.

mod accumulate;
mod bot;
mod chat;
mod chat_reply;
mod content;
mod databases;
mod datasets;
mod interrupt;
mod json;
mod message;
mod poll;
mod schedule;
mod surrogate;
mod tools;
mod workflow;
mod workflow_reply;

pub use accumulate::{Accumulator, TextStream};
pub use chat_reply::ChatReply;
pub use content::{ContentPart, ContentPartType};
pub use databases::{FilterField, PollDatabaseTask};
pub use datasets::PollDocuments;
pub use poll::PollChat;
pub use tools::{ToolResult, Tools};
pub use workflow_reply::WorkflowReply;
