//! `cargo xtask mutants`: changes the code of crates in small ways, and reports how many of these
//! mutants the tests catch.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::Outcome;
use crate::workspace::Workspace;

/// The share of mutants that the tests must catch, in percent.
const LEAST: usize = 90;

/// The folder below `target` with the results.
const FOLDER: &str = "target/mutants";

/// The same for the mutants that only tests over sockets may catch.
const SOCKETS: &str = "target/mutants/sockets";

/// A diff of the lines with these mutants.
const DIFF: &str = "target/mutants/missed.diff";

/// The summary of a mutant that lives.
const MISSED: &str = "MissedMutant";

/// The features of `coze-api` with code of the runtime.
const FEATURES: &str = "blocking,realtime,redirect-catcher,site,webhook-axum";

/// The hand-written code of `coze-api` that must not fail, whatever servers and networks do.
const RUNTIME: [&str; 8] = [
    "coze-api/src/auth.rs",
    "coze-api/src/auth/**",
    "coze-api/src/base/redact.rs",
    "coze-api/src/base/redact/**",
    "coze-api/src/webhook.rs",
    "coze-api/src/webhook/**",
    "coze-api/src/wire/{envelope,page,retry,stream,transport}.rs",
    "coze-api/src/wire/{envelope,page,retry,stream,transport}/**",
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The crates to mutate
    #[arg(default_values = ["coze-gen", "coze-spec"])]
    packages: Vec<String>,
    /// Renewal, retries, transport, streams, pages, redaction and callbacks of `coze-api`, first
    /// with its own tests; those over sockets, which take longer, then try what lives
    #[arg(long, conflicts_with_all = ["packages", "file"])]
    runtime: bool,
    /// Only files that match this pattern, such as `coze-api/src/auth/**`
    #[arg(long, value_name = "PATTERN")]
    file: Vec<String>,
    /// Only every Nth mutant, such as `0/20`, because all mutants take hours
    #[arg(long, value_name = "K/N")]
    shard: Option<String>,
}

/// The part of `outcomes.json` that this command needs.
#[derive(Deserialize)]
struct Report {
    outcomes: Vec<Tried>,
}

#[derive(Deserialize)]
struct Tried {
    scenario: Scenario,
    summary: String,
}

#[derive(Deserialize)]
enum Scenario {
    Baseline,
    Mutant(Mutant),
}

#[derive(Deserialize)]
struct Mutant {
    name: String,
}

pub(crate) fn run(workspace: &Workspace, args: &Args, out: &mut dyn Write) -> Result<Outcome> {
    let root = workspace.root();
    let mut report = run_tool(root, FOLDER, &command_line(args))?;
    if args.runtime {
        let missed = report.take_missed();
        if !missed.is_empty() {
            let diff = root.join(DIFF);
            fs::write(&diff, lines_of(root, &missed)?)
                .with_context(|| format!("cannot write {}", diff.display()))?;
            let others = run_tool(root, SOCKETS, &socket_line(&missed))?;
            report.outcomes.extend(others.of(&missed));
        }
    }
    print(&report, out)
}

/// Runs cargo-mutants, which writes its results to `folder`.
fn run_tool(root: &Path, folder: &str, line: &[String]) -> Result<Report> {
    let results = root.join(folder).join("mutants.out");
    // The results of another run say nothing about this one.
    match fs::remove_dir_all(&results) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot delete {}", results.display()));
        }
        _ => {}
    }
    let mut mutants = Command::new(root.join(".ci/tool"));
    mutants.args(["mutants", "--output", folder, "--no-shuffle"]).args(line).current_dir(root);
    // It fails if a mutant lives, which is counted below.
    mutants.status().context("cannot run .ci/tool")?;

    let path = results.join("outcomes.json");
    let text = fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}, so no mutant was tried", path.display()))?;
    let report: Report = serde_json::from_str(&text).context("outcomes.json has another form")?;
    report.check_baseline(&results)?;
    Ok(report)
}

fn command_line(args: &Args) -> Vec<String> {
    let mut line: Vec<&str> = Vec::new();
    if args.runtime {
        line.extend(["--package", "coze-api", "--features", FEATURES, "--cargo-arg=--lib"]);
        line.extend(RUNTIME.iter().flat_map(|pattern| ["--file", pattern]));
    } else {
        line.extend(args.packages.iter().flat_map(|package| ["--package", package]));
        line.extend(args.file.iter().flat_map(|pattern| ["--file", pattern]));
    }
    if let Some(shard) = &args.shard {
        // Every Nth mutant is a fair sample, which a run of neighbors is not.
        line.extend(["--sharding", "round-robin", "--shard", shard]);
    }
    line.into_iter().map(str::to_owned).collect()
}

