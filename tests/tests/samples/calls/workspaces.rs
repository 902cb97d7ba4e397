//! Workspaces, folders, enterprises and organizations.

use coze_api::{enterprises, organizations, workspaces};

use super::{Sample, value};

pub(super) const SAMPLES: &[Sample] = &[
    ("add_enterprise_member", 0, |coze| {
        value(coze.enterprises().members().create(
            "volcano_210195123",
            [enterprises::NewEnterpriseMember::new("enterprise_member", "2478774393251234")],
        ))
    }),
    ("add_organization_people", 0, |coze| {
        value(coze.organizations().members().create(
            "7490888144456123",
            [organizations::NewOrganizationMember::new("411356148331234", "organization_admin")],
        ))
    }),
    ("add_space_member", 0, |coze| {
        value(coze.workspaces().members().create(
            "7515267805123",
            [
                workspaces::NewWorkspaceMember::new("21357147977123", "member"),
                workspaces::NewWorkspaceMember::new("55242585801123", "member"),
            ],
        ))
    }),
    ("create_organization", 0, |coze| {
        value(
            coze.enterprises()
                .organizations()
                .create("volcano_210195123", "Text 1", "4113456148331234")
                .description("Text 2"),
        )
    }),
    ("create_workspace", 0, |coze| {
        value(
            coze.workspaces()
                .create("Text 1", "Text 2")
                .icon_file_id("736949598111234")
                .coze_account_id("749088814445123"),
        )
    }),
    ("list_organization", 0, |coze| {
        value(
            coze.enterprises().organizations().list("volcano_210195123").page_num(1).page_size(20),
        )
    }),
    ("list_organization_people", 0, |coze| {
        value(coze.organizations().members().list("7559861372637123").page_num(1).page_size(20))
    }),
    ("list_space_member", 0, |coze| value(coze.workspaces().members().list("75152678051234"))),
    ("list_workspace", 0, |coze| value(coze.workspaces().list().page_num(1).page_size(20))),
    ("list_workspace", 1, |coze| {
        value(
            coze.workspaces().list().user_id("38509118307123").coze_account_id("74867411766917123"),
        )
    }),
    ("list_workspace", 2, |coze| {
        value(coze.workspaces().list().enterprise_id("volcano_210195512"))
    }),
    ("remove_enterprise_member", 0, |coze| {
        value(coze.enterprises().members().delete(
            "volcano_210195123",
            "2478774393251234",
            "411345485511234",
        ))
    }),
    ("remove_organization_member", 0, |coze| {
        value(coze.organizations().members().delete(
            "74908881444562123",
            "4113561485511234",
            "4113791485511234",
        ))
    }),
    ("remove_space_member", 0, |coze| {
        value(
            coze.workspaces().members().delete(
                "7515267805261234",
                ["2069720125411234", "21357147971234", "5524258581234"],
            ),
        )
    }),
    ("update_enterprise_people", 0, |coze| {
        value(coze.enterprises().members().update(
            "volcano_210195123",
            "2478774393251234",
            "enterprise_member",
        ))
    }),
    ("update_organization_info", 0, |coze| {
        value(coze.organizations().update("7559861372637123").name("Text 1").description("Text 2"))
    }),
    ("update_organization_people", 0, |coze| {
        value(coze.organizations().members().update(
            "74908881444562123",
            "411356148331234",
            "organization_member",
        ))
    }),
    ("update_workspace_info", 0, |coze| {
        value(coze.workspaces().update("7361638276870531234").name("Text 1").description("Text 2"))
    }),
    ("workspace_list_folder", 0, |coze| value(coze.folders().list("750604718741234"))),
    ("workspace_read_folder", 0, |coze| value(coze.folders().retrieve("752316125533123"))),
];
