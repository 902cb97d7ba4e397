//! `cargo xtask words`: finds prose and names that break the style of this project.

mod prose;
mod rules;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use self::prose::{Kind, Text};
use self::rules::Rules;
use crate::Outcome;
use crate::workspace::Workspace;

/// The rules, relative to the checkout.
const RULES: &str = "xtask/words.yaml";

pub(crate) fn run(workspace: &Workspace, out: &mut dyn Write) -> Result<Outcome> {
    let root = workspace.root();
    let rules =
        fs::read_to_string(root.join(RULES)).with_context(|| format!("cannot read {RULES}"))?;
    let rules = Rules::read(&rules)?;
    let listing = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("cannot run git")?;
    ensure!(listing.status.success(), "git cannot list the files of the checkout");
    let listing = String::from_utf8_lossy(&listing.stdout);
    let mut report = Report::default();
    for path in listing.split('\0').filter(|path| !path.is_empty() && !rules.excepts(path)) {
        // Git lists deleted files until the deletion is committed. Other files may not be text.
        let Ok(text) = fs::read_to_string(root.join(path)) else { continue };
        report.search(&rules, path, &text);
    }
    report.finish(&rules);
    report.print(out)
}

/// The findings, and the figures of each crate.
#[derive(Default)]
struct Report {
    findings: Vec<String>,
    parts: BTreeMap<String, Part>,
}

/// The figures of a crate, or of a folder beside the crates.
#[derive(Default)]
struct Part {
    blocks: usize,
    lines: usize,
    code: usize,
    openings: Vec<String>,
    /// The findings of each phrase of the rules.
    phrases: BTreeMap<usize, Vec<String>>,
}

impl Report {
    fn search(&mut self, rules: &Rules, path: &str, text: &str) {
        self.names_in_path(rules, path);
        let Some(found) = prose::read(path, text) else { return };
        self.widths(rules, path, text);
        self.names(rules, path, &found);
        self.spelling(rules, path, &found);
        let part = path.split_once('/').map_or("(root)", |(folder, _)| folder);
        let part = self.parts.entry(part.to_owned()).or_default();
        if !is_test(path) {
            part.code += found.code;
        }
        for passage in &found.passages {
            if passage.kind == Kind::Block && !is_test(path) {
                part.lines += passage.lines.len();
            }
            if passage.kind == Kind::Block {
                part.blocks += 1;
                let first = passage.lines.iter().find(|line| !line.is_empty());
                let first = first.map_or("", |line| line.split(' ').next().unwrap_or_default());
                if rules.openings.words.iter().any(|word| word == first) {
                    part.openings.push(format!(
                        "{path}:{}: begins with \"{first}\"; begin with a noun or a verb",
                        passage.line
                    ));
                }
            }
            for (offset, line) in passage.lines.iter().enumerate() {
                for (index, phrase) in rules.phrases.iter().enumerate() {
                    for _ in 0..phrase.count(line) {
                        let place =
                            format!("{path}:{}: {}: {}", passage.line + offset, line, phrase.help);
                        part.phrases.entry(index).or_default().push(place);
                    }
                }
            }
        }
    }

    fn widths(&mut self, rules: &Rules, path: &str, text: &str) {
        if Path::new(path).extension().is_some_and(|ending| ending == "md") {
            return;
        }
        for (index, line) in text.lines().enumerate() {
            let trimmed = line.trim_start();
            let comment = ["//", "* ", "# "].iter().any(|marker| trimmed.starts_with(marker));
            let width = line.chars().count();
            if comment && width > rules.width && !line.contains("://") {
                self.findings.push(format!(
                    "{path}:{}: the comment is {width} wide; wrap it at {}",
                    index + 1,
                    rules.width
                ));
            }
        }
    }

    fn names(&mut self, rules: &Rules, path: &str, found: &Text) {
        for (line, name) in &found.names {
            if let Some(better) = rules.names.get(name) {
                self.findings.push(format!("{path}:{line}: the name `{name}`; say `{better}`"));
            }
            if rules.foreign_names.contains(name) {
                continue;
            }
            for word in words(name) {
                if let Some(better) = rules.spelling(&word) {
                    self.findings.push(format!("{path}:{line}: `{name}`: spell it \"{better}\""));
                }
            }
        }
    }

    fn names_in_path(&mut self, rules: &Rules, path: &str) {
        for name in path.split(['/', '.']) {
            if let Some(better) = rules.names.get(name) {
                self.findings.push(format!("{path}:1: the name `{name}`; say `{better}`"));
            }
            if let Some(better) = words(name).iter().find_map(|word| rules.spelling(word)) {
                self.findings.push(format!("{path}:1: `{name}`: spell it \"{better}\""));
            }
        }
    }

    fn spelling(&mut self, rules: &Rules, path: &str, found: &Text) {
        for passage in &found.passages {
            for (offset, line) in passage.lines.iter().enumerate() {
                if rules.quotations.iter().any(|quotation| line.contains(quotation)) {
                    continue;
                }
                for word in line.split(|letter: char| !letter.is_alphabetic()) {
                    if let Some(better) = rules.spelling(word) {
                        let line = passage.line + offset;
                        self.findings.push(format!("{path}:{line}: {word}: spell it \"{better}\""));
                    }
                }
            }
        }
    }

