//! Callbacks as they come over the wire, to a server made with axum.

mod callback_server;
mod deliveries;
mod refusals;
mod vectors;
