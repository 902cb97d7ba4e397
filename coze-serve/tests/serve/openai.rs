//! The OpenAI-compatible endpoint.

mod completions;
mod errors;
mod limits;
mod responses;
