//! Writes the bots of a workspace to a CSV file, page by page.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example bots_to_csv -- WORKSPACE_ID bots.csv
//! ```

mod support;

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let workspace_id = support::argument(1, "WORKSPACE_ID")?;
    let path = support::argument(2, "CSV")?;

    let mut file = BufWriter::new(File::create(&path)?);
    writeln!(file, "id,name,description,updated")?;
    let mut rows = 0;
    // `items` returns the same bots one at a time, without the total.
    let mut pages = coze.bots().list(workspace_id).page_size(50).pages();
    while let Some(page) = pages.next().await {
        let page = page?;
        rows += page.items.len();
        for bot in &page.items {
            let columns = [&bot.id, &bot.name, &bot.description].map(|text| quote(text));
            writeln!(file, "{},{}", columns.join(","), bot.updated_at)?;
        }
        eprintln!("[{rows} of {}]", page.total.unwrap_or_default());
    }
    file.flush()?;
    println!("{path}: {rows} bots");
    Ok(())
}

/// Returns a field of a CSV file. The crate `csv` does this too.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
