//! The guide: one chapter for each job, with code that can be copied.
//!
//! | I want to … | chapter |
//! |---|---|
//! | copy the code of a common job | [recipes] |
//! | create a client, call an operation, read a list, print errors | [first call] |
//! | talk to a bot, stream its reply, keep a conversation, send images | [chat] |
//! | let a bot call functions of my program | [tools] |
//! | run workflows and chatflows, and answer their questions | [workflows] |
//! | upload files, fill a knowledge base, use a database | [files and knowledge] |
//! | synthesize and transcribe speech, talk over WebSocket | [audio and realtime] |
//! | let users log in, keep tokens, serve several users | [authentication] |
//! | receive events from Coze | [webhooks] |
//! | tell errors apart, repeat requests, limit the time of a call | [errors and retries] |
//! | log, measure and trace calls, or change requests | [observability] |
//! | use a proxy, a private certificate, a gateway, Coze Studio | [connections] |
//! | send or read something that this crate does not know | [beyond the spec] |
//! | test my program without an account | [testing] |
//! | know what an update can change, and which features there are | [versions] |
//! | find what I know from cozepy, coze-js, coze-go or coze-java | [migrating] |
//!
//! The code of each chapter is compiled, and nearly all of it runs against the mock server, in the
//! tests of this crate. IDs such as `7342866812345000001` stand for those of your own resources.
//! The crate's [examples](https://docs.rs/crate/coze-api/latest/source/examples/) are complete
//! programs, one for each job.
//!
//! [first call]: first_call
//! [files and knowledge]: files_and_knowledge
//! [audio and realtime]: audio_and_realtime
//! [errors and retries]: errors_and_retries
//! [beyond the spec]: beyond_the_spec
#![cfg_attr(
    not(all(
        feature = "blocking",
        feature = "jwt",
        feature = "realtime",
        feature = "webhook-axum"
    )),
    allow(
        rustdoc::broken_intra_doc_links,
        reason = "chapters link to items of features that are not enabled"
    )
)]

#[doc = include_str!("guide/first_call.md")]
pub mod first_call {}

#[doc = include_str!("guide/chat.md")]
pub mod chat {}

#[doc = include_str!("guide/tools.md")]
pub mod tools {}

#[doc = include_str!("guide/workflows.md")]
pub mod workflows {}

#[doc = include_str!("guide/files_and_knowledge.md")]
pub mod files_and_knowledge {}

#[doc = include_str!("guide/audio_and_realtime.md")]
pub mod audio_and_realtime {}

#[doc = include_str!("guide/authentication.md")]
pub mod authentication {}

#[doc = include_str!("guide/webhooks.md")]
pub mod webhooks {}

#[doc = include_str!("guide/errors_and_retries.md")]
pub mod errors_and_retries {}

#[doc = include_str!("guide/observability.md")]
pub mod observability {}

#[doc = include_str!("guide/connections.md")]
pub mod connections {}

#[doc = include_str!("guide/beyond_the_spec.md")]
pub mod beyond_the_spec {}

#[doc = include_str!("guide/testing.md")]
pub mod testing {}

#[doc = include_str!("guide/recipes.md")]
pub mod recipes {}

#[doc = include_str!("guide/versions.md")]
pub mod versions {}

#[doc = include_str!("guide/migrating.md")]
pub mod migrating {}
