//! The minimum version of Rust. Clippy's `incompatible_msrv` checks the functions of std, and this
//! test the dependencies.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    rust_version: Option<String>,
}

#[test]
fn no_dependency_needs_a_newer_rust() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let Metadata { packages } = serde_json::from_slice(&output.stdout).unwrap();
    let ours = packages.iter().find(|package| package.name == "coze-api").unwrap();
    let ours = number(ours.rust_version.as_deref().unwrap());
    let newer: Vec<_> = packages
        .iter()
        .filter_map(|package| Some((&package.name, package.rust_version.as_deref()?)))
        .filter(|(_, version)| number(version) > ours)
        .collect();
    assert!(newer.is_empty(), "raise `rust-version`, or use older versions of {newer:?}");
    assert!(packages.len() > 300, "{} packages", packages.len());
}

/// Returns the parts of a version such as `1.90`.
fn number(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap()).collect()
}
