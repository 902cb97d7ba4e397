//! `GET /v1/models`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::App;
use super::error::ApiError;

/// Lists the models.
pub(super) async fn list(State(app): State<Arc<App>>) -> Json<Value> {
    let models: Vec<Value> = app.endpoint.models.iter().map(|(name, _)| describe(name)).collect();
    Json(json!({"object": "list", "data": models}))
}

/// Describes one model.
pub(super) async fn retrieve(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    match app.find(&name) {
        Some(_) => Ok(Json(describe(&name))),
        None => Err(ApiError::unknown_model(&name)),
    }
}

fn describe(name: &str) -> Value {
    json!({"id": name, "object": "model", "created": 0, "owned_by": "coze"})
}
