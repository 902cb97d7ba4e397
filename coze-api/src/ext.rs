//! What is better written by hand: inherent methods on generated types.

mod bot;
mod chat;
mod content;
mod json;
mod message;
mod workflow;

pub use content::{ContentPart, ContentPartType};
