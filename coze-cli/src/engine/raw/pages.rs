//! The pages of a list that the model lacks. Its responses tell the layout.

use std::collections::VecDeque;

use coze_api::{Client, Error, ErrorKind};
use futures_core::Stream;
use futures_util::stream;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{RawBody, RawRequest};
use crate::engine::CallEvent;
use crate::json;
use crate::language::say;

/// The parameter with the number of a page, unless the request has another one.
const PAGE: &str = "page_num";

/// Fetches pages one after another.
struct Pager {
    client: Client,
    next: Option<RawRequest>,
    items: VecDeque<String>,
    /// The number of items up to the end of the current page.
    seen: usize,
    /// The items of the previous page.
    last: Vec<String>,
}

/// Streams the items of all pages.
pub(in crate::engine) fn items(
    client: Client,
    request: RawRequest,
) -> impl Stream<Item = coze_api::Result<CallEvent>> + Send {
    let pager =
        Pager { client, next: Some(request), items: VecDeque::new(), seen: 0, last: Vec::new() };
    stream::try_unfold(pager, |mut pager| async move {
        loop {
            if let Some(item) = pager.items.pop_front() {
                return Ok(Some((CallEvent::Item(item), pager)));
            }
            let Some(request) = pager.next.take() else { return Ok(None) };
            pager.fetch(request).await?;
        }
    })
}

impl Pager {
    /// Fetches a page, and determines the request for the next one.
    async fn fetch(&mut self, mut request: RawRequest) -> coze_api::Result<()> {
        let response = request.clone().build(&self.client).exchange().await?.into_result()?;
        let body = response.text();
        let page = Page::of(&body).ok_or_else(|| {
            Error::new(ErrorKind::Decode, say!("the response has no list", "响应中没有列表"))
        })?;
        let items: Vec<String> = page.items.iter().map(|item| item.get().to_owned()).collect();
        if !items.is_empty() && items == self.last {
            // A list that tells nothing about pages has only one.
            return if page.has_pages() { Err(repeated(&request)) } else { Ok(()) };
        }
        self.seen = self.seen.saturating_add(items.len());
        if let Some((name, position)) = page.next(&request, self.seen)
            && request.param(&name).as_ref() != Some(&position)
        {
            request.set(&name, &position);
            self.next = Some(request);
        }
        self.items.extend(items.iter().cloned());
        self.last = items;
        Ok(())
    }
}

/// Returns the error for a server that ignores which page is requested.
fn repeated(request: &RawRequest) -> Error {
    let name = request.page_param();
    let message = say!(
        "the list does not end: the server sent the same page again, as if it ignored `{name}`; \
         name the parameter for the number of the page, such as `-f page_index=1`",
        "列表没有结束：服务端再次返回了同一页，可能忽略了 `{name}`；\
         请给出页码参数，例如 `-f page_index=1`",
    );
    Error::new(ErrorKind::Truncated, message)
}

/// A page of a list.
struct Page<'a> {
    items: Vec<&'a RawValue>,
    /// The objects with the items and the position: `data`, and the whole body.
    places: [&'a str; 2],
}

impl<'a> Page<'a> {
    /// Finds the list in a response: `data` itself, or a member of it or of the body. Lists of
    /// objects, and among them `items`, come first.
    fn of(body: &'a str) -> Option<Self> {
        let data = json::member(body, "data").unwrap_or("null");
        let places = [data, body];
        let members = places.iter().filter_map(|place| json::members(place)).flatten();
        let mut lists: Vec<(bool, bool, Vec<&RawValue>)> = members
            .filter_map(|(name, value)| {
                let items = json::items(value.get())?;
                let has_objects = items.iter().any(|item| item.get().starts_with('{'));
                Some((name != "items", !has_objects, items))
            })
            .collect();
        lists.sort_by_key(|(is_other, is_plain, _)| (*is_other, *is_plain));
        let found = json::items(data).or_else(|| Some(lists.into_iter().next()?.2))?;
        Some(Self { items: found, places })
    }

    /// Returns the text of a member, unless it is empty.
    fn text(&self, name: &str) -> Option<String> {
        let member = self.places.iter().find_map(|place| json::member(place, name))?;
        let text = serde_json::from_str(member).unwrap_or_else(|_| member.to_owned());
        Some(text).filter(|text| !matches!(text.as_str(), "" | "null"))
    }

    fn more(&self) -> Option<bool> {
        self.text("has_more").map(|more| matches!(more.as_str(), "true" | "1"))
    }

    fn total(&self) -> Option<usize> {
        self.text("total")?.parse().ok()
    }

    /// Returns `true` if the response tells something about pages.
    fn has_pages(&self) -> bool {
        self.more().is_some() || self.total().is_some()
    }

    /// Returns the parameter that requests the next page, and its value. `seen` items were in the
    /// pages so far.
    fn next(&self, request: &RawRequest, seen: usize) -> Option<(String, Value)> {
        let more = self.more();
        if more == Some(false) {
            return None;
        }
        if let Some(token) = self.text("next_page_token") {
            return Some(("page_token".to_owned(), token.into()));
        }
        if self.items.is_empty() || (more.is_none() && self.total().is_some_and(|it| seen >= it)) {
            return None;
        }
        let backwards = request.param("before_id").is_some() && request.param("after_id").is_none();
        let (name, edge) =
            if backwards { ("before_id", "first_id") } else { ("after_id", "last_id") };
        if let Some(id) = self.text(edge) {
            return Some((name.to_owned(), id.into()));
        }
        let name = request.page_param();
        let number = request.param(&name).and_then(|number| match number {
            Value::String(text) => text.parse().ok(),
            number => number.as_i64(),
        });
        let next = number.unwrap_or(1_i64).saturating_add(1);
        Some((name, next.into()))
    }
}

