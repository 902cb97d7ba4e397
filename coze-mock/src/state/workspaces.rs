//! Workspaces and their members.

use super::USER;

/// The workspace that every server has: the personal one of [`USER`].
pub const WORKSPACE: &str = "7361424235321600001";

/// Workspaces, the oldest first.
#[derive(Debug)]
pub struct Workspaces(Vec<Workspace>);

/// A workspace.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its purpose.
    pub description: String,
    /// The enterprise that owns it; empty for none.
    pub enterprise_id: String,
    /// `true` for a personal workspace, which has one member.
    pub personal: bool,
    /// Its members. One of them is the owner.
    pub members: Vec<Member>,
}

/// A member of a workspace.
#[derive(Clone, Debug)]
pub struct Member {
    /// The user.
    pub user_id: String,
    /// `owner`, `admin` or `member`.
    pub role: String,
}

impl Member {
    /// A member with a role.
    pub fn new(user_id: impl Into<String>, role: impl Into<String>) -> Self {
        Self { user_id: user_id.into(), role: role.into() }
    }
}

impl Workspace {
    /// The user who owns it; empty without an owner.
    pub fn owner(&self) -> &str {
        let owner = self.members.iter().find(|member| member.role == "owner");
        owner.map_or("", |owner| &owner.user_id)
    }

    /// Returns the member with this user id.
    pub fn member(&self, user_id: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.user_id == user_id)
    }
}

impl Workspaces {
    pub(super) fn new() -> Self {
        Self(vec![Workspace {
            id: WORKSPACE.to_owned(),
            name: "Personal".to_owned(),
            personal: true,
            members: vec![Member::new(USER, "owner")],
            ..Workspace::default()
        }])
    }

    /// Adds a workspace.
    pub fn insert(&mut self, workspace: Workspace) {
        self.0.push(workspace);
    }

    /// The workspace of that id.
    pub fn get(&self, id: &str) -> Option<&Workspace> {
        self.0.iter().find(|workspace| workspace.id == id)
    }

    /// The workspace of that id, to change it.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Workspace> {
        self.0.iter_mut().find(|workspace| workspace.id == id)
    }

    /// All workspaces, the oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Workspace> {
        self.0.iter()
    }
}
