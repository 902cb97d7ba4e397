//! Uploads a file and shows the progress.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example upload_file -- FILE
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::Upload;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let path = support::argument(1, "FILE")?;

    let upload = Upload::path(path).on_progress(|progress| {
        eprint!("\r{} bytes", progress.sent);
    });
    let file = coze.files().upload(upload).await?;
    eprintln!();
    println!("{} {} ({} bytes)", file.id, file.file_name, file.bytes);
    Ok(())
}
