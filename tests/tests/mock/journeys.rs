//! What users do from beginning to end, with nothing but the SDK.

mod bot;
mod callbacks;
mod conversation;
mod knowledge;
mod login;
mod voice;
mod workflow;
