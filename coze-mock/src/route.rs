//! Finds the endpoint that a method and a path address.

use std::collections::HashMap;
use std::sync::Arc;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::endpoint::Endpoint;

/// The endpoints, by the number of segments of their paths.
pub(crate) struct Router {
    routes: HashMap<usize, Vec<Route>>,
}

struct Route {
    segments: Vec<Segment>,
    endpoint: Arc<Endpoint>,
}

enum Segment {
    Fixed(String),
    Parameter(String),
}

/// The result of a search for an endpoint.
pub(crate) enum RouteMatch {
    /// An endpoint, and the values of its path parameters.
    Endpoint(Arc<Endpoint>, Vec<(String, String)>),
    /// The path is known, but only with these methods.
    OtherMethods(Vec<Method>),
    /// The path is unknown.
    Nothing,
}

impl Router {
    pub(crate) fn new(endpoints: impl IntoIterator<Item = Endpoint>) -> Self {
        let mut router = Self { routes: HashMap::new() };
        for endpoint in endpoints {
            let segments: Vec<_> = split(&endpoint.path).map(Segment::read).collect();
            let route = Route { segments, endpoint: Arc::new(endpoint) };
            router.routes.entry(route.segments.len()).or_default().push(route);
        }
        router
    }

    /// Finds the endpoint. If two paths match, the one with more fixed segments wins.
    pub(crate) fn find(&self, method: &Method, path: &str) -> RouteMatch {
        let segments: Vec<&str> = split(path).collect();
        let routes = self.routes.get(&segments.len()).map_or(&[][..], Vec::as_slice);
        let mut best: Option<(usize, &Route)> = None;
        let mut methods = Vec::new();
        for route in routes.iter().filter(|route| route.matches(&segments)) {
            if !route.endpoint.methods.contains(method) {
                methods.extend(route.endpoint.methods.iter().cloned());
                continue;
            }
            let fixed = route.segments.iter().filter(|segment| segment.is_fixed()).count();
            if best.is_none_or(|(most, _)| fixed > most) {
                best = Some((fixed, route));
            }
        }
        match best {
            Some((_, route)) => {
                RouteMatch::Endpoint(route.endpoint.clone(), route.values(&segments))
            }
            None if methods.is_empty() => RouteMatch::Nothing,
            None => RouteMatch::OtherMethods(methods),
        }
    }
}

impl Route {
    fn matches(&self, segments: &[&str]) -> bool {
        self.segments.iter().zip(segments).all(|(segment, text)| match segment {
            Segment::Fixed(fixed) => fixed == text,
            Segment::Parameter(_) if self.endpoint.has_numeric_ids() => {
                !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
            }
            Segment::Parameter(_) => !text.is_empty(),
        })
    }

    fn values(&self, segments: &[&str]) -> Vec<(String, String)> {
        let pairs = self.segments.iter().zip(segments);
        let values = pairs.filter_map(|(segment, text)| match segment {
            Segment::Fixed(_) => None,
            Segment::Parameter(name) => {
                Some((name.clone(), percent_decode_str(text).decode_utf8_lossy().into()))
            }
        });
        values.collect()
    }
}

impl Segment {
    fn read(text: &str) -> Self {
        let name = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        match name {
            Some(name) => Self::Parameter(name.to_owned()),
            None => Self::Fixed(text.to_owned()),
        }
    }

    fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }
}

fn split(path: &str) -> impl Iterator<Item = &str> {
    path.trim_start_matches('/').split('/')
}
