//! Operations: their routes, parameters and replies.

use serde_json::{Number, Value};

use super::{Comparison, names, pair, rules, type_name};
use crate::model::{Body, Limits, Operation, Param, Place, Reply, Studio};

impl Comparison<'_> {
    pub(super) fn operations(&mut self) {
        let paired = pair(self.old.operations(), self.new.operations(), |operation| &operation.id);
        let mut added = paired.added;
        for old in paired.removed {
            // A renamed operation keeps its route.
            let renamed = added.iter().position(|new| new.verb == old.verb && new.path == old.path);
            if let Some(index) = renamed {
                let new = added.remove(index);
                let message = format!("`{}` is renamed to `{}`", old.id, new.id);
                self.add(&rules::OPERATION_RENAMED, &new.id, message);
                self.operation(old, new);
            } else {
                let message = format!("the operation is removed ({})", route(old));
                self.add(&rules::OPERATION_REMOVED, &old.id, message);
            }
        }
        for (old, new) in paired.both {
            self.operation(old, new);
        }
        for new in added {
            let message = format!("new operation: {} ({})", new.summary, route(new));
            self.add(&rules::OPERATION_ADDED, &new.id, message);
        }
    }

    fn operation(&mut self, old: &Operation, new: &Operation) {
        let item = &new.id;
        self.differ(&rules::BUILDER_RENAMED, item, (&old.builder, &new.builder), |old, new| {
            format!("the type `{old}` of the request is renamed to `{new}`")
        });
        self.differ(&rules::ROUTE_CHANGED, item, (&route(old), &route(new)), |old, new| {
            format!("{old} becomes {new}")
        });
        self.facts(old, new);
        self.params(item, &old.params, &new.params);
        if let (Some(old), Some(new)) = (&old.body, &new.body) {
            self.body(item, old, new);
        }
        self.reply(old, new);
        self.words(item, "summary", &old.summary, &new.summary);
        self.words(item, "description", &old.description, &new.description);
        if old.page != new.page {
            self.add(&rules::WORDS_CHANGED, item, "the documentation page changes");
        }
        if old.example != new.example || example(old) != example(new) {
            self.add(&rules::WORDS_CHANGED, item, "the example changes");
        }
    }

    fn body(&mut self, item: &str, old: &Body, new: &Body) {
        self.differ(&rules::BODY_MEDIA_CHANGED, item, (&old.media, &new.media), |old, new| {
            format!("the body is {new:?} instead of {old:?}").to_lowercase()
        });
        let required = (&old.required, &new.required);
        self.differ(&rules::BODY_PRESENCE_CHANGED, item, required, |_, new| {
            format!("the body {} be omitted", if *new { "cannot" } else { "can" })
        });
    }

    /// Compares what an operation is, apart from its parameters and its reply.
    fn facts(&mut self, old: &Operation, new: &Operation) {
        let item = &new.id;
        self.differ(&rules::VERBS_CHANGED, item, (&old.also, &new.also), |_, _| {
            "the further HTTP methods change".to_owned()
        });
        self.permissions(item, &old.permissions, &new.permissions);
        let tokens = (&old.authenticated, &new.authenticated);
        self.differ(&rules::TOKEN_CHANGED, item, tokens, |_, new| {
            format!("it takes {} token", if *new { "a" } else { "no" })
        });
        match (&old.deprecated, &new.deprecated) {
            (None, Some(note)) => {
                self.add(&rules::DEPRECATED, item, format!("it is deprecated: {note}"));
            }
            (Some(_), None) => {
                self.add(&rules::DEPRECATION_WITHDRAWN, item, "it is no longer deprecated");
            }
            (Some(old), Some(new)) => self.words(item, "deprecation note", old, new),
            (None, None) => {}
        }
        self.idempotence(item, old.idempotent, new.idempotent);
        self.differ(&rules::CHANGES_DATA_CHANGED, item, (&old.changes, &new.changes), |_, new| {
            format!("it changes {} data", if *new { "the account's" } else { "no" })
        });
        self.timeout(item, old.timeout, new.timeout);
        match (&old.studio, &new.studio) {
            (None, Some(_)) => self.add(&rules::STUDIO_SERVES, item, "Coze Studio serves it"),
            (Some(_), None) => {
                self.add(&rules::STUDIO_SERVES_NOT, item, "Coze Studio does not serve it");
            }
            (Some(old), Some(new)) => {
                self.words(item, "note about Coze Studio", &old.note, &new.note);
                if *old != (Studio { note: old.note.clone(), ..new.clone() }) {
                    self.add(&rules::STUDIO_CHANGED, item, "its differences on Coze Studio change");
                }
            }
            (None, None) => {}
        }
    }

    pub(super) fn permissions(&mut self, item: &str, old: &[String], new: &[String]) {
        for permission in new.iter().filter(|name| !old.contains(name)) {
            let message = format!("it needs the permission `{permission}`");
            self.add(&rules::PERMISSION_ADDED, item, message);
        }
        for permission in old.iter().filter(|name| !new.contains(name)) {
            let message = format!("it no longer needs the permission `{permission}`");
            self.add(&rules::PERMISSION_REMOVED, item, message);
        }
    }

    pub(super) fn idempotence(&mut self, item: &str, old: bool, new: bool) {
        self.differ(&rules::IDEMPOTENCE_CHANGED, item, (&old, &new), |_, new| {
            format!("it is {}idempotent", if *new { "" } else { "not " })
        });
    }

    pub(super) fn timeout(&mut self, item: &str, old: Option<u64>, new: Option<u64>) {
        self.differ(&rules::TIMEOUT_CHANGED, item, (&old, &new), |old, new| {
            let seconds = |limit: &Option<u64>| match limit {
                Some(seconds) => format!("{seconds} seconds"),
                None => "the usual time".to_owned(),
            };
            format!("it may take {} instead of {}", seconds(new), seconds(old))
        });
    }

    /// Compares parameters and body properties. `item` names their owner.
    pub(super) fn params(&mut self, item: &str, old: &[Param], new: &[Param]) {
        let paired = pair(old, new, |param| &param.field.wire);
        for param in paired.removed {
            let name = &param.field.wire;
            if param.is_argument() {
                self.add(
                    &rules::ARGUMENT_REMOVED,
                    item,
                    format!("the argument `{name}` is removed"),
                );
            } else if param.constant.is_some() {
                self.add(&rules::CONSTANT_CHANGED, item, format!("`{name}` is no longer sent"));
            } else {
                self.add(
                    &rules::SETTER_REMOVED,
                    item,
                    format!("the parameter `{name}` is removed"),
                );
            }
        }
        for (old, new) in paired.both {
            self.param(item, old, new);
        }
        for param in paired.added {
            let name = &param.field.wire;
            if let Some(value) = &param.constant {
                let message = format!("`{name}` is sent as `{value}`");
                self.add(&rules::CONSTANT_CHANGED, item, message);
            } else if param.is_argument() {
                self.add(&rules::ARGUMENT_ADDED, item, format!("the argument `{name}` is added"));
            } else {
                self.add(&rules::SETTER_ADDED, item, format!("the parameter `{name}` is added"));
            }
        }
        self.order(item, old, new);
    }

    /// Compares the order of the arguments that both versions have.
    fn order(&mut self, item: &str, old: &[Param], new: &[Param]) {
        fn kept<'a>(list: &'a [Param], other: &[Param]) -> Vec<&'a str> {
            let names = list.iter().filter(|param| param.is_argument());
            let names = names.map(|param| param.field.wire.as_str());
            names
                .filter(|name| {
                    other.iter().any(|param| param.is_argument() && param.field.wire == *name)
                })
                .collect()
        }
        let (before, after) = (kept(old, new), kept(new, old));
        self.differ(&rules::ARGUMENTS_REORDERED, item, (&before, &after), |before, after| {
            let (before, after) = (names(before.iter().copied()), names(after.iter().copied()));
            format!("the arguments are {after} instead of {before}")
        });
    }

    fn param(&mut self, item: &str, old: &Param, new: &Param) {
        let name = &new.field.wire;
        let owned = format!("{item} `{name}`");
        match (&old.constant, &new.constant) {
            (Some(old), Some(new)) if old != new => {
                let message = format!("`{new}` is sent instead of `{old}`");
                self.add(&rules::CONSTANT_CHANGED, &owned, message);
            }
            (None, Some(value)) => {
                let message = format!("it is always `{value}`; callers do not set it");
                self.add(&rules::NOW_CONSTANT, &owned, message);
            }
            (Some(_), None) if new.is_argument() => {
                self.add(&rules::ARGUMENT_ADDED, &owned, "callers have to set it");
            }
            (Some(_), None) => self.add(&rules::SETTER_ADDED, &owned, "callers may set it"),
            (None, None) if !old.is_argument() && new.is_argument() => {
                self.add(&rules::NOW_REQUIRED, &owned, "it is required now");
            }
            (None, None) if old.is_argument() && !new.is_argument() => {
                self.add(&rules::NOW_OPTIONAL, &owned, "it is optional now");
            }
            _ => {}
        }
        let is_setter = !new.is_argument() && new.constant.is_none();
        if is_setter && old.field.rust != new.field.rust {
            let message = format!("`{}` is renamed to `{}`", old.field.rust, new.field.rust);
            self.add(&rules::SETTER_RENAMED, &owned, message);
        }
        match (old.place, new.place) {
            (Place::Query { explode: old }, Place::Query { explode: new }) if old != new => {
                let style = if new { "repeats the key" } else { "is joined by commas" };
                self.add(&rules::LIST_STYLE_CHANGED, &owned, format!("the list {style}"));
            }
            (old, new) if std::mem::discriminant(&old) != std::mem::discriminant(&new) => {
                let (old, new) = (place(old), place(new));
                self.add(&rules::PLACE_CHANGED, &owned, format!("it moves from {old} to {new}"));
            }
            _ => {}
        }
        self.differ(
            &rules::TYPE_CHANGED,
            &owned,
            (&old.field.kind, &new.field.kind),
            |old, new| format!("the type is {} instead of {}", type_name(new), type_name(old)),
        );
        self.limits(&owned, &old.field.limits, &new.field.limits);
        self.default_value(&owned, old.field.default.as_ref(), new.field.default.as_ref());
        self.words(&owned, "description", &old.field.description, &new.field.description);
        if (&old.example, &old.documented) != (&new.example, &new.documented) {
            self.add(&rules::WORDS_CHANGED, &owned, "the example changes");
        }
    }

    pub(super) fn default_value(&mut self, item: &str, old: Option<&Value>, new: Option<&Value>) {
        self.differ(&rules::DEFAULT_CHANGED, item, (&old, &new), |old, new| {
            let text = |value: Option<&Value>| match value {
                Some(value) => format!("`{value}`"),
                None => "unknown".to_owned(),
            };
            format!("the default is {} instead of {}", text(*new), text(*old))
        });
    }

    /// Compares limits: a bound that is added or moves inwards refuses values that were accepted.
    pub(super) fn limits(&mut self, item: &str, old: &Limits, new: &Limits) {
        let count = |limit: Option<u64>| limit.map(Number::from)?.as_f64();
        let number = |limit: &Option<Number>| limit.as_ref()?.as_f64();
        let bounds = [
            ("smallest value", true, number(&old.minimum), number(&new.minimum)),
            ("largest value", false, number(&old.maximum), number(&new.maximum)),
            ("least length", true, count(old.min_length), count(new.min_length)),
            ("greatest length", false, count(old.max_length), count(new.max_length)),
            ("least number of items", true, count(old.min_items), count(new.min_items)),
            ("greatest number of items", false, count(old.max_items), count(new.max_items)),
        ];
        for (name, is_lower, old, new) in bounds {
            let tighter = match (old, new) {
                (old, new) if old == new => continue,
                (None, _) => true,
                (_, None) => false,
                (Some(old), Some(new)) => (new > old) == is_lower,
            };
            let rule = if tighter { &rules::LIMIT_TIGHTENED } else { &rules::LIMIT_RELAXED };
            let text = |limit: Option<f64>| {
                limit.map_or("unlimited".to_owned(), |limit| limit.to_string())
            };
            self.add(rule, item, format!("the {name} is {} instead of {}", text(new), text(old)));
        }
        let none = Limits::default();
        let each = |limits: &'_ Option<Box<Limits>>| limits.as_deref().cloned();
        if let (old, new) = (each(&old.each), each(&new.each))
            && (old.is_some() || new.is_some())
        {
            let item = format!("{item} (each)");
            self.limits(&item, &old.unwrap_or(none.clone()), &new.unwrap_or(none));
        }
    }

    fn reply(&mut self, old: &Operation, new: &Operation) {
        let item = &new.id;
        self.differ(
            &rules::REPLY_CHANGED,
            item,
            (&reply(&old.reply), &reply(&new.reply)),
            |old, new| format!("the reply is {new} instead of {old}"),
        );
        if reply(&old.reply) == reply(&new.reply) {
            let required =
                (self.old.requires_payload(&old.reply), self.new.requires_payload(&new.reply));
            self.differ(
                &rules::REPLY_PRESENCE_CHANGED,
                item,
                (&required.0, &required.1),
                |_, new| format!("the payload {} always sent", if *new { "is" } else { "is not" }),
            );
        }
        match (&old.paging, &new.paging) {
            (None, Some(_)) => self.add(&rules::PAGING_ADDED, item, "the reply is a page"),
            (Some(_), None) => self.add(&rules::PAGING_REMOVED, item, "the reply is not a page"),
            (Some(old), Some(new)) if old.item != new.item => {
                let (old, new) = (type_name(&old.item), type_name(&new.item));
                let message = format!("the items are {new} instead of {old}");
                self.add(&rules::REPLY_CHANGED, item, message);
            }
            (Some(old), Some(new)) if old != new => {
                self.add(&rules::PAGING_CHANGED, item, "the paging changes");
            }
            _ => {}
        }
        match (&old.stream, &new.stream) {
            (None, Some(_)) => self.add(&rules::STREAM_ADDED, item, "it can be streamed"),
            (Some(_), None) => self.add(&rules::STREAM_REMOVED, item, "it cannot be streamed"),
            (Some(old), Some(new)) => {
                self.differ(&rules::STREAM_CHANGED, item, (&old.union, &new.union), |old, new| {
                    format!("the events are `{new}` instead of `{old}`")
                });
                let switch = (&old.switch, &new.switch);
                self.differ(&rules::STREAM_SWITCH_CHANGED, item, switch, |_, new| {
                    let verb = if *new { "takes" } else { "does not take" };
                    format!("the body {verb} the property `stream`")
                });
            }
            (None, None) => {}
        }
    }
}

fn route(operation: &Operation) -> String {
    format!("{} {}", operation.verb.name().to_uppercase(), operation.path)
}

fn example(operation: &Operation) -> (Option<&Value>, Option<&str>) {
    let body = operation.body.as_ref().map(|body| &body.example);
    (body, operation.stream.as_ref().map(|stream| stream.example.as_str()))
}

fn reply(reply: &Reply) -> String {
    match reply {
        Reply::Empty => "empty".to_owned(),
        Reply::Data(field) => format!("{} in `{}`", type_name(&field.kind), field.wire),
        Reply::Flat(name) => format!("`{name}` at the root"),
        Reply::Binary => "a file".to_owned(),
        Reply::Events => "a stream of events".to_owned(),
    }
}

fn place(place: Place) -> &'static str {
    match place {
        Place::Path => "the path",
        Place::Query { .. } => "the query",
        Place::Header => "a header",
        Place::Body => "the JSON body",
        Place::Part => "the multipart body",
    }
}
