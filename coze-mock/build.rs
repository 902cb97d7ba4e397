//! Puts the bundled spec beside the object files, from where `src/spec.rs` embeds it.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=../spec");
    match bundle() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("cargo::error={}", why.replace('\n', " | "));
            ExitCode::FAILURE
        }
    }
}

fn bundle() -> Result<(), String> {
    let document = coze_spec::load(Path::new("../spec")).map_err(|all| all.to_string())?;
    let folder = env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?;
    let text = coze_spec::bundle(&document).to_string();
    fs::write(Path::new(&folder).join("bundle.json"), text).map_err(|error| error.to_string())
}
