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
pub(crate) mod poll;
mod surrogate;
mod tools;
mod workflow;
mod workflow_reply;

pub use accumulate::{Accumulator, TextStream};
pub use chat_reply::ChatReply;
pub use content::{ContentPart, ContentPartType};
pub use databases::FilterField;
pub use datasets::PollDocuments;
pub use poll::{PollChat, PollDatabaseTask, PollWorkflowRun};
pub use tools::{Json, ToolResult, Tools};
pub use workflow_reply::WorkflowReply;
