//! `cargo xtask package`: packages the crates for crates.io, tries their release, and installs the
//! command line from the packages.
//!
//! `cargo publish` builds a package only after the packages that it depends on, and builds no
//! examples and tests. Here the packages form a workspace of their own, far from the files of the
//! checkout, where they depend on each other instead of on crates.io.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::Outcome;
use crate::workspace::{Workspace, cargo};

/// The files that crates.io shows and that licenses require in each package.
const REQUIRED: [&str; 4] = ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// The package of the command line, which contains most of the others.
const PROGRAM: &str = "coze-cli";

/// Features that dependencies have in the tests of the checkout, so that both share them: cargo
/// builds a crate once for each set of features. The program uses none of them. To see which
/// crates differ, compare `cargo tree --package coze-cli --edges normal,build --features …` with
/// `cargo tree --workspace`, both with `--format '{p} {f}'`.
const FEATURES: &str = "axum/form,coze-gen/generate,reqwest/gzip,tokio/process,tokio/test-util";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Instead of installing, runs the tests of the packages: unit tests, examples and
    /// documentation tests
    #[arg(long)]
    test: bool,
    /// Builds nothing
    #[arg(long, conflicts_with = "test")]
    archives: bool,
    /// Only builds what `--archives` has left
    #[arg(long, conflicts_with = "archives")]
    unpacked: bool,
}

impl Args {
    /// Only builds what is unpacked.
    pub(crate) const UNPACKED: Self = Self { test: false, archives: false, unpacked: true };
}

/// The part of `cargo metadata` that this command needs.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    /// The registries; `None` permits all.
    publish: Option<Vec<String>>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `dev` or `build`; `None` is an ordinary one.
    kind: Option<String>,
}

impl Dependency {
    fn is_built(&self) -> bool {
        self.kind.as_deref() != Some("dev")
    }
}

impl Package {
    fn is_published(&self) -> bool {
        self.publish.as_ref().is_none_or(|registries| !registries.is_empty())
    }

    /// Returns the name of the folder in the archive.
    fn folder(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

pub(crate) fn run(workspace: &Workspace, args: &Args, out: &mut dyn Write) -> Result<Outcome> {
    let root = workspace.root();
    let metadata = metadata(root)?;
    let packages: Vec<_> =
        metadata.packages.iter().filter(|package| package.is_published()).collect();
    let target = &metadata.target_directory;
    // The other checks expect them here, whatever the target folder of cargo is.
    let folder = root.join("target/packages");

    if !args.unpacked && archive(root, &packages, target, &folder, out)? != Outcome::Done {
        return Ok(Outcome::Findings);
    }
    let mut commands = if args.archives {
        Vec::new()
    } else if args.test {
        vec![cargo(&folder, "test")]
    } else {
        let (program, contained) = contained(&packages, PROGRAM)?;
        let mut check = cargo(&folder, "check");
        let others = packages.iter().filter(|package| !contained.contains(&*package.name));
        check.args(others.flat_map(|package| ["--package", &package.name]));
        // After a command that removes the rest of the checkout from the lock file.
        let mut install = cargo(&folder, "install");
        install.args(["--debug", "--locked", "--force", "--features", FEATURES, "--path"]);
        install.arg(program.folder()).arg("--root").arg(root.join("target/install"));
        vec![check, install]
    };
    for command in &mut commands {
        command.arg("--quiet").env("CARGO_TARGET_DIR", target);
        if !command.status().context("cannot run cargo")?.success() {
            return Ok(Outcome::Findings);
        }
    }
    Ok(Outcome::Done)
}

/// Creates the archives, and unpacks them into a workspace in `folder`.
fn archive(
    root: &Path,
    packages: &[&Package],
    target: &Path,
    folder: &Path,
    out: &mut dyn Write,
) -> Result<Outcome> {
    // The first command does all that a release does but to build and to upload, with a local
    // registry for packages that depend on each other. It leaves no archives. It has asked
    // crates.io about all dependencies, which takes half a minute, so that the second need not.
    for command in [["publish", "--dry-run"], ["package", "--offline"]] {
        let mut cargo = cargo(root, command[0]);
        cargo.args([command[1], "--quiet", "--no-verify", "--allow-dirty"]);
        cargo.args(packages.iter().flat_map(|package| ["--package", &package.name]));
        if !cargo.status().context("cannot run cargo")?.success() {
            return Ok(Outcome::Findings);
        }
    }
    for package in packages {
        let archive = target.join("package").join(format!("{}.crate", package.folder()));
        unpack(&archive, folder, &package.folder())?;
        let size = fs::metadata(&archive)?.len().div_ceil(1024);
        writeln!(out, "{}: {size} KiB", archive.display())?;
    }
    out.flush()?;
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    fs::write(folder.join("Cargo.toml"), virtual_manifest(packages, &manifest))?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(Outcome::Done)
}

/// Returns a package, and the names of the packages that are built with it.
fn contained<'a>(packages: &[&'a Package], name: &str) -> Result<(&'a Package, BTreeSet<&'a str>)> {
    let find = |name: &str| packages.iter().copied().find(|package| package.name == name);
    let program = find(name).with_context(|| format!("{name} is not published"))?;
    let mut names = BTreeSet::new();
    let mut open = vec![program];
    while let Some(package) = open.pop() {
        if names.insert(&*package.name) {
            let built = package.dependencies.iter().filter(|dependency| dependency.is_built());
            open.extend(built.filter_map(|dependency| find(&dependency.name)));
        }
    }
    Ok((program, names))
}

