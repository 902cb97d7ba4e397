//! Datasets: documents from files, texts and web pages, chunk strategies, and the wait until
//! documents are processed.

mod document;
mod poll;

pub use poll::PollDocuments;
