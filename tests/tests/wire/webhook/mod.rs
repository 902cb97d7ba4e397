//! Callbacks over real sockets to an axum server.

mod callback_server;
mod deliveries;
mod refusals;
mod vectors;