impl RawRequest {
    /// Returns the value of a parameter in the query or in the JSON body.
    fn param(&self, name: &str) -> Option<Value> {
        let in_query = self.query.iter().find(|(known, _)| known == name);
        in_query.map(|(_, value)| value.as_str().into()).or_else(|| {
            let RawBody::Json(body) = &self.body else { return None };
            serde_json::from_str(json::member(body.get(), name)?).ok()
        })
    }

    /// Returns the name of the parameter with the number of the page.
    fn page_param(&self) -> String {
        let is_page = |name: &str| {
            let name = name.to_lowercase();
            name.contains("page") && !["size", "token", "limit"].iter().any(|it| name.contains(it))
        };
        let mut names: Vec<String> = self.query.iter().map(|(name, _)| name.clone()).collect();
        if let RawBody::Json(body) = &self.body {
            let members = json::members(body.get()).unwrap_or_default();
            names.extend(members.into_iter().map(|(name, _)| name));
        }
        names.into_iter().find(|name| is_page(name)).unwrap_or_else(|| PAGE.to_owned())
    }

    /// Sets a parameter where the request has it, and otherwise in the JSON object of the body, or
    /// in the query if there is none.
    fn set(&mut self, name: &str, value: &Value) {
        let in_query = self.query.iter().any(|(known, _)| known == name);
        if !in_query
            && let RawBody::Json(body) = &mut self.body
            && let Some(members) = json::members(body.get())
        {
            // Numbers of any length stay unchanged.
            let others = members.iter().filter(|(known, _)| known != name);
            let mut texts: Vec<String> =
                others.map(|(name, value)| format!("{}:{}", Value::from(&**name), value)).collect();
            texts.push(format!("{}:{value}", Value::from(name)));
            if let Ok(changed) = RawValue::from_string(format!("{{{}}}", texts.join(","))) {
                *body = changed;
            }
            return;
        }
        self.query.retain(|(known, _)| known != name);
        self.query.push((name.to_owned(), crate::output::cell(Some(value))));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic fails the test")]
mod tests {
    use coze_api::Method;

    use super::*;

    fn request(query: &[(&str, &str)], body: Option<&str>) -> RawRequest {
        let query = query.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let json = |body: &str| RawBody::Json(RawValue::from_string(body.to_owned()).unwrap());
        RawRequest {
            method: Method::GET,
            path: "/v1/new".to_owned(),
            query: query.collect(),
            headers: Vec::new(),
            body: body.map_or(RawBody::Empty, json),
        }
    }

    fn next(body: &str, query: &[(&str, &str)], seen: usize) -> Option<(String, Value)> {
        Page::of(body).unwrap().next(&request(query, None), seen)
    }

    #[test]
    fn the_list_is_found() {
        for (body, count) in [
            (r#"{"data": [1, 2]}"#, 2),
            (r#"{"data": {"items": [], "tags": [1]}}"#, 0),
            (r#"{"data": {"tags": ["a", "b"], "space_bots": [{"id": 1}]}}"#, 1),
            (r#"{"code": 0, "document_infos": [{}, {}, {}]}"#, 3),
            (r#"{"data": {"tags": ["a", "b"]}}"#, 2),
        ] {
            assert_eq!(Page::of(body).map(|page| page.items.len()), Some(count), "{body}");
        }
        for body in [r#"{"data": {"id": 1}}"#, "[]", "x"] {
            assert!(Page::of(body).is_none(), "{body}");
        }
    }

    #[test]
    fn the_next_page_is_determined() {
        let set = |name: &str, value: Value| Some((name.to_owned(), value));
        let list = |rest: &str| format!(r#"{{"data": {{"items": [{{"id": 1}}] {rest}}}}}"#);
        for (rest, query, expected) in [
            ("", &[][..], set("page_num", 2.into())),
            (r#", "has_more": false"#, &[], None),
            (r#", "has_more": true"#, &[("page_index", "4")], set("page_index", 5.into())),
            (r#", "total": 2"#, &[("page_size", "1")], set("page_num", 2.into())),
            (r#", "total": "1""#, &[], None),
            (r#", "next_page_token": "t""#, &[], set("page_token", "t".into())),
            (r#", "next_page_token": "", "has_more": false"#, &[], None),
            (
                r#", "has_more": true, "last_id": "7", "first_id": "5""#,
                &[],
                set("after_id", "7".into()),
            ),
            (
                r#", "has_more": true, "last_id": "7", "first_id": "5""#,
                &[("before_id", "9")],
                set("before_id", "5".into()),
            ),
        ] {
            assert_eq!(next(&list(rest), query, 1), expected, "{rest}");
        }
        assert_eq!(next(r#"{"data": {"items": [], "has_more": true}}"#, &[], 0), None);
    }

    #[test]
    fn a_position_is_set_where_the_request_has_it() {
        let body = r#"{"id": 12345678901234567890123, "page_num": 1}"#;
        let mut changed = request(&[], Some(body));
        changed.set("page_num", &2.into());
        let RawBody::Json(json) = &changed.body else { unreachable!() };
        assert_eq!(json.get(), r#"{"id":12345678901234567890123,"page_num":2}"#);
        assert_eq!(changed.param("page_num"), Some(2.into()));
        let mut changed = request(&[("page_num", "1"), ("a", "b")], Some(body));
        changed.set("page_num", &2.into());
        let expected = [("a".to_owned(), "b".to_owned()), ("page_num".to_owned(), "2".to_owned())];
        assert_eq!(changed.query, expected);
    }
}
