//! Pages, in every paging style of the API.

use coze_spec::model::{Operation, Paging, PagingStyle, Platform};
use serde_json::{Map, Value, json};

use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::spec::{is_flat, payload};
use crate::studio;

/// Returns the page that a request asks for, given all items in order.
pub(crate) fn reply(
    operation: &Operation,
    platform: Platform,
    request: &Request,
    all: Vec<Value>,
) -> Result<Reply, ApiError> {
    let paging = operation.paging.as_ref();
    let paging = paging
        .ok_or_else(|| ApiError::internal(format_args!("{} does not have pages", operation.id)))?;
    let payload = match platform {
        Platform::Cloud => page(paging, request, all)?,
        Platform::Studio => studio::page(operation, paging, request, all),
    };
    Ok(if is_flat(operation) { Reply::flat(payload) } else { Reply::data(payload) })
}

/// Returns the items of the spec's example page.
pub(crate) fn example_items(operation: &Operation, paging: &Paging) -> Vec<Value> {
    let example = operation.example.as_ref().map(|example| payload(operation, example));
    example.and_then(|page| page[&paging.items.wire].as_array().cloned()).unwrap_or_default()
}

/// Returns the payload of a page.
fn page(paging: &Paging, request: &Request, all: Vec<Value>) -> Result<Value, ApiError> {
    let size = &paging.size.wire;
    let size = number(size, request.integer(size).unwrap_or(paging.default_size), 1)?;
    let total = all.len();
    let (start, end) = match &paging.style {
        PagingStyle::Counted { page, .. } | PagingStyle::Flagged { page, .. } => {
            let number = number(&page.wire, request.integer(&page.wire).unwrap_or(1), 1)?;
            span((number - 1).saturating_mul(size), size, total)
        }
        PagingStyle::Token { token, .. } => span(offset(&token.wire, request)?, size, total),
        PagingStyle::Cursor { before, after, .. } => {
            around(request, &all, (&before.wire, &after.wire), size)?
        }
    };
    let backwards = matches!(&paging.style, PagingStyle::Cursor { before, after, .. }
        if is_id(request.text(&before.wire)) && !is_id(request.text(&after.wire)));
    let has_more = if backwards { start > 0 } else { end < total };
    let items: Vec<Value> = all.into_iter().skip(start).take(end - start).collect();
    let mut payload = Map::new();
    match &paging.style {
        PagingStyle::Counted { total: name, .. } => {
            payload.insert(name.wire.clone(), json!(total));
        }
        PagingStyle::Flagged { .. } => {}
        PagingStyle::Token { next, .. } => {
            let token = if has_more { end.to_string() } else { String::new() };
            payload.insert(next.wire.clone(), json!(token));
        }
        PagingStyle::Cursor { first, last, .. } => {
            let id =
                |item: Option<&Value>| item.map_or_else(|| json!(""), |item| item["id"].clone());
            payload.insert(first.wire.clone(), id(items.first()));
            payload.insert(last.wire.clone(), id(items.last()));
        }
    }
    if let Some(more) = paging.style.more() {
        payload.insert(more.wire.clone(), json!(has_more));
    }
    if let Some(task) = &paging.task {
        payload.insert(task.wire.clone(), json!(""));
    }
    payload.insert(paging.items.wire.clone(), Value::Array(items));
    Ok(Value::Object(payload))
}

/// Returns the items directly after one of them, or directly before it; the first ones if none is
/// named.
fn around(
    request: &Request,
    all: &[Value],
    (before, after): (&str, &str),
    size: usize,
) -> Result<(usize, usize), ApiError> {
    let total = all.len();
    let position = |name: &str| {
        let id = request.text(name);
        if !is_id(id) {
            return Ok(None);
        }
        match all.iter().position(|item| item["id"] == id) {
            // The example of the spec asks for the first page.
            None if request.endpoint.is_example(name, id) => Ok(None),
            None => Err(ApiError::field(name, "there is no such item")),
            position => Ok(position),
        }
    };
    if let Some(position) = position(after)? {
        return Ok(span(position + 1, size, total));
    }
    if let Some(position) = position(before)? {
        return Ok((position.saturating_sub(size), position));
    }
    Ok(span(0, size, total))
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text != "0"
}

fn number(name: &str, number: i64, min: usize) -> Result<usize, ApiError> {
    let number = usize::try_from(number).ok().filter(|number| *number >= min);
    number.ok_or_else(|| ApiError::field(name, format_args!("it must be at least {min}")))
}

