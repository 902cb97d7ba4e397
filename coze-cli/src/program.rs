//! The name by which the user calls this program, who may have another one called `coze`.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::Path;
use std::sync::OnceLock;

/// The name of the program, for texts such as `{PROGRAM} auth login`.
pub(crate) static PROGRAM: Program = Program(OnceLock::new());

/// The name that the program is built with, which the texts of its help use.
const BUILT: &str = "coze";

pub(crate) struct Program(OnceLock<String>);

impl Program {
    /// Takes the name from the first argument. Later calls have no effect.
    pub(crate) fn set(&self, first_argument: Option<&OsString>) {
        let path = first_argument.map(Path::new);
        let name = path.and_then(Path::file_stem).and_then(OsStr::to_str);
        let _ = self.0.set(name.unwrap_or(BUILT).to_owned());
    }

    pub(crate) fn name(&self) -> &str {
        self.0.get().map_or(BUILT, String::as_str)
    }

    /// Returns `true` if the user calls the program by another name than `coze`.
    pub(crate) fn is_renamed(&self) -> bool {
        self.name() != BUILT
    }

    /// Replaces the name in the commands of a text of the help.
    pub(crate) fn renamed<'a>(&self, text: &'a str) -> Cow<'a, str> {
        rename(text, self.name())
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Replaces the name where a command begins: at the start, in backticks, after an indent, and in
/// `<(…)`. Elsewhere `coze` is part of a URL or of the name of a file.
fn rename<'a>(text: &'a str, name: &str) -> Cow<'a, str> {
    if name == BUILT {
        return Cow::Borrowed(text);
    }
    let command = format!("{BUILT} ");
    let mut renamed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&command) {
        let (before, found) = rest.split_at(at);
        renamed.push_str(before);
        let begins =
            renamed.is_empty() || renamed.ends_with(['`', '(', '\n']) || renamed.ends_with("  ");
        renamed.push_str(if begins { name } else { BUILT });
        rest = &found[BUILT.len()..];
    }
    renamed.push_str(rest);
    Cow::Owned(renamed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_that_of_the_file() {
        for (argument, expected) in [
            (Some("coze"), "coze"),
            (Some("/usr/local/bin/cozeapi"), "cozeapi"),
            (Some("bin/cozeapi.exe"), "cozeapi"),
            (None, "coze"),
        ] {
            let program = Program(OnceLock::new());
            program.set(argument.map(OsString::from).as_ref());
            assert_eq!(program.to_string(), expected);
        }
    }

    #[test]
    fn commands_are_renamed() {
        let text = "See `coze ops` of coze.cn:\n  coze mock --to http://x/coze --file coze \n\
                    source <(coze completions bash) `my-coze x`";
        let renamed = "See `cozeapi ops` of coze.cn:\n  cozeapi mock --to http://x/coze --file coze \n\
                       source <(cozeapi completions bash) `my-coze x`";
        assert_eq!(rename(text, "cozeapi"), renamed);
        assert_eq!(rename("coze chat", "c"), "c chat");
        assert_eq!(rename(text, "coze"), text);
    }
}
