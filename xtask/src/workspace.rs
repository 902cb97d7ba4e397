//! Where the project's files lie.

use std::env;
use std::path::{Path, PathBuf};

/// The checkout that the commands work on.
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the checkout: cargo names the folder of this crate when it runs it, which stays right when the checkout has
    /// moved since it was built; a binary started by hand works on the checkout it was built from.
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

    /// The documentation's table of contents.
    pub(crate) fn table(&self) -> PathBuf {
        self.spec().join("documented.yaml")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_folder_above_the_crate() {
        let workspace = Workspace::of_member(Path::new("/home/me/coze/xtask"));
        assert_eq!(workspace.root(), Path::new("/home/me/coze"));
        assert_eq!(workspace.table(), Path::new("/home/me/coze/spec/documented.yaml"));
    }
}
