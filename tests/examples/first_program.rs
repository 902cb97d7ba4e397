//! The first program of `coze-api/README.md`, which a test compares.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-tests --example first_program
//! ```

#[tokio::main]
async fn main() -> coze_api::Result<()> {
    let coze = coze_api::Client::from_env()?;
    // The ID of the bot, and an ID of your choice for the user.
    let chat = coze.chat().create("7342866812345000001", "user-42");
    let reply = chat.message("Hello!").stream().await?.collect_reply().await?;
    println!("{}", reply.text());
    Ok(())
}
