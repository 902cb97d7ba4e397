#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
#[cfg(feature = "webhook")]
mod deduplicator;
mod lease;
mod token_store;

pub use client::RedisClient;
#[cfg(feature = "webhook")]
pub use deduplicator::RedisDeduplicator;
pub use token_store::RedisTokenStore;
