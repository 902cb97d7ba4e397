#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "mcp", feature = "openai"))]
mod access;
#[cfg(feature = "mcp")]
pub mod mcp;
#[cfg(feature = "openai")]
pub mod openai;
pub mod operation;
#[cfg(any(feature = "mcp", feature = "openai"))]
#[cfg_attr(not(feature = "openai"), allow(dead_code, reason = "MCP needs less"))]
mod turn;
