//! Embeds the files of the playground page in the binary.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let page = Path::new("src/playground/page");
    println!("cargo::rerun-if-changed={}", page.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(page)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Modules that other crates share are symbolic links.
        if fs::metadata(entry.path())?.is_file() && is_served(&name) {
            names.push(name);
        }
    }
    names.sort();
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let mut list = String::from("&[\n");
    for name in names {
        let path = Path::new(&root).join(page).join(&name).display().to_string();
        // Writing to a string cannot fail.
        let _ = writeln!(list, "    ({name:?}, include_bytes!({path:?})),");
    }
    list.push(']');
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("assets.rs"), list)
}

/// Returns `false` for the types and licenses of modules that are used as they are.
fn is_served(name: &str) -> bool {
    !name.ends_with(".d.ts") && !name.ends_with(".LICENSE")
}
