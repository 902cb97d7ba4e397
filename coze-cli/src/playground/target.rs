//! The API that calls go to: the mock or a real one, which the page shows and switches.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use coze_api::Platform;
use coze_mock::{Fault, MockServer};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AppState, error_response};
use crate::backend::{Backend, BackendArgs};
use crate::failure::Failure;
use crate::language::text;
use crate::profile::{self, Selection, Vault};

/// The source of the credentials.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    /// The mock in this process, which accepts any token.
    Mock,
    /// The environment and the options of the command: `COZE_API_TOKEN` or the current profile.
    Environment,
    /// A named profile.
    Profile(String),
    /// The token that the user has entered in the page.
    Entered,
}

impl Source {
    /// Returns the source that the options and the environment name. The default is the mock, which
    /// needs no account and changes no real data, even if there is a current profile.
    pub(crate) fn of(args: &BackendArgs) -> Result<Self, Failure> {
        if args.mock {
            return Ok(Self::Mock);
        }
        let has_base_url = args.base_url.as_ref().is_some_and(|url| !url.is_empty());
        Ok(match profile::select(args.profile.as_deref())? {
            Selection::Named(name) => Self::Profile(name),
            Selection::Environment(_) => Self::Environment,
            Selection::Current(_) if has_base_url => Self::Environment,
            Selection::Current(_) => Self::Mock,
        })
    }

    /// Opens the API. `args` are the options of the command.
    pub(crate) async fn open(&self, args: &BackendArgs) -> Result<Backend, Failure> {
        match self {
            Self::Mock => Backend::mock(args.platform()).await,
            Self::Environment => BackendArgs { mock: false, ..args.clone() }.open().await,
            Self::Profile(name) => {
                // The address of the command belongs to its own profile.
                let own = args.profile.as_ref() == Some(name);
                let base_url = args.base_url.clone().filter(|_| own);
                let profile = Some(name.clone());
                BackendArgs { mock: false, profile, base_url, ..args.clone() }.open().await
            }
            Self::Entered => {
                let message = text("no token has been entered", "尚未输入令牌");
                Err(Failure::Usage(message.to_owned()))
            }
        }
    }
}

/// The API that calls go to.
pub(super) struct Target {
    pub(super) backend: Backend,
    source: Source,
    /// The faults of the mock.
    faults: Mutex<Vec<String>>,
}

impl Target {
    pub(super) fn mock(&self) -> Option<&MockServer> {
        self.backend.mock.as_ref()
    }

    /// Returns a name that differs between targets. It has ASCII characters only, because the page
    /// sends it in a header.
    pub(super) fn name(&self) -> String {
        match &self.source {
            Source::Mock => "mock".to_owned(),
            Source::Environment => "environment".to_owned(),
            Source::Entered => {
                format!("entered.{}", self.backend.client.base_url().escape_default())
            }
            Source::Profile(name) => format!("profile.{}", name.escape_default()),
        }
    }

    /// Returns the option of `coze` that selects this API, with a space before it.
    pub(super) fn option(&self) -> String {
        match &self.source {
            Source::Mock => " --mock".to_owned(),
            Source::Environment => String::new(),
            Source::Profile(name) => format!(" --profile {name}"),
            Source::Entered => format!(" --base-url {}", self.backend.client.base_url()),
        }
    }
}

/// The current target, and what is needed to switch to another one.
pub(super) struct Targets {
    args: BackendArgs,
    current: RwLock<Arc<Target>>,
    /// The mock, which keeps its data while another target is selected.
    mock: Mutex<Option<Arc<Target>>>,
    /// The API of the token that the user has entered, also while another target is selected.
    entered: Mutex<Option<Arc<Target>>>,
}

impl Targets {
    /// Opens the first target.
    pub(super) async fn open(args: &BackendArgs, source: Source) -> Result<Self, Failure> {
        let target = open(args, source).await?;
        let mock = target.mock().is_some().then(|| target.clone());
        let (current, mock) = (RwLock::new(target), Mutex::new(mock));
        Ok(Self { args: args.clone(), current, mock, entered: Mutex::default() })
    }

