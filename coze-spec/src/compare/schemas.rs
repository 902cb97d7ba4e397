//! Types: structs, enumerations and unions of events.

use super::{Comparison, names, pair, rules, type_name};
use crate::model::{Event, Field, Schema, Shape, Usage, Variant};

impl Comparison<'_> {
    pub(super) fn schemas(&mut self) {
        let (old, new) = (self.old, self.new);
        // The payload of a page is taken apart: users meet its items only.
        let met = |schema: &&Schema| !schema.usage.page;
        let paired =
            pair(old.schemas().filter(met), new.schemas().filter(met), |schema| &schema.name);
        for schema in paired.removed {
            let path = old.rust_path(schema);
            self.add(&rules::TYPE_REMOVED, &schema.name, format!("the type `{path}` is removed"));
        }
        for (before, after) in paired.both {
            let paths = (&old.rust_path(before), &new.rust_path(after));
            self.differ(&rules::TYPE_RENAMED, &after.name, paths, |old, new| {
                format!("`{old}` becomes `{new}`")
            });
            self.words(&after.name, "description", &before.description, &after.description);
            self.shape(before, after);
            if before.is_struct() && !old.has_floats(before) && new.has_floats(after) {
                let message = "it contains floating-point numbers now";
                self.add(&rules::EQUALITY_LOST, &after.name, message);
            }
        }
        for schema in paired.added {
            let path = new.rust_path(schema);
            self.add(&rules::TYPE_ADDED, &schema.name, format!("new type `{path}`"));
        }
    }

    fn shape(&mut self, old: &Schema, new: &Schema) {
        let item = &new.name;
        match (&old.shape, &new.shape) {
            (Shape::Struct(before), Shape::Struct(after)) => {
                self.fields(item, (before, old.usage), (after, new.usage));
            }
            (Shape::Strings(old), Shape::Strings(new)) => {
                self.variants(item, old, new, Clone::clone);
            }
            (Shape::Integers(old), Shape::Integers(new)) => {
                self.variants(item, old, new, ToString::to_string);
            }
            (Shape::Events(old), Shape::Events(new))
            | (Shape::Commands(old), Shape::Commands(new)) => self.events(item, old, new),
            _ => self.add(&rules::SHAPE_CHANGED, item, "the type is of another kind"),
        }
    }

    fn fields(
        &mut self,
        item: &str,
        (old, before): (&[Field], Usage),
        (new, after): (&[Field], Usage),
    ) {
        match (before.request, after.request) {
            (false, true) => {
                self.add(&rules::CONSTRUCTOR_ADDED, item, "requests take the type");
            }
            (true, false) => {
                self.add(&rules::CONSTRUCTOR_REMOVED, item, "requests do not take the type");
            }
            _ => {}
        }
        match (before.reply, after.reply) {
            (false, true) => self.add(&rules::DECODING_ADDED, item, "responses contain the type"),
            (true, false) => {
                self.add(&rules::DECODING_REMOVED, item, "responses do not contain the type");
            }
            _ => {}
        }
        let paired = pair(old, new, |field| &field.wire);
        for field in paired.removed {
            let message = format!("the field `{}` is removed", field.wire);
            self.add(&rules::FIELD_REMOVED, item, message);
        }
        for (old, new) in paired.both {
            let owned = format!("{item}.{}", new.wire);
            self.field(&owned, (old, before), (new, after));
        }
        for field in paired.added {
            let is_argument = before.request && after.request && !field.is_optional(after);
            let (rule, noun) = if is_argument {
                (&rules::ARGUMENT_ADDED, "required field")
            } else {
                (&rules::FIELD_ADDED, "field")
            };
            self.add(rule, item, format!("the {noun} `{}` is added", field.wire));
        }
        if before.request && after.request {
            self.constructor(item, (old, before), (new, after));
        }
    }

    /// Compares the order of the fields that are not options, which are the arguments of the
    /// constructor.
    fn constructor(&mut self, item: &str, old: (&[Field], Usage), new: (&[Field], Usage)) {
        fn arguments((list, usage): (&[Field], Usage)) -> impl Iterator<Item = &str> {
            let arguments = list.iter().filter(move |field| !field.is_optional(usage));
            arguments.map(|field| field.wire.as_str())
        }
        fn kept<'a>(list: (&'a [Field], Usage), other: (&[Field], Usage)) -> Vec<&'a str> {
            let kept = arguments(list);
            kept.filter(|name| arguments(other).any(|other| other == *name)).collect()
        }
        let (before, after) = (kept(old, new), kept(new, old));
        self.differ(&rules::ARGUMENTS_REORDERED, item, (&before, &after), |before, after| {
            let (before, after) = (names(before.iter().copied()), names(after.iter().copied()));
            format!("the arguments of `new` are {after} instead of {before}")
        });
    }

    fn field(&mut self, item: &str, (old, before): (&Field, Usage), (new, after): (&Field, Usage)) {
        self.differ(&rules::FIELD_RENAMED, item, (&old.rust, &new.rust), |old, new| {
            format!("`{old}` is renamed to `{new}`")
        });
        self.differ(&rules::TYPE_CHANGED, item, (&old.kind, &new.kind), |old, new| {
            format!("the type is {} instead of {}", type_name(new), type_name(old))
        });
        let optional = (old.is_optional(before), new.is_optional(after));
        let rule = &rules::FIELD_OPTIONALITY_CHANGED;
        self.differ(rule, item, (&optional.0, &optional.1), |_, new| {
            if *new { "it becomes an `Option`" } else { "it is no longer an `Option`" }.to_owned()
        });
        if before.request && after.request {
            match optional {
                (true, false) => self.add(&rules::NOW_REQUIRED, item, "it is required now"),
                (false, true) => self.add(&rules::NOW_OPTIONAL, item, "it is optional now"),
                _ if old.required != new.required => {
                    let verb = if new.required { "sent as null" } else { "omitted" };
                    self.add(&rules::NULL_CHANGED, item, format!("it is {verb} unless it is set"));
                }
                _ => {}
            }
        } else if optional.0 == optional.1 && old.required != new.required {
            let verb = if new.required { "always" } else { "not always" };
            let message = format!("the server {verb} sends it");
            self.add(&rules::FIELD_PRESENCE_CHANGED, item, message);
        }
        self.differ(&rules::ALIASES_CHANGED, item, (&old.aliases, &new.aliases), |_, new| {
            format!("its further names are {}", names(new.iter().map(String::as_str)))
        });
        if before.request || after.request {
            self.limits(item, &old.limits, &new.limits);
            self.default_value(item, old.default.as_ref(), new.default.as_ref());
        } else {
            self.differ(&rules::REPLY_LIMITS_CHANGED, item, (&old.limits, &new.limits), |_, _| {
                "the values that the server sends have other limits".to_owned()
            });
            if old.default != new.default {
                self.add(&rules::WORDS_CHANGED, item, "the documented default changes");
            }
        }
        self.words(item, "description", &old.description, &new.description);
    }

    fn variants<T: Ord + PartialEq>(
        &mut self,
        item: &str,
        old: &[Variant<T>],
        new: &[Variant<T>],
        text: impl Fn(&T) -> String,
    ) {
        let paired = pair(old, new, |variant| &variant.value);
        for variant in paired.removed {
            let message = format!("the value {} is removed", value(variant, &text));
            self.add(&rules::VALUE_REMOVED, item, message);
        }
        for (old, new) in paired.both {
            let owned = format!("{item} `{}`", text(&new.value));
            self.differ(&rules::VALUE_RENAMED, &owned, (&old.rust, &new.rust), |old, new| {
                format!("`{old}` is renamed to `{new}`")
            });
            self.differ(&rules::ALIASES_CHANGED, &owned, (&old.aliases, &new.aliases), |_, new| {
                format!("its further spellings are {}", names(new.iter().map(String::as_str)))
            });
            self.words(&owned, "description", &old.description, &new.description);
        }
        for variant in paired.added {
            let message = format!("the value {} is added", value(variant, &text));
            self.add(&rules::VALUE_ADDED, item, message);
        }
    }

    fn events(&mut self, item: &str, old: &[Event], new: &[Event]) {
        let paired = pair(old, new, |event| &event.wire);
        for event in paired.removed {
            let message = format!("the event `{}` is removed", event.wire);
            self.add(&rules::EVENT_REMOVED, item, message);
        }
        for (old, new) in paired.both {
            self.event(&format!("{item} `{}`", new.wire), old, new);
        }
        for event in paired.added {
            self.add(&rules::EVENT_ADDED, item, format!("the event `{}` is added", event.wire));
        }
    }

    pub(super) fn event(&mut self, item: &str, old: &Event, new: &Event) {
        self.differ(&rules::EVENT_RENAMED, item, (&old.rust, &new.rust), |old, new| {
            format!("`{old}` is renamed to `{new}`")
        });
        let data = (&(&old.data, old.boxed), &(&new.data, new.boxed));
        self.differ(&rules::EVENT_DATA_CHANGED, item, data, |(old, _), (new, boxed)| {
            let text = |data: &Option<String>| data.clone().unwrap_or("nothing".to_owned());
            let place = if *boxed { ", in a box" } else { "" };
            format!("it holds {}{place} instead of {}", text(new), text(old))
        });
        self.differ(&rules::EVENT_END_CHANGED, item, (&old.ends, &new.ends), |_, new| {
            format!("a stream {} with it", if *new { "may end" } else { "does not end" })
        });
        self.differ(&rules::ALIASES_CHANGED, item, (&old.aliases, &new.aliases), |_, new| {
            format!("its further names are {}", names(new.iter().map(String::as_str)))
        });
        self.words(item, "description", &old.description, &new.description);
        if (&old.example, &old.message) != (&new.example, &new.message) {
            self.add(&rules::WORDS_CHANGED, item, "the example changes");
        }
    }
}

/// Returns a value as programs name it: a number alone says nothing.
fn value<T>(variant: &Variant<T>, text: impl Fn(&T) -> String) -> String {
    let wire = text(&variant.value);
    match wire.parse::<i64>() {
        Ok(_) => format!("`{}` ({wire})", variant.rust),
        Err(_) => format!("`{wire}`"),
    }
}