    /// Adds the findings that depend on the figures of a whole crate.
    fn finish(&mut self, rules: &Rules) {
        for (name, part) in &self.parts {
            if part.share_of_openings() > rules.openings.share {
                self.findings.extend(part.openings.iter().cloned());
            }
            for (index, places) in &part.phrases {
                let allowed = rules.phrases[*index].per_thousand;
                if per_thousand(places.len(), part.lines) > allowed {
                    self.findings.extend(places.iter().cloned());
                }
            }
            if let Some(least) =
                rules.documentation.get(name).filter(|least| part.documented() < **least)
            {
                let share = part.documented();
                self.findings.push(format!(
                    "{name}/src/lib.rs:1: documentation per code is {share:.3}, not {least:.2}"
                ));
            }
        }
    }

    fn print(&self, out: &mut dyn Write) -> Result<Outcome> {
        for finding in &self.findings {
            writeln!(out, "{finding}")?;
        }
        writeln!(
            out,
            "{:<12} {:>7} {:>7} {:>9} {:>10} {:>9}",
            "", "blocks", "lines", "openings", "phrases", "doc/code"
        )?;
        for (name, part) in &self.parts {
            let phrases = part.phrases.values().map(Vec::len).sum();
            writeln!(
                out,
                "{name:<12} {:>7} {:>7} {:>8.2}% {:>9.2}\u{2030} {:>9.2}",
                part.blocks,
                part.lines,
                part.share_of_openings() * 100.0,
                per_thousand(phrases, part.lines),
                part.documented(),
            )?;
        }
        if self.findings.is_empty() {
            return Ok(Outcome::Done);
        }
        writeln!(out, "\nfindings: {}", self.findings.len())?;
        Ok(Outcome::Findings)
    }
}

impl Part {
    fn share_of_openings(&self) -> f64 {
        ratio(self.openings.len(), self.blocks)
    }

    fn documented(&self) -> f64 {
        ratio(self.lines, self.code)
    }
}

fn per_thousand(count: usize, lines: usize) -> f64 {
    ratio(count, lines) * 1000.0
}

#[allow(clippy::cast_precision_loss, reason = "counts of lines are small")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("tests.rs") || path.contains("/benches/")
}

/// The words of a name, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut begins = true;
    for letter in name.chars() {
        begins |= !letter.is_alphabetic() || letter.is_uppercase();
        if letter.is_alphabetic() {
            match words.last_mut().filter(|_| !begins) {
                Some(word) => word.extend(letter.to_lowercase()),
                None => words.push(letter.to_lowercase().collect()),
            }
            begins = false;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str =
        "/// Whether it is blue.\n/// It is no color; colour is.\nfn judge(behaviour_of: u8) {}\n";

    fn report(path: &str, text: &str) -> Report {
        let rules = Rules::read(include_str!("../words.yaml")).unwrap();
        let mut report = Report::default();
        report.search(&rules, path, text);
        report.finish(&rules);
        report
    }

    #[test]
    fn every_kind_of_finding_names_its_line() {
        let report = report("coze-mock/src/a.rs", SAMPLE);
        let expected = [
            "coze-mock/src/a.rs:3: the name `judge`; say `check`",
            "coze-mock/src/a.rs:3: `behaviour_of`: spell it \"behavior\"",
            "coze-mock/src/a.rs:2: colour: spell it \"color\"",
            "coze-mock/src/a.rs:1: begins with \"Whether\"; begin with a noun or a verb",
            "coze-mock/src/a.rs:2: It is no color; colour is.: say \"is not a …\", or name what it is",
        ];
        assert_eq!(report.findings, expected);
    }

    #[test]
    fn a_rare_opening_and_a_rare_phrase_pass() {
        let mut text = "/// A noun.\nfn f() {}\n".repeat(1_000);
        text.push_str("/// Whether.\n/// It is no phrase.\nfn g() {}\n");
        assert_eq!(report("coze-mock/src/a.rs", &text).findings, Vec::<String>::new());
    }

    #[test]
    fn wide_comments_and_missing_documentation_are_findings() {
        let wide = format!("// {}\nfn f() {{}}\n", "x".repeat(100));
        let wide = wide + &"fn g() {}\n".repeat(9);
        let expected = [
            "coze-api/src/a.rs:1: the comment is 103 wide; wrap it at 100",
            "coze-api/src/lib.rs:1: documentation per code is 0.100, not 0.32",
        ];
        assert_eq!(report("coze-api/src/a.rs", &wide).findings, expected);
    }

    #[test]
    fn findings_are_an_outcome_and_have_places() {
        let mut out = Vec::new();
        let report = report("coze-mock/src/judge/colour.rs", SAMPLE);
        assert_eq!(report.print(&mut out).unwrap(), Outcome::Findings);
        let text = String::from_utf8(out).unwrap();
        let findings: Vec<&str> = text.lines().take_while(|line| line.contains(':')).collect();
        assert_eq!(findings.len(), 7, "{text}");
        for finding in findings {
            let rest = finding.strip_prefix("coze-mock/src/judge/colour.rs:").unwrap();
            assert!(rest.starts_with(|first: char| first.is_ascii_digit()), "{finding}");
        }
        let clean = Report::default().print(&mut Vec::new()).unwrap();
        assert_eq!(clean, Outcome::Done);
    }

    #[test]
    fn names_are_split_into_words() {
        assert_eq!(words("colourOf_HTTP2x"), ["colour", "of", "h", "t", "t", "p", "x"]);
    }
}
