//! Enterprises, their organizations, and the members of both.

use std::collections::BTreeMap;

use super::{Table, USER};

/// The enterprise that every server has. [`USER`] is its administrator.
pub const ENTERPRISE: &str = "volcano_2100000001";

/// The default organization of [`ENTERPRISE`].
pub const ORGANIZATION: &str = "7490888144456000001";

/// An enterprise.
#[derive(Clone, Debug, Default)]
pub struct Enterprise {
    /// Its id.
    pub id: String,
    /// The roles of its members, by user.
    pub members: BTreeMap<String, String>,
}

/// An organization of an enterprise.
#[derive(Clone, Debug, Default)]
pub struct Organization {
    /// Its id.
    pub id: String,
    /// The enterprise that has it.
    pub enterprise_id: String,
    /// Its name.
    pub name: String,
    /// Its purpose.
    pub description: String,
    /// `true` for the organization that every new member of the enterprise joins.
    pub default: bool,
    /// Its members, by user.
    pub members: BTreeMap<String, OrganizationMember>,
}

/// A member of an organization.
#[derive(Clone, Debug, Default)]
pub struct OrganizationMember {
    /// The role.
    pub role: String,
    /// The time of joining, in Unix seconds.
    pub joined_at: i64,
}

pub(super) fn enterprises() -> Table<Enterprise> {
    let mut all = Table::default();
    let members = [(USER.to_owned(), "enterprise_admin".to_owned())];
    let enterprise = Enterprise { id: ENTERPRISE.to_owned(), members: members.into() };
    all.insert(ENTERPRISE, enterprise);
    all
}

pub(super) fn organizations(now: i64) -> Table<Organization> {
    let mut all = Table::default();
    let member = OrganizationMember { role: "organization_super_admin".to_owned(), joined_at: now };
    let organization = Organization {
        id: ORGANIZATION.to_owned(),
        enterprise_id: ENTERPRISE.to_owned(),
        name: "Default organization".to_owned(),
        default: true,
        members: [(USER.to_owned(), member)].into(),
        ..Organization::default()
    };
    all.insert(ORGANIZATION, organization);
    all
}
