//! Complete user journeys with the SDK alone.

mod bot;
mod callbacks;
mod conversation;
mod database;
mod knowledge;
mod login;
mod site;
mod voice;
mod workflow;
