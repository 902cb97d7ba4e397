//! Databases: filters, orders and records of a caller's types.

mod filter;
mod records;

pub use filter::FilterField;