fn span(start: usize, size: usize, total: usize) -> (usize, usize) {
    let start = start.min(total);
    (start, start.saturating_add(size).min(total))
}

/// A page token of the mock is the number of items before the page.
fn offset(name: &str, request: &Request) -> Result<usize, ApiError> {
    match request.text(name) {
        "" => Ok(0),
        // The example of the spec asks for the first page.
        token if request.endpoint.is_example(name, token) => Ok(0),
        token => token.parse().map_err(|_| ApiError::field(name, "no page has this token")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::{HeaderMap, Method};

    use super::*;
    use crate::behavior;
    use crate::endpoint::Endpoint;
    use crate::reply::Content;
    use crate::request::Payload;
    use crate::spec::api;

    /// Returns a request to an operation with these parameters.
    fn request(operation: &'static Operation, parameters: Value) -> Request {
        let Value::Object(parameters) = parameters else { panic!("parameters have names") };
        Request {
            method: Method::GET,
            path: operation.path.clone(),
            headers: HeaderMap::new(),
            endpoint: Arc::new(Endpoint::of(operation, Platform::Cloud)),
            parameters,
            query: Vec::new(),
            body: Payload::Nothing,
        }
    }

    fn paged() -> impl Iterator<Item = (&'static Operation, &'static Paging)> {
        api().operations().filter_map(|operation| Some((operation, operation.paging.as_ref()?)))
    }

    /// Returns the parameter that selects the page, and its value for the next page.
    fn next(style: &PagingStyle, payload: &Value, page: i64) -> (String, Value) {
        match style {
            PagingStyle::Counted { page: name, .. } | PagingStyle::Flagged { page: name, .. } => {
                (name.wire.clone(), json!(page))
            }
            PagingStyle::Token { token, next, .. } => {
                (token.wire.clone(), payload[&next.wire].clone())
            }
            PagingStyle::Cursor { after, last, .. } => {
                (after.wire.clone(), payload[&last.wire].clone())
            }
        }
    }

    /// Walks through every paged operation as clients do, and expects each item once and in order.
    #[test]
    fn every_walk_returns_all_items_and_ends() {
        let all: Vec<Value> = (1..=7).map(|id| json!({"id": id.to_string()})).collect();
        let mut walks = 0;
        for (operation, paging) in paged() {
            let mut seen = Vec::new();
            let mut parameters = json!({&paging.size.wire: 3});
            for number in 1..=3 {
                let request = request(operation, parameters.clone());
                let payload = page(paging, &request, all.clone()).unwrap();
                seen.extend(payload[&paging.items.wire].as_array().unwrap().clone());
                if let Some(more) = paging.style.more() {
                    assert_eq!(payload[&more.wire], number < 3, "{}", operation.id);
                }
                if let PagingStyle::Counted { total, .. } = &paging.style {
                    assert_eq!(payload[&total.wire], 7, "{}", operation.id);
                }
                let (name, value) = next(&paging.style, &payload, number + 1);
                parameters[name] = value;
            }
            assert_eq!(seen, all, "{}", operation.id);
            walks += 1;
        }
        assert!(walks > 20, "{walks}");
    }

    /// An example that announces more pages must not make a walk endless.
    #[test]
    fn walks_through_examples_of_lists_end() {
        for (operation, paging) in paged() {
            let payload = |parameters: Value| {
                let Content::Json(body) =
                    behavior::example(&request(operation, parameters)).content
                else {
                    panic!("{} does not answer with JSON", operation.id)
                };
                crate::spec::payload(operation, &body).clone()
            };
            let first = payload(json!({&paging.size.wire: 100}));
            let items = &first[&paging.items.wire];
            assert_eq!(items, &json!(example_items(operation, paging)), "{}", operation.id);
            if let Some(more) = paging.style.more() {
                assert_eq!(first[&more.wire], false, "{}", operation.id);
            }
            if let PagingStyle::Counted { page, .. } | PagingStyle::Flagged { page, .. } =
                &paging.style
            {
                let second = payload(json!({&paging.size.wire: 100, &page.wire: 2}));
                assert_eq!(second[&paging.items.wire], json!([]), "{}", operation.id);
            }
        }
    }

    #[test]
    fn unknown_tokens_are_refused() {
        let operation = api().operation("api_apps.list").unwrap();
        let paging = operation.paging.as_ref().unwrap();
        let error = page(paging, &request(operation, json!({"page_token": "x"})), Vec::new());
        assert!(error.unwrap_err().msg.contains("`page_token`"));
    }
}
