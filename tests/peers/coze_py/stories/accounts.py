"""Accounts, workspaces and enterprises, and their contents."""

from cozepy.api_apps import AppType
from cozepy.enterprises.members import EnterpriseMember, EnterpriseMemberRole
from cozepy.folders import FolderType
from cozepy.workspaces import WorkspaceRoleType
from cozepy.workspaces.members import WorkspaceMember
from pydantic import ValidationError

from support import ENTERPRISE, FOLDER, TEMPLATE, USER, WORKSPACE, known_bug, create_without_cozepy, refused


def story_users_and_workspaces(coze, base):
    assert coze.users.me().user_id == USER
    workspaces = list(coze.workspaces.list())
    assert [workspace.id for workspace in workspaces] == [WORKSPACE]
    assert workspaces[0].role_type == WorkspaceRoleType.OWNER
    members = coze.workspaces.members
    new = WorkspaceMember(user_id="2478774393205678", role_type=WorkspaceRoleType.MEMBER)
    refused(4000, lambda: members.create(workspace_id=WORKSPACE, users=[new]))
    team = create_without_cozepy(base, "/v1/workspaces", {"name": "Team", "description": "Of peers."})["id"]
    added = members.create(workspace_id=team, users=[new])
    assert added.added_success_user_ids == [new.user_id], added
    known_bug("a page is decoded as a member", ValidationError, lambda: members.list(workspace_id=team))
    removed = members.delete(workspace_id=team, user_ids=[new.user_id])
    assert removed.removed_success_user_ids == [new.user_id], removed


def story_enterprise(coze, base):
    members = coze.enterprises.members
    user = EnterpriseMember(user_id="2478774393209999", role=EnterpriseMemberRole.ENTERPRISE_MEMBER)
    members.create(enterprise_id=ENTERPRISE, users=[user])
    role = EnterpriseMemberRole.ENTERPRISE_ADMIN
    members.update(enterprise_id=ENTERPRISE, user_id=user.user_id, role=role)
    leave = {"enterprise_id": ENTERPRISE, "user_id": user.user_id, "receiver_user_id": USER}
    # The member must first leave all organizations, for which cozepy has no call.
    refused(4000, lambda: members.delete(**leave))


def story_apps_folders_templates(coze, base):
    assert coze.apps.list(workspace_id=WORKSPACE).items
    folders = coze.folders.list(workspace_id=WORKSPACE, folder_type=FolderType.DEVELOPMENT)
    assert FOLDER in [folder.id for folder in folders]
    assert coze.folders.retrieve(folder_id=FOLDER).workspace_id == WORKSPACE
    copy = coze.templates.duplicate(template_id=TEMPLATE, workspace_id=WORKSPACE, name="A copy")
    assert coze.bots.retrieve(bot_id=copy.entity_id, is_published=False, use_api_version=2).name == "A copy"


def story_callback_apps(coze, base):
    apps = coze.api_apps
    app = apps.create(app_type=AppType.NORMAL, name="Peer")
    apps.update(app_id=app.id, name="The peer")
    apps.events.create(api_app_id=app.id, event_types=["bot.published", "bot.deleted"])
    apps.events.delete(api_app_id=app.id, event_types=["bot.deleted"])
    events = apps.events.list(api_app_id=app.id, page_size=1)
    assert [event.event_type for event in events] == ["bot.published"]
    assert [known.name for known in apps.list() if known.id == app.id] == ["The peer"]
    apps.delete(app_id=app.id)
    assert app.id not in [known.id for known in apps.list()]
