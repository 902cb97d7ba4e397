//! The parts of a request that another platform needs and the cloud does not.

use std::borrow::Cow;

use super::{Call, set};
use crate::base::error::{Error, Kind, Result};
use crate::base::platform::{Platform, STUDIO, Sent, Served};
use crate::wire::body::{Body, Member};

impl Call {
    /// Returns an error if the platform of the client does not have the operation.
    pub(super) fn check_platform(&self) -> Result<()> {
        let platform = self.client().platform();
        if !platform.facts().is_some_and(|facts| facts.lacks(self.operation())) {
            return Ok(());
        }
        let msg = format!("{platform} does not have this operation; nothing was sent");
        Err(Error::from_kind(Kind::Unsupported { code: None, msg }))
    }

    /// Returns the request as the platform of the client needs it.
    pub(crate) fn for_platform(&self) -> Cow<'_, Self> {
        let facts = self.client().platform().facts();
        match facts.and_then(|facts| facts.operation(self.operation())) {
            Some(served) => Cow::Owned(self.clone().served(served)),
            None => Cow::Borrowed(self),
        }
    }

    /// Returns the request for the path of the other platform, if there is one and the server has
    /// refused the path of the cloud as that platform does.
    pub(crate) fn for_other_platform(&self, error: &Error) -> Option<Self> {
        if !error.is_unsupported() || self.client().platform() != Platform::Cloud {
            return None;
        }
        let served = STUDIO.operation(self.operation())?;
        served.path.is_some().then(|| self.clone().served(served))
    }

    /// Returns `true` if the client does not know the platform, and the first page of the operation
    /// has another number there.
    pub(crate) fn may_count_otherwise(&self) -> bool {
        let served = STUDIO.operation(self.operation());
        self.client().platform() == Platform::Cloud
            && served.is_some_and(|served| served.first_page.is_some())
    }

    fn served(mut self, served: &Served) -> Self {
        if let Some(path) = served.path {
            let has = |name: &str| path.contains(&format!("{{{name}}}"));
            let params = std::mem::take(&mut self.0.path_params);
            let (kept, moved) = params.into_iter().partition(|(name, _)| has(name));
            self.0.path_params = kept;
            let moved: Vec<(&'static str, String)> = moved;
            for (name, value) in moved {
                let value = percent_encoding::percent_decode_str(&value).decode_utf8_lossy();
                set(&mut self.0.query, Cow::Borrowed(name), value.into_owned());
            }
            self.0.path = Cow::Borrowed(path);
        }
        if let Some((name, first)) = served.first_page
            && let Some(page) = self.param::<i64>(name)
        {
            self = self.set(name, page.saturating_sub(1).saturating_add(first));
        }
        for value in served.send {
            match *value {
                Sent::Query(name, text) if !self.0.query.iter().any(|(key, _)| key == name) => {
                    self.0.query.push((Cow::Borrowed(name), text.to_owned()));
                }
                Sent::Body(name, json) if !self.has_member(name) => {
                    let member = Member::Value(json.to_owned());
                    self.members().push((Cow::Borrowed(name), member));
                }
                Sent::Query(..) | Sent::Body(..) => {}
            }
        }
        self
    }

    fn has_member(&self, name: &str) -> bool {
        match &self.0.body {
            Body::Object(members) => members.iter().any(|(key, _)| *key == name),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::client::Client;

    fn client(platform: Platform) -> Client {
        Client::builder().token("t").platform(platform).build().expect("valid")
    }

    fn sent(call: &Call) -> (String, String) {
        let call = call.for_platform();
        let json = call.body().to_json().unwrap_or_default();
        let url = call.url().expect("a URL");
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        (format!("{}{query}", url.path()), String::from_utf8(json.to_vec()).expect("UTF-8"))
    }

    #[test]
    fn paths_and_values_follow_the_platform() {
        let (cloud, studio) = (client(Platform::Cloud), client(Platform::Studio));
        let history = |client: &Client| {
            Call::new(client, "workflows.runs.run_histories.retrieve")
                .get("/v1/workflows/{workflow_id}/run_histories/{execute_id}")
                .path_param("workflow_id", "1")
                .path_param("execute_id", "2 a")
        };
        assert_eq!(sent(&history(&cloud)).0, "/v1/workflows/1/run_histories/2%20a");
        let path = "/v1/workflow/get_run_history?workflow_id=1&execute_id=2%20a";
        assert_eq!(sent(&history(&studio)).0, path);

        let list = |client: &Client| Call::new(client, "conversations.list").get("/v1/x");
        assert_eq!(sent(&list(&cloud)).0, "/v1/x");
        assert_eq!(sent(&list(&studio)).0, "/v1/x?page_num=1&page_size=50");
        let given = list(&studio).query("page_size", 3);
        assert_eq!(sent(&given).0, "/v1/x?page_size=3&page_num=1");

        let documents = |client: &Client| {
            Call::new(client, "datasets.documents.list").post("/v1/x").field("dataset_id", "7")
        };
        assert_eq!(sent(&documents(&cloud)).1, r#"{"dataset_id":"7"}"#);
        assert_eq!(sent(&documents(&studio)).1, r#"{"dataset_id":"7","page":0,"size":10}"#);
        let second = documents(&studio).field("page", 2).field("size", 5);
        assert_eq!(sent(&second).1, r#"{"dataset_id":"7","page":1,"size":5}"#);
        // The request that the caller made is unchanged: pages are counted by it.
        assert_eq!(second.param::<i64>("page"), Some(2));
    }

    #[test]
    fn operations_that_are_not_served_are_refused() {
        let call = |platform| Call::new(&client(platform), "users.me").get("/v1/users/me");
        let error = call(Platform::Studio).check().expect_err("not served");
        assert!(error.is_unsupported() && error.code().is_none(), "{error}");
        assert!(error.to_string().contains("Coze Studio does not have"), "{error}");
        call(Platform::Cloud).check().expect("served");
        Call::new(&client(Platform::Studio), "GET /v1/users/me").check().expect("a raw call");
    }
}
