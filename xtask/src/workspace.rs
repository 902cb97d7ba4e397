//! The folders of the checkout.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The checkout that the commands work on.
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the checkout.
    ///
    /// Cargo names the folder of this crate when it runs it, so that a checkout may move after it
    /// was built. A binary that is started by hand uses the checkout it was built from.
    pub(crate) fn find() -> Self {
        let member = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        Self::of_member(&member)
    }

    fn of_member(member: &Path) -> Self {
        Self { root: member.parent().unwrap_or(member).to_owned() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn spec(&self) -> PathBuf {
        self.root.join("spec")
    }
}

/// Returns the cargo that runs this program, so that a `+toolchain` applies to it too.
pub(crate) fn cargo(folder: &Path, command: &str) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg(command).current_dir(folder);
    cargo
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_folder_above_the_crate() {
        let workspace = Workspace::of_member(Path::new("/home/me/coze/xtask"));
        assert_eq!(workspace.root(), Path::new("/home/me/coze"));
        assert_eq!(workspace.spec(), Path::new("/home/me/coze/spec"));
    }
}
