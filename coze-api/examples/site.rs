//! Asks the agent of a deployed project, at an address of its own.
//!
//! ```sh
//! export COZE_SITE_TOKEN=eyJ…
//! cargo run -p coze-api --features site --example site -- https://my-project.coze.site "What is tea?"
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::site::{AgentEvent, Project};

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let (url, token) = support::project().await?;
    let question = support::argument(2, "TEXT")?;

    let project = Project::new(url, token)?;
    let mut events = project.ask("an-example", [question]).await?;
    while let Some(event) = events.next().await {
        match event? {
            AgentEvent::Answer(message) => {
                print!("{}", message.content.unwrap_or_default().answer);
            }
            AgentEvent::ToolRequest(message) => {
                let call = message.content.and_then(|content| content.tool_request);
                eprintln!("[tool {}]", call.unwrap_or_default().tool_name);
            }
            AgentEvent::MessageEnd(_) => println!(),
            _ => {}
        }
    }
    Ok(())
}
