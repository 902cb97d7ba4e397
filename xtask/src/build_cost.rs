//! `cargo xtask build-cost`: measures what it costs users to build `coze-api`, beside the same
//! program written by hand.
//!
//! The programs are packages of their own with the dependencies of `Cargo.lock`, so that nothing
//! else of this workspace is built.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::Outcome;
use crate::workspace::{Workspace, cargo};

/// Sends one request with this SDK.
const SDK: &str = r#"
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let coze = coze_api::Client::from_env()?;
    println!("{}", coze.bots().retrieve("7493066380997012345").await?.name);
    Ok(())
}
"#;

/// Sends the same request with reqwest.
const BY_HAND: &str = r#"
#[derive(serde::Deserialize)]
struct Envelope {
    code: i64,
    #[serde(default)]
    msg: String,
    data: Option<Bot>,
}

#[derive(serde::Deserialize)]
struct Bot {
    name: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let token = std::env::var("COZE_API_TOKEN")?;
    let client = reqwest::Client::builder().user_agent("hello").build()?;
    let url = "https://api.coze.cn/v1/bots/7493066380997012345";
    let reply = client.get(url).bearer_auth(token).send().await?.error_for_status()?;
    let envelope: Envelope = serde_json::from_slice(&reply.bytes().await?)?;
    match envelope.data {
        Some(bot) if envelope.code == 0 => println!("{}", bot.name),
        _ => return Err(envelope.msg.into()),
    }
    Ok(())
}
"#;

const TOKIO: &str = r#"tokio = { version = "1", features = ["macros", "rt"] }"#;

pub(crate) fn run(workspace: &Workspace, out: &mut dyn Write) -> Result<Outcome> {
    let folder = workspace.root().join("target/build-cost");
    let path = workspace.root().join("coze-api");
    let sdk = format!("coze-api = {{ path = '{}' }}\n{TOKIO}", path.display());
    let by_hand = format!(
        "reqwest = {{ version = \"0.13\", default-features = false, features = [\"rustls\"] }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\n{TOKIO}"
    );
    let sdk = Program::create(workspace, &folder, "sdk", &sdk, SDK)?;
    let by_hand = Program::create(workspace, &folder, "by-hand", &by_hand, BY_HAND)?;

    writeln!(out, "| figure | coze-api | by hand | ratio |\n|---|--:|--:|--:|")?;
    let debug = [sdk.clean_build(&[])?, by_hand.clean_build(&[])?];
    row(out, "clean debug build, CPU s", debug)?;
    sdk.cargo("check", &[])?;
    let generated = workspace.root().join("coze-api/src/generated/bots.rs");
    touch(&generated)?;
    single(
        out,
        "`cargo check` after a change of one generated file, CPU s",
        sdk.cargo("check", &[])?,
    )?;
    let release = [sdk.clean_build(&["--release"])?, by_hand.clean_build(&["--release"])?];
    row(out, "clean release build, CPU s", release)?;
    row(out, "stripped release program, MB", [sdk.size()?, by_hand.size()?])?;
    touch(&generated)?;
    let alone = sdk.cargo("rustc", &["--release", "--package", "coze-api", "--lib"])?;
    single(out, "release build of coze-api alone, CPU s", alone)?;
    Ok(Outcome::Done)
}

/// A program with its own target folder.
struct Program {
    folder: PathBuf,
}

impl Program {
    fn create(
        workspace: &Workspace,
        parent: &Path,
        name: &str,
        dependencies: &str,
        source: &str,
    ) -> Result<Self> {
        let folder = parent.join(name);
        fs::create_dir_all(folder.join("src"))?;
        let manifest = format!(
            "[package]\nname = {name:?}\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n\n\
             [profile.release]\nstrip = true\n\n[workspace]\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::write(folder.join("src/main.rs"), source.trim_start())?;
        fs::copy(workspace.root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Self { folder })
    }

    /// Builds everything, and returns the CPU time.
    fn clean_build(&self, arguments: &[&str]) -> Result<f64> {
        self.cargo("clean", &[])?;
        self.cargo("build", arguments)
    }

    /// Runs cargo, and returns the CPU time of it and all its compilers in seconds.
    fn cargo(&self, command: &str, arguments: &[&str]) -> Result<f64> {
        let cargo = cargo(&self.folder, command);
        // `times` of the shell is the portable way to the CPU time of processes.
        let output = Command::new("sh")
            .args(["-c", r#""$@" && times"#, "sh"])
            .arg(cargo.get_program())
            .args([command, "--quiet"])
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .output()
            .context("cannot run sh")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        let text = String::from_utf8_lossy(&output.stdout);
        let children = text.lines().last().context("`times` printed nothing")?;
        cpu_seconds(children).with_context(|| format!("`times` printed {children:?}"))
    }

    /// Returns the size of the release program in MB.
    fn size(&self) -> Result<f64> {
        let name = self.folder.file_name().context("a folder without a name")?;
        let program = self.folder.join("target/release").join(name);
        let bytes = fs::metadata(program.with_extension(std::env::consts::EXE_EXTENSION))?.len();
        #[expect(clippy::cast_precision_loss, reason = "programs are smaller than 2⁵³ bytes")]
        Ok(bytes as f64 / 1e6)
    }
}

/// Reads the user and system time of a line such as `0m12.34s 0m1.2s`.
fn cpu_seconds(line: &str) -> Option<f64> {
    let mut total = 0.0;
    for time in line.split_whitespace() {
        let (minutes, seconds) = time.strip_suffix('s')?.split_once('m')?;
        total +=
            minutes.parse::<f64>().ok()? * 60.0 + seconds.replace(',', ".").parse::<f64>().ok()?;
    }
    Some(total)
}

/// Makes cargo see a change of a file.
fn touch(path: &Path) -> Result<()> {
    let file = fs::File::options().append(true).open(path)?;
    file.set_modified(std::time::SystemTime::now())?;
    Ok(())
}

fn row(out: &mut dyn Write, name: &str, [sdk, by_hand]: [f64; 2]) -> Result<()> {
    writeln!(out, "| {name} | {sdk:.1} | {by_hand:.1} | {:.2} |", sdk / by_hand)?;
    Ok(out.flush()?)
}

fn single(out: &mut dyn Write, name: &str, value: f64) -> Result<()> {
    writeln!(out, "| {name} | {value:.1} | | |")?;
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_shells_are_read() {
        for (line, expected) in
            [("0m12.50s 0m1.25s", Some(13.75)), ("1m0.000s 0m0,500s", Some(60.5)), ("1.5 2", None)]
        {
            assert_eq!(cpu_seconds(line), expected, "{line}");
        }
    }

    #[test]
    fn a_program_has_a_manifest_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::find();
        let program = Program::create(&workspace, folder.path(), "hello", TOKIO, BY_HAND).unwrap();
        let manifest = fs::read_to_string(program.folder.join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace]") && manifest.contains(TOKIO), "{manifest}");
        assert!(program.folder.join("Cargo.lock").is_file());
    }
}
