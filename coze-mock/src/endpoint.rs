//! The endpoints that the server answers.

use coze_spec::model::{Channel, Operation, Param, Place, Platform, Streaming, Verb};
use http::Method;

/// A method and a path, with the facts about requests to it.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// The id of the operation, for example `bots.create`.
    pub(crate) id: String,
    /// The methods that it takes, the documented one first.
    pub(crate) methods: Vec<Method>,
    /// The path template, for example `/v1/bots/{bot_id}`.
    pub(crate) path: String,
    /// The platform that serves it.
    pub(crate) platform: Platform,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Operation(&'static Operation),
    Channel(&'static Channel),
    /// A route that the model does not describe, such as those of OAuth. Its requests are not
    /// checked, apart from the token of some.
    Route {
        authenticated: bool,
    },
}

impl Endpoint {
    pub(crate) fn of(operation: &'static Operation, platform: Platform) -> Self {
        let also = match platform {
            Platform::Cloud => operation.also.as_slice(),
            Platform::Studio => &[],
        };
        Self {
            id: operation.id.clone(),
            methods: std::iter::once(&operation.verb).chain(also).copied().map(method).collect(),
            path: operation.path_on(platform).to_owned(),
            platform,
            kind: Kind::Operation(operation),
        }
    }

    pub(crate) fn channel(channel: &'static Channel) -> Option<Self> {
        let path = channel.path.clone()?;
        let (id, methods) = (channel.id(), vec![Method::GET]);
        Some(Self { id, methods, path, platform: Platform::Cloud, kind: Kind::Channel(channel) })
    }

    pub(crate) fn route(id: &str, method: Method, path: &str) -> Self {
        Self {
            id: id.to_owned(),
            methods: vec![method],
            path: path.to_owned(),
            platform: Platform::Cloud,
            kind: Kind::Route { authenticated: false },
        }
    }

    /// A route of Coze Studio that the cloud does not document.
    pub(crate) fn studio(id: &str, method: Method, path: &str) -> Self {
        let kind = Kind::Route { authenticated: true };
        Self { platform: Platform::Studio, kind, ..Self::route(id, method, path) }
    }

    /// Returns `true` if the examples of the spec can be replies. Examples of streams are the
    /// cloud's.
    pub(crate) fn has_examples(&self) -> bool {
        self.platform == Platform::Cloud || self.stream().is_none()
    }

    /// Returns `true` if the documented limits of values are enforced. Coze Studio has its own.
    pub(crate) fn has_limits(&self) -> bool {
        self.platform == Platform::Cloud
    }

    /// Returns `true` if the ids in the path must be numbers, as on Coze Studio.
    pub(crate) fn has_numeric_ids(&self) -> bool {
        self.platform == Platform::Studio
    }

    /// Returns `true` if the parameter is a segment of the path.
    pub(crate) fn has_in_path(&self, name: &str) -> bool {
        let segments = self.path.split('/');
        let mut names = segments.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        names.any(|known| known == name)
    }

    /// The operation of the model, if it is one.
    pub(crate) fn operation(&self) -> Option<&'static Operation> {
        match self.kind {
            Kind::Operation(operation) => Some(operation),
            Kind::Channel(_) | Kind::Route { .. } => None,
        }
    }

    pub(crate) fn is_channel(&self) -> bool {
        matches!(self.kind, Kind::Channel(_))
    }

    pub(crate) fn is_authenticated(&self) -> bool {
        match self.kind {
            Kind::Operation(operation) => operation.authenticated,
            Kind::Channel(_) => true,
            Kind::Route { authenticated } => authenticated,
        }
    }

    /// The permissions that a token needs.
    pub(crate) fn permissions(&self) -> &'static [String] {
        match self.kind {
            Kind::Operation(operation) => &operation.permissions,
            Kind::Channel(channel) => &channel.permissions,
            Kind::Route { .. } => &[],
        }
    }

    pub(crate) fn params(&self) -> &'static [Param] {
        match self.kind {
            Kind::Operation(operation) => &operation.params,
            Kind::Channel(channel) => &channel.params,
            Kind::Route { .. } => &[],
        }
    }

    pub(crate) fn param(&self, name: &str) -> Option<&'static Param> {
        self.params().iter().find(|param| param.field.wire == name)
    }

    /// The properties of the body.
    pub(crate) fn body_params(&self) -> impl Iterator<Item = &'static Param> {
        self.params().iter().filter(|param| matches!(param.place, Place::Body | Place::Part))
    }

    pub(crate) fn stream(&self) -> Option<&'static Streaming> {
        self.operation()?.stream.as_ref()
    }

    /// Returns `true` if the examples of the spec send this value.
    pub(crate) fn is_example(&self, name: &str, value: &str) -> bool {
        let body = self.operation().and_then(|operation| operation.body.as_ref());
        let param = self.param(name).and_then(|param| param.example.as_ref());
        param.or_else(|| body?.example.get(name)).is_some_and(|example| example == value)
    }
}

fn method(verb: Verb) -> Method {
    match verb {
        Verb::Get => Method::GET,
        Verb::Post => Method::POST,
        Verb::Put => Method::PUT,
        Verb::Delete => Method::DELETE,
    }
}