    pub(super) fn current(&self) -> Arc<Target> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn select(&self, target: Arc<Target>) {
        if target.mock().is_some() {
            let mut mock = self.mock.lock().unwrap_or_else(PoisonError::into_inner);
            *mock = Some(target.clone());
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = target;
    }

    async fn switch(&self, source: Source) -> Result<(), Failure> {
        let kept = match source {
            Source::Mock => self.mock.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Source::Entered => self.entered(),
            Source::Environment | Source::Profile(_) => None,
        };
        let target = match kept {
            Some(target) => target,
            None => open(&self.args, source).await?,
        };
        self.select(target);
        Ok(())
    }

    fn entered(&self) -> Option<Arc<Target>> {
        self.entered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Selects the API of a token that the user has entered.
    pub(super) fn enter(&self, backend: Backend, source: Source) {
        let target = Arc::new(Target { backend, source, faults: Mutex::default() });
        if target.source == Source::Entered {
            let mut entered = self.entered.lock().unwrap_or_else(PoisonError::into_inner);
            *entered = Some(target.clone());
        }
        self.select(target);
    }

    /// Forgets the token that the user has entered. If it is in use, the mock replaces it.
    pub(super) async fn forget_entered(&self) -> Result<(), Failure> {
        if self.current().source == Source::Entered {
            self.switch(Source::Mock).await?;
        }
        *self.entered.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    /// Describes the target for the page.
    pub(super) fn describe(&self) -> Value {
        let target = self.current();
        let client = &target.backend.client;
        let mock = target.mock().is_some();
        let profile = match &target.source {
            Source::Profile(name) => Some(name.clone()),
            _ => None,
        };
        json!({
            "backend": if mock { "mock" } else { "profile" },
            "target": target.name(),
            "profile": profile,
            "entered": target.source == Source::Entered,
            "entered_url": self.entered().map(|entered| entered.backend.client.base_url().to_owned()),
            "base_url": client.base_url(),
            "platform": match client.platform() {
                Platform::Studio => "studio",
                _ => "cloud",
            },
            "profiles": profiles(),
            "environment": self.has_environment(),
            "faults": *target.faults.lock().unwrap_or_else(PoisonError::into_inner),
            "defaults": if mock { mock_ids() } else { json!({}) },
        })
    }

    /// Returns `true` if the environment or the options of the command name a real API.
    fn has_environment(&self) -> bool {
        let args = BackendArgs { mock: false, profile: None, ..self.args.clone() };
        Source::of(&args).is_ok_and(|source| source == Source::Environment)
    }
}

async fn open(args: &BackendArgs, source: Source) -> Result<Arc<Target>, Failure> {
    let backend = source.open(args).await?;
    Ok(Arc::new(Target { backend, source, faults: Mutex::default() }))
}

/// Returns the names and base URLs of the profiles.
fn profiles() -> Vec<Value> {
    let Ok(vault) = Vault::open() else { return Vec::new() };
    let profile = |name: String| {
        let base_url = vault.find(&name).ok()??.base_url().ok()?;
        Some(json!({"name": name, "base_url": base_url}))
    };
    vault.names().unwrap_or_default().into_iter().filter_map(profile).collect()
}

fn mock_ids() -> Value {
    json!({
        "bot_id": coze_mock::state::BOT,
        "workspace_id": coze_mock::state::WORKSPACE,
        "workflow_id": coze_mock::state::WORKFLOW,
        "app_id": coze_mock::state::APP,
    })
}

/// The header with the name of the target that the page shows.
const TARGET: &str = "x-coze-target";

/// Rejects requests of a page that shows another target than the current one, because another tab
/// has switched. Otherwise the page would call an API that its user does not expect.
pub(super) async fn check(
    State(app): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    let shown = request.headers().get(TARGET);
    if shown.is_none_or(|shown| shown.as_bytes() == app.targets.current().name().as_bytes()) {
        return next.run(request).await;
    }
    let body = json!({"target_changed": true, "message": changed()});
    (StatusCode::CONFLICT, Json(body)).into_response()
}

/// Returns the message about a page that shows another target than the current one.
pub(super) fn changed() -> &'static str {
    text(
        "another tab has switched the API; nothing was sent",
        "另一个标签页切换了 API；没有发送任何请求",
    )
}

/// Switches to another target.
pub(super) async fn switch(State(app): State<Arc<AppState>>, body: Bytes) -> Response {
    app.previews.clear();
    let Ok(source) = serde_json::from_slice(&body) else {
        return error_response(StatusCode::BAD_REQUEST, text("unknown target", "没有该目标"));
    };
    match app.targets.switch(source).await {
        Ok(()) => Json(app.state()).into_response(),
        Err(failure) => error_response(StatusCode::BAD_REQUEST, &failure.to_string()),
    }
}

/// Replaces the mock by a new one, without the objects and messages that calls have created.
pub(super) async fn reset_mock(State(app): State<Arc<AppState>>) -> Response {
    app.previews.clear();
    match open(&app.targets.args, Source::Mock).await {
        Ok(mock) => {
            app.targets.select(mock);
            Json(app.state()).into_response()
        }
        Err(failure) => error_response(StatusCode::INTERNAL_SERVER_ERROR, &failure.to_string()),
    }
}

/// Replaces the faults of the mock.
pub(super) async fn set_faults(State(app): State<Arc<AppState>>, body: Bytes) -> Response {
    let target = app.targets.current();
    let (Some(mock), Ok(texts)) = (target.mock(), serde_json::from_slice::<Vec<String>>(&body))
    else {
        let message = text("only the mock has faults", "只有 Mock 可以模拟故障");
        return error_response(StatusCode::BAD_REQUEST, message);
    };
    let faults: Result<Vec<Fault>, _> = texts.iter().map(|text| text.parse()).collect();
    match faults {
        Ok(faults) => {
            mock.clear_faults();
            for fault in faults {
                mock.fault(fault);
            }
            *target.faults.lock().unwrap_or_else(PoisonError::into_inner) = texts;
            Json(app.state()).into_response()
        }
        Err(error) => error_response(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}