fn metadata(root: &Path) -> Result<Metadata> {
    let output = cargo(root, "metadata")
        .args(["--format-version", "1", "--no-deps"])
        .output()
        .context("cannot run cargo")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Unpacks an archive into an empty folder `name` below `parent`.
fn unpack(archive: &Path, parent: &Path, name: &str) -> Result<()> {
    let folder = parent.join(name);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(parent)?,
    }
    // All files in an archive have the same old time of modification. With the current time
    // instead (`-m`), cargo notices changes.
    let arguments: [&OsStr; 5] =
        ["-xzmf".as_ref(), archive.as_ref(), "-C".as_ref(), parent.as_ref(), name.as_ref()];
    let status = Command::new("tar").args(arguments).status().context("cannot run tar")?;
    ensure!(status.success(), "cannot unpack {}", archive.display());
    for file in REQUIRED {
        ensure!(folder.join(file).is_file(), "{} has no {file}", archive.display());
    }
    Ok(())
}

/// Returns the manifest of a workspace of packages that depend on each other. It has the profiles
/// of the checkout, so that dependencies are not built again.
fn virtual_manifest(packages: &[&Package], manifest: &str) -> String {
    let mut text = String::from("[workspace]\nresolver = \"3\"\nmembers = [\n");
    for package in packages {
        let _ = writeln!(text, "    {:?},", package.folder());
    }
    text.push_str("]\n\n[patch.crates-io]\n");
    for package in packages {
        let _ = writeln!(text, "{} = {{ path = {:?} }}", package.name, package.folder());
    }
    if let Some((_, profiles)) = manifest.split_once("\n[profile.") {
        let _ = write!(text, "\n[profile.{profiles}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, publish: Option<Vec<String>>) -> Package {
        let version = "0.1.0".to_owned();
        Package { name: name.to_owned(), version, publish, dependencies: Vec::new() }
    }

    #[test]
    fn the_packages_depend_on_each_other() {
        let [one, two] = ["coze-spec", "coze-gen"].map(|name| package(name, None));
        let manifest = "[workspace]\nmembers = []\n\n[profile.dev]\ndebug = false\n";
        let expected = r#"[workspace]
resolver = "3"
members = [
    "coze-spec-0.1.0",
    "coze-gen-0.1.0",
]

[patch.crates-io]
coze-spec = { path = "coze-spec-0.1.0" }
coze-gen = { path = "coze-gen-0.1.0" }

[profile.dev]
debug = false
"#;
        assert_eq!(virtual_manifest(&[&one, &two], manifest), expected);
    }

    #[test]
    fn only_crates_for_users_are_published() {
        let workspace = Workspace::find();
        let packages = metadata(workspace.root()).unwrap().packages;
        let published = packages.iter().filter(|package| package.is_published());
        let mut names: Vec<_> = published.map(|package| package.name.as_str()).collect();
        names.sort_unstable();
        let expected = [
            "coze-api",
            "coze-api-redis",
            "coze-cli",
            "coze-gen",
            "coze-mock",
            "coze-serve",
            "coze-spec",
            "coze-widget",
        ];
        assert_eq!(names, expected);
        assert!(!package("xtask", Some(Vec::new())).is_published());
    }

    #[test]
    fn the_command_line_contains_most_packages() {
        let packages = metadata(Workspace::find().root()).unwrap().packages;
        let published: Vec<_> = packages.iter().filter(|package| package.is_published()).collect();
        let (program, names) = contained(&published, PROGRAM).unwrap();
        assert_eq!(program.name, PROGRAM);
        assert!(names.contains("coze-api") && names.contains(PROGRAM), "{names:?}");
        // It is a dependency of tests only, and of none.
        let (_, names) = contained(&published, "coze-mock").unwrap();
        assert!(!names.contains("coze-api") && !names.contains("coze-api-redis"), "{names:?}");
        let error = contained(&published, "xtask").err().unwrap().to_string();
        assert_eq!(error, "xtask is not published");
    }

    #[test]
    fn an_incomplete_package_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("a-0.1.0");
        fs::create_dir(&source).unwrap();
        for file in REQUIRED {
            fs::write(source.join(file), "text").unwrap();
        }
        let archive = folder.path().join("a.crate");
        let pack = || {
            let mut tar = Command::new("tar");
            tar.arg("-czf").arg(&archive).arg("-C").arg(folder.path()).arg("a-0.1.0");
            assert!(tar.status().unwrap().success());
        };
        let parent = folder.path().join("unpacked");
        pack();
        unpack(&archive, &parent, "a-0.1.0").unwrap();
        fs::write(parent.join("a-0.1.0/stale"), "").unwrap();
        unpack(&archive, &parent, "a-0.1.0").unwrap();
        assert!(!parent.join("a-0.1.0/stale").exists());

        fs::remove_file(source.join("LICENSE-MIT")).unwrap();
        pack();
        let error = unpack(&archive, &parent, "a-0.1.0").unwrap_err().to_string();
        assert!(error.ends_with("a.crate has no LICENSE-MIT"), "{error}");
    }
}
