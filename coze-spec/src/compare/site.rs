//! Deployed projects, which are not a part of the API of the platform.

use super::{Change, Comparison, pair, rules};
use crate::model::{Site, SiteOperation};

/// The item of changes of all deployed projects.
const SITE: &str = "site";

/// Compares two versions of the interface of deployed projects. One without the interface is like
/// one without operations.
///
/// ```
/// use coze_spec::compare::compare_sites;
/// use coze_spec::model::Site;
///
/// let new = Site { tag: "type".to_owned(), ..Site::default() };
/// assert_eq!(compare_sites(None, Some(&new))[0].rule, "site-tag-changed");
/// ```
pub fn compare_sites(old: Option<&Site>, new: Option<&Site>) -> Vec<Change> {
    let none = Site::default();
    let (old, new) = (old.unwrap_or(&none), new.unwrap_or(&none));
    let mut comparison = Comparison { old: &old.types, new: &new.types, changes: Vec::new() };
    comparison.site(old, new);
    comparison.schemas();
    comparison.changes
}

impl Comparison<'_> {
    fn site(&mut self, old: &Site, new: &Site) {
        self.words(SITE, "description", &old.description, &new.description);
        if old.page != new.page {
            self.add(&rules::WORDS_CHANGED, SITE, "the documentation page changes");
        }
        self.differ(&rules::SITE_TAG_CHANGED, SITE, (&old.tag, &new.tag), |old, new| {
            format!("the member with the name of an event is `{new}` instead of `{old}`")
        });
        let paired = pair(&old.operations, &new.operations, |operation| &operation.name);
        for operation in paired.removed {
            let message = format!("the operation is removed ({})", route(operation));
            self.add(&rules::OPERATION_REMOVED, &item(operation), message);
        }
        for (old, new) in paired.both {
            self.site_operation(old, new);
        }
        for operation in paired.added {
            let message = format!("new operation ({})", route(operation));
            self.add(&rules::OPERATION_ADDED, &item(operation), message);
        }
    }

    fn site_operation(&mut self, old: &SiteOperation, new: &SiteOperation) {
        let item = &item(new);
        self.differ(&rules::ROUTE_CHANGED, item, (&route(old), &route(new)), |old, new| {
            format!("{old} becomes {new}")
        });
        self.idempotence(item, old.idempotent, new.idempotent);
        self.timeout(item, old.timeout, new.timeout);
        let text = |name: &Option<String>| match name {
            Some(name) => format!("`{name}`"),
            None => "arbitrary JSON".to_owned(),
        };
        self.differ(&rules::REPLY_CHANGED, item, (&old.response, &new.response), |old, new| {
            format!("the reply is {} instead of {}", text(new), text(old))
        });
        match (&old.events, &new.events) {
            (None, Some(_)) => self.add(&rules::STREAM_ADDED, item, "it can be streamed"),
            (Some(_), None) => self.add(&rules::STREAM_REMOVED, item, "it cannot be streamed"),
            (old, new) => self.differ(&rules::STREAM_CHANGED, item, (old, new), |old, new| {
                format!("the events are {} instead of {}", text(new), text(old))
            }),
        }
        self.words(item, "description", &old.description, &new.description);
        if old.example != new.example {
            self.add(&rules::WORDS_CHANGED, item, "the example changes");
        }
    }
}

fn item(operation: &SiteOperation) -> String {
    format!("{SITE}.{}", operation.name)
}

fn route(operation: &SiteOperation) -> String {
    format!("{} {}", operation.verb.name().to_uppercase(), operation.path)
}
