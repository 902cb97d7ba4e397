//! Decodes recordings of event streams and WebSocket sessions, and prints what came out of each.
//!
//! `cargo run -p coze-tests --bin replay -- FOLDER`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use coze_tests::replay::replay;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if arguments.is_empty() {
        eprintln!("usage: replay FOLDER|FILE ...");
        return ExitCode::from(2);
    }
    match run(&arguments).await {
        Ok(0) => ExitCode::SUCCESS,
        Ok(count) => {
            println!("{count} recordings were not understood completely");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Returns the number of recordings that were not decoded without loss.
async fn run(arguments: &[PathBuf]) -> std::io::Result<usize> {
    let mut files = Vec::new();
    for argument in arguments {
        find(argument, &mut files)?;
    }
    files.sort();
    let mut incomplete = 0;
    for file in files {
        let report = replay(&std::fs::read(&file)?).await;
        incomplete += usize::from(!report.is_complete());
        println!("{}: {report}", file.display());
    }
    Ok(incomplete)
}

fn find(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let failed = |error: std::io::Error| {
        std::io::Error::new(error.kind(), format!("{}: {error}", path.display()))
    };
    if !path.is_dir() {
        // Says which path is wrong.
        std::fs::metadata(path).map_err(failed)?;
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(failed)? {
        find(&entry?.path(), files)?;
    }
    Ok(())
}