/// Returns a diff that claims to change the lines with these mutants.
fn lines_of(root: &Path, mutants: &[String]) -> Result<String> {
    let mut lines: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for name in mutants {
        let mut parts = name.split(':');
        let place = (parts.next(), parts.next().and_then(|line| line.parse().ok()));
        let (Some(file), Some(line)) = place else { bail!("{name} has no place") };
        lines.entry(file).or_default().insert(line);
    }
    let mut diff = String::new();
    for (file, numbers) in lines {
        let path = root.join(file);
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        write!(diff, "--- a/{file}\n+++ b/{file}\n")?;
        for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line)) {
            if numbers.contains(&number) {
                write!(diff, "@@ -{number} +{number} @@\n-\n+{line}\n")?;
            }
        }
    }
    Ok(diff)
}

/// Returns the arguments with which the tests over sockets try mutants.
fn socket_line(mutants: &[String]) -> Vec<String> {
    // For the build, the tool selects only the package of the mutants.
    let tests = ["--cargo-arg=--package=coze-tests", "--cargo-arg=--test=wire"];
    let fixed = ["--package", "coze-api", "--features", "coze-tests/gzip"].into_iter().chain(tests);
    // The tool applies names to all mutants but those that delete a field, which the lines select.
    let fixed = fixed.chain(["--in-diff", DIFF]).map(str::to_owned);
    let names = mutants.iter().flat_map(|name| ["--re".to_owned(), format!("^{}$", escape(name))]);
    fixed.chain(names).collect()
}

/// Returns a regular expression that matches only `text`.
fn escape(text: &str) -> String {
    // With a backslash, these two are not themselves.
    let is_special = |c: char| c.is_ascii_punctuation() && !"<>".contains(c);
    text.chars().flat_map(|c| is_special(c).then_some('\\').into_iter().chain([c])).collect()
}

impl Report {
    fn check_baseline(&self, results: &Path) -> Result<()> {
        let is_baseline = |tried: &&Tried| matches!(tried.scenario, Scenario::Baseline);
        let baseline = self.outcomes.iter().find(is_baseline).map(|tried| tried.summary.as_str());
        ensure!(
            baseline == Some("Success"),
            "the tests fail without mutants ({}), so no mutant was tried; see {}/log",
            baseline.unwrap_or("not run"),
            results.display()
        );
        Ok(())
    }

    /// Returns what became of these mutants.
    fn of(self, names: &[String]) -> impl Iterator<Item = Tried> {
        self.outcomes.into_iter().filter(|tried| match &tried.scenario {
            Scenario::Baseline => false,
            Scenario::Mutant(mutant) => names.contains(&mutant.name),
        })
    }

    /// Removes the mutants that lived, and returns their names.
    fn take_missed(&mut self) -> Vec<String> {
        let mut missed = Vec::new();
        self.outcomes.retain(|tried| match &tried.scenario {
            Scenario::Mutant(mutant) if tried.summary == MISSED => {
                missed.push(mutant.name.clone());
                false
            }
            _ => true,
        });
        missed
    }
}

