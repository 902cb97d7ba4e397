//! Lists the tools of a plugin, or calls one of them.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example call_plugin -- \
//!     PLUGIN_ID [TOOL '{"q": "Kunming"}']
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use serde_json::{Map, Value};

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let plugin_id = support::argument(1, "PLUGIN_ID")?;

    let Some(tool) = std::env::args().nth(2) else {
        let plugin = coze.plugins().retrieve(&plugin_id).await?;
        for tool in plugin.tools {
            println!("{}: {}\n  {}", tool.name, tool.description, tool.input_schema);
        }
        return Ok(());
    };
    let arguments = std::env::args().nth(3).unwrap_or("{}".to_owned());
    let arguments: Map<String, Value> = serde_json::from_str(&arguments)?;
    let output = coze.plugins().tools().call(&plugin_id, tool, arguments).await?;
    println!("{:#}", output.result);
    Ok(())
}
