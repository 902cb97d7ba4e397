//! Adds a user to a workspace if one is given, and lists the workspace's members.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example workspace_members -- WORKSPACE_ID [USER_ID]
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::workspaces::NewWorkspaceMember;
use futures_util::TryStreamExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let workspace_id = support::argument(1, "WORKSPACE_ID")?;
    let members = coze.workspaces().members();

    if let Some(user_id) = std::env::args().nth(2) {
        let user = NewWorkspaceMember::new(&user_id, "member");
        let added = members.create(&workspace_id, [user]).await?;
        println!("added: {}", added.added_success_user_ids.contains(&user_id));
    }
    let mut members = members.list(&workspace_id).items();
    while let Some(member) = members.try_next().await? {
        let role = member.role_type.as_ref().map_or("?", |role| role.as_str());
        println!("{} {role} {}", member.user_id, member.user_nickname);
    }
    Ok(())
}
