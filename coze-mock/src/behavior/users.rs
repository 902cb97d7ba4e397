//! The user who is calling.

use serde_json::json;

use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;

pub(super) fn register(all: &mut Behaviors) {
    all.on("users.me", me);
}

fn me(context: &mut Context<'_>, _: &Request) -> Result<Reply, ApiError> {
    let user = &context.caller.user_id;
    Ok(Reply::data(json!({
        "user_id": user,
        "user_name": format!("user{user}"),
        "nick_name": format!("User {user}"),
        "avatar_url": format!("https://example.com/users/{user}.png"),
    })))
}
