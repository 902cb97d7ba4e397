//! What is better written by hand: inherent methods on generated types.

mod chat;
mod message;