fn print(report: &Report, out: &mut dyn Write) -> Result<Outcome> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut missed = Vec::new();
    for tried in &report.outcomes {
        let Scenario::Mutant(mutant) = &tried.scenario else { continue };
        *counts.entry(&tried.summary).or_default() += 1;
        if tried.summary == MISSED {
            missed.push(&mutant.name);
        }
    }
    let count = |names: &[&str]| names.iter().filter_map(|name| counts.get(name)).sum::<usize>();
    // A mutant that never ends is noticed as well.
    let caught = count(&["CaughtMutant", "Timeout"]);
    let viable = caught + missed.len();
    for name in &missed {
        writeln!(out, "missed: {name}")?;
    }
    let share = (caught * 100).checked_div(viable).unwrap_or(100);
    let unviable = count(&["Unviable"]);
    writeln!(out, "caught {caught} of {viable} mutants ({share} %); {unviable} do not compile")?;
    Ok(if share < LEAST { Outcome::Findings } else { Outcome::Done })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(baseline: &str, summaries: &[&str]) -> Report {
        let baseline = format!(r#"{{"scenario": "Baseline", "summary": "{baseline}"}}"#);
        let mutants = summaries.iter().enumerate().map(|(index, summary)| {
            format!(
                r#"{{"scenario": {{"Mutant": {{"name": "m{index}"}}}}, "summary": "{summary}"}}"#
            )
        });
        let outcomes: Vec<String> = [baseline].into_iter().chain(mutants).collect();
        serde_json::from_str(&format!(r#"{{"outcomes": [{}]}}"#, outcomes.join(","))).unwrap()
    }

    fn printed(summaries: &[&str]) -> (Outcome, String) {
        let mut out = Vec::new();
        let outcome = print(&report("Success", summaries), &mut out).unwrap();
        (outcome, String::from_utf8(out).unwrap())
    }

    #[test]
    fn too_many_that_live_are_a_finding() {
        let mut summaries = vec!["CaughtMutant"; 8];
        summaries.extend(["Timeout", "Unviable", "MissedMutant"]);
        let (outcome, text) = printed(&summaries);
        assert_eq!(outcome, Outcome::Done);
        let end = "missed: m10\ncaught 9 of 10 mutants (90 %); 1 do not compile\n";
        assert_eq!(text, end);
        summaries.push("MissedMutant");
        assert_eq!(printed(&summaries).0, Outcome::Findings);
    }

    fn line(arguments: &[&str]) -> String {
        #[derive(clap::Parser)]
        struct Cli {
            #[command(flatten)]
            args: Args,
        }

        let arguments = ["mutants"].iter().chain(arguments);
        let args = <Cli as clap::Parser>::try_parse_from(arguments).unwrap().args;
        command_line(&args).join(" ")
    }

    #[test]
    fn the_command_line_has_the_packages_and_their_tests() {
        assert_eq!(line(&[]), "--package coze-gen --package coze-spec");
        assert_eq!(
            line(&["coze-mock", "--file", "coze-mock/src/fault/**", "--shard", "0/20"]),
            "--package coze-mock --file coze-mock/src/fault/** --sharding round-robin --shard 0/20"
        );
        let runtime = line(&["--runtime", "--shard", "1/9"]);
        let start = "--package coze-api --features blocking,realtime,redirect-catcher,site,\
                     webhook-axum --cargo-arg=--lib --file coze-api/src/auth.rs";
        assert!(runtime.starts_with(start), "{runtime}");
        assert!(runtime.ends_with(" --sharding round-robin --shard 1/9"), "{runtime}");
    }

    #[test]
    fn tests_over_sockets_try_what_lives() {
        let mut first = report("Success", &["CaughtMutant", "MissedMutant", "Unviable"]);
        let missed = first.take_missed();
        assert_eq!(missed, ["m1"]);
        assert_eq!(first.outcomes.len(), 3);
        let name = "coze-api/src/a.rs:1:2: replace f -> Option<u8> with Some(0)";
        let line = socket_line(&[name.to_owned()]);
        let pattern = r"^coze\-api\/src\/a\.rs\:1\:2\: replace f \-> Option<u8> with Some\(0\)$";
        let end = ["--in-diff", "target/mutants/missed.diff", "--re", pattern];
        assert!(line.ends_with(&end.map(str::to_owned)), "{line:?}");
        assert!(line.contains(&"--cargo-arg=--test=wire".to_owned()));
        let others = report("Success", &["CaughtMutant", "CaughtMutant"]);
        assert_eq!(others.of(&missed).count(), 1);
    }

    #[test]
    fn a_diff_selects_the_lines_of_mutants() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a.rs"), "one\ntwo\nthree\n").unwrap();
        let names = ["a.rs:3:1: delete !", "a.rs:1:2: replace f", "a.rs:3:7: delete field x"];
        let diff = lines_of(root.path(), &names.map(str::to_owned)).unwrap();
        assert_eq!(diff, "--- a/a.rs\n+++ b/a.rs\n@@ -1 +1 @@\n-\n+one\n@@ -3 +3 @@\n-\n+three\n");
        assert!(lines_of(root.path(), &["b.rs:1:1: x".to_owned()]).is_err());
        assert!(lines_of(root.path(), &["x".to_owned()]).is_err());
    }

    #[test]
    fn the_files_of_the_runtime_exist() {
        let root = Workspace::find().root().to_owned();
        for pattern in RUNTIME {
            let (before, rest) = pattern.split_once('{').unwrap_or((pattern, "}"));
            let (names, end) = rest.split_once('}').unwrap();
            for name in names.split(',') {
                let path = format!("{before}{name}{end}");
                let path = root.join(path.trim_end_matches("/**"));
                assert!(path.exists(), "{}", path.display());
            }
        }
    }

    #[test]
    fn tests_that_fail_without_mutants_are_an_error() {
        let check = |report: Report| report.check_baseline(Path::new("x")).unwrap_err().to_string();
        let failed = check(report("Failure", &[]));
        assert!(failed.starts_with("the tests fail without mutants (Failure)"), "{failed}");
        let none = check(Report { outcomes: Vec::new() });
        assert!(none.contains("(not run)"), "{none}");
    }

    #[test]
    fn nothing_to_mutate_is_no_finding() {
        assert_eq!(printed(&[]).0, Outcome::Done);
    }
}
