//! Channels and callbacks.

use super::{Comparison, pair, rules};

impl Comparison<'_> {
    pub(super) fn channels(&mut self) {
        let paired = pair(&self.old.channels, &self.new.channels, |channel| &channel.name);
        for channel in paired.removed {
            self.add(&rules::CHANNEL_REMOVED, &channel.id(), "the channel is removed");
        }
        for (old, new) in paired.both {
            let item = &new.id();
            self.differ(&rules::ROUTE_CHANGED, item, (&old.path, &new.path), |old, new| {
                let text = |path: &Option<String>| path.clone().unwrap_or("no path".to_owned());
                format!("{} becomes {}", text(old), text(new))
            });
            let builders = (&old.builder, &new.builder);
            self.differ(&rules::BUILDER_RENAMED, item, builders, |old, new| {
                format!("the type `{old}` is renamed to `{new}`")
            });
            self.params(item, &old.params, &new.params);
            self.words(item, "description", &old.description, &new.description);
            if old.page != new.page {
                self.add(&rules::WORDS_CHANGED, item, "the documentation page changes");
            }
            self.permissions(item, &old.permissions, &new.permissions);
        }
        for channel in paired.added {
            let message = format!("new channel: {}", channel.summary());
            self.add(&rules::CHANNEL_ADDED, &channel.id(), message);
        }
    }

    pub(super) fn webhooks(&mut self) {
        let (old, new) = (self.old.webhooks.iter(), self.new.webhooks.iter());
        let old = old.flat_map(|webhooks| &webhooks.items);
        let new = new.flat_map(|webhooks| &webhooks.items);
        let paired = pair(old, new, |webhook| &webhook.event.wire);
        for webhook in paired.removed {
            self.add(&rules::CALLBACK_REMOVED, &webhook.event.wire, "the callback is removed");
        }
        for (old, new) in paired.both {
            let item = &new.event.wire;
            let schema = |answer: &Option<crate::model::Answer>| {
                answer.as_ref().map(|answer| answer.schema.clone())
            };
            if (&old.header, schema(&old.answer)) != (&new.header, schema(&new.answer)) {
                let message = "the header or the response of the callback changes";
                self.add(&rules::CALLBACK_CHANGED, item, message);
            }
        }
        for webhook in paired.added {
            self.add(&rules::CALLBACK_ADDED, &webhook.event.wire, "new callback");
        }
    }
}
