//! Databases: filters, orders, records of a caller's types, and asynchronous requests.

mod filter;
mod poll;
mod records;

pub use filter::FilterField;
pub use poll::PollDatabaseTask;
