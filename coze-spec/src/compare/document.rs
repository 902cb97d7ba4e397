//! The document as a whole, and the descriptions and accessors of resources.

use super::{Comparison, pair, rules};
use crate::model::{Api, Group};

/// The item of changes of the document as a whole.
const API: &str = "the API";

impl Comparison<'_> {
    pub(super) fn document(&mut self) {
        let (old, new) = (self.old, self.new);
        self.words(API, "version", &old.version, &new.version);
        let servers = pair(&old.servers, &new.servers, |server| &server.url);
        for server in servers.removed {
            self.add(&rules::SERVER_REMOVED, API, format!("the server {} is removed", server.url));
        }
        for (old, new) in servers.both {
            let what = format!("description of the server {}", new.url);
            self.words(API, &what, &old.description, &new.description);
        }
        for server in servers.added {
            self.add(&rules::SERVER_ADDED, API, format!("the server {} is added", server.url));
        }
        self.differ(&rules::STUDIO_CHANGED, API, (&old.studio, &new.studio), |_, _| {
            "the facts about Coze Studio change".to_owned()
        });
        self.differ(&rules::ENVELOPE_CHANGED, API, (&old.envelope, &new.envelope), |_, _| {
            "the fields around the payload of a response change".to_owned()
        });
    }

    pub(super) fn resources(&mut self) {
        let resources = pair(&self.old.resources, &self.new.resources, |resource| &resource.name);
        for (old, new) in resources.both {
            self.words(&new.name, "description", &old.description, &new.description);
            if old.aliases != new.aliases {
                let message = "its further names in the documentation change";
                self.add(&rules::WORDS_CHANGED, &new.name, message);
            }
        }
        // Resources come and go with their operations.
        for (old, new) in pair(groups(self.old), groups(self.new), |group| &group.path).both {
            let accessors = (&old.accessor, &new.accessor);
            self.differ(&rules::ACCESSOR_RENAMED, &new.path.join("."), accessors, |old, new| {
                format!("the type `{old}` of the accessor is renamed to `{new}`")
            });
        }
    }
}

fn groups(api: &Api) -> impl Iterator<Item = &Group> {
    api.resources.iter().flat_map(|resource| resource.group.walk())
}
