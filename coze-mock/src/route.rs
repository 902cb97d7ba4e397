//! Finds the operation that a method and a path address.

use std::collections::HashMap;
use std::sync::Arc;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::spec::{Operation, Spec};

/// The operations, by the shape of their paths.
pub(crate) struct Router {
    /// By the number of segments.
    routes: HashMap<usize, Vec<Route>>,
}

struct Route {
    segments: Vec<Segment>,
    operation: OperationRef,
}

enum Segment {
    Fixed(String),
    Parameter(String),
}

/// An operation of the spec, or one that a behavior brought along.
#[derive(Clone)]
pub(crate) enum OperationRef {
    Spec(&'static Operation),
    Extra(Arc<Operation>),
}

impl std::ops::Deref for OperationRef {
    type Target = Operation;

    fn deref(&self) -> &Operation {
        match self {
            Self::Spec(operation) => operation,
            Self::Extra(operation) => operation,
        }
    }
}

/// The result of a search for a route.
pub(crate) enum RouteMatch {
    /// An operation, and the values of its path parameters.
    Operation(OperationRef, Vec<(String, String)>),
    /// Only operations with other methods.
    OtherMethods(Vec<Method>),
    /// Nothing.
    Nothing,
}

impl Router {
    /// Routes to every operation of the spec, and to these.
    pub(crate) fn new(extra: impl IntoIterator<Item = Arc<Operation>>) -> Self {
        let spec = Spec::get().operations().iter().map(OperationRef::Spec);
        let mut router = Self { routes: HashMap::new() };
        for operation in spec.chain(extra.into_iter().map(OperationRef::Extra)) {
            let segments: Vec<_> = split(&operation.path).map(Segment::read).collect();
            let route = Route { segments, operation };
            router.routes.entry(route.segments.len()).or_default().push(route);
        }
        router
    }

    /// Finds the operation. Where two paths fit, the one with more fixed segments is meant.
    pub(crate) fn find(&self, method: &Method, path: &str) -> RouteMatch {
        let segments: Vec<&str> = split(path).collect();
        let routes = self.routes.get(&segments.len()).map_or(&[][..], Vec::as_slice);
        let mut best: Option<(usize, &Route)> = None;
        let mut methods = Vec::new();
        for route in routes.iter().filter(|route| route.fits(&segments)) {
            if !takes(&route.operation, method) {
                methods.push(route.operation.method.clone());
                continue;
            }
            let fixed = route.segments.iter().filter(|segment| segment.is_fixed()).count();
            if best.is_none_or(|(most, _)| fixed > most) {
                best = Some((fixed, route));
            }
        }
        match best {
            Some((_, route)) => {
                RouteMatch::Operation(route.operation.clone(), route.values(&segments))
            }
            None if methods.is_empty() => RouteMatch::Nothing,
            None => RouteMatch::OtherMethods(methods),
        }
    }
}

/// Whether an operation takes a method: its own, or one that official SDKs send and the platform takes as well.
fn takes(operation: &Operation, method: &Method) -> bool {
    let also = [("chat.retrieve", Method::POST)];
    operation.method == *method
        || also.iter().any(|(id, also)| *id == operation.id && also == method)
}

impl Route {
    fn fits(&self, segments: &[&str]) -> bool {
        self.segments.iter().zip(segments).all(|(segment, text)| match segment {
            Segment::Fixed(fixed) => fixed == text,
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
