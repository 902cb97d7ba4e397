//! Pages, in every shape that the API has.

use serde_json::{Map, Value, json};

use crate::error::ApiError;
use crate::request::Request;

/// How the pages of an operation follow each other, as `x-coze-paging` of the spec says it.
#[derive(Clone, Debug)]
pub struct Paging {
    style: Style,
    size: String,
    items: String,
    total: Option<String>,
    more: Option<String>,
}

#[derive(Clone, Debug)]
enum Style {
    Page { page: String },
    Token { token: String, next: String },
    Cursor { before: String, after: String, first: String, last: String },
}

/// What a page without a documented size holds.
const SIZE: usize = 20;

impl Paging {
    pub(crate) fn read(spec: &Value) -> Option<Self> {
        let name = |key: &str| spec[key].as_str().map(str::to_owned);
        let style = match spec["style"].as_str()? {
            "page" => Style::Page { page: name("page")? },
            "token" => Style::Token { token: name("token")?, next: name("next")? },
            "cursor" => Style::Cursor {
                before: name("before")?,
                after: name("after")?,
                first: name("first")?,
                last: name("last")?,
            },
            _ => return None,
        };
        Some(Self {
            style,
            size: name("size")?,
            items: name("items")?,
            total: name("total"),
            more: name("more"),
        })
    }

    /// The page for which a request asks, out of all items in their order.
    pub(crate) fn cut(&self, request: &Request, all: Vec<Value>) -> Result<Value, ApiError> {
        let size = self.size_of(request)?;
        let total = all.len();
        let (start, end) = match &self.style {
            Style::Page { page } => {
                let number = request.integer(page).unwrap_or(1);
                let number = usize::try_from(number).ok().filter(|number| *number > 0);
                let number = number.ok_or_else(|| ApiError::field(page, "pages count from 1"))?;
                span((number - 1).saturating_mul(size), size, total)
            }
            Style::Token { token, .. } => span(offset(token, request)?, size, total),
            Style::Cursor { before, after, .. } => around(request, &all, (before, after), size)?,
        };
        Ok(self.payload(all, start, end, request))
    }

    /// The items of a page.
    pub(crate) fn items(&self, payload: &Value) -> Vec<Value> {
        payload[&self.items].as_array().cloned().unwrap_or_default()
    }

    fn size_of(&self, request: &Request) -> Result<usize, ApiError> {
        let Some(size) = request.integer(&self.size) else { return Ok(SIZE) };
        let size = usize::try_from(size).ok().filter(|size| *size > 0);
        size.ok_or_else(|| ApiError::field(&self.size, "a page has at least one item"))
    }

    fn payload(&self, all: Vec<Value>, start: usize, end: usize, request: &Request) -> Value {
        let total = all.len();
        let backwards = matches!(&self.style, Style::Cursor { before, after, .. }
            if named(request.text(before)) && !named(request.text(after)));
        let more = if backwards { start > 0 } else { end < total };
        let items: Vec<Value> = all.into_iter().skip(start).take(end - start).collect();
        let mut payload = Map::new();
        match &self.style {
            Style::Page { .. } => {}
            Style::Token { next, .. } => {
                let token = if more { end.to_string() } else { String::new() };
                payload.insert(next.clone(), json!(token));
            }
            Style::Cursor { first, last, .. } => {
                let id = |item: Option<&Value>| {
                    item.map_or_else(|| json!(""), |item| item["id"].clone())
                };
                payload.insert(first.clone(), id(items.first()));
                payload.insert(last.clone(), id(items.last()));
            }
        }
        payload.insert(self.items.clone(), Value::Array(items));
        if let Some(name) = &self.total {
            payload.insert(name.clone(), json!(total));
        }
        if let Some(name) = &self.more {
            payload.insert(name.clone(), json!(more));
        }
        Value::Object(payload)
    }
}

/// The items right after one of them, or right before; the first ones if no place is named.
fn around(
    request: &Request,
    all: &[Value],
    (before, after): (&str, &str),
    size: usize,
) -> Result<(usize, usize), ApiError> {
    let total = all.len();
    let position = |name: &str| {
        let id = request.text(name);
        if id.is_empty() || id == "0" {
            return Ok(None);
        }
        match all.iter().position(|item| item["id"] == id) {
            // What the spec's example asks for is the first page.
            None if request.operation().is_example(name, id) => Ok(None),
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

fn named(id: &str) -> bool {
    !id.is_empty() && id != "0"
}

fn span(start: usize, size: usize, total: usize) -> (usize, usize) {
    let start = start.min(total);
    (start, start.saturating_add(size).min(total))
}

/// A token of ours is the number of items before the page.
fn offset(name: &str, request: &Request) -> Result<usize, ApiError> {
    match request.text(name) {
        "" => Ok(0),
        // What the spec's example asks for is the first page.
        token if request.operation().is_example(name, token) => Ok(0),
        token => token.parse().map_err(|_| ApiError::field(name, "no page has this token")),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;
    use crate::behavior;
    use crate::reply::Content;
    use crate::request::Payload;
    use crate::route::OperationRef;
    use crate::spec::{Operation, Spec};

    /// A request to an operation with these parameters.
    fn request(operation: &'static Operation, parameters: Value) -> Request {
        let Value::Object(parameters) = parameters else { panic!("they have names") };
        Request {
            method: Method::GET,
            path: operation.path.clone(),
            headers: HeaderMap::new(),
            operation: OperationRef::Spec(operation),
            parameters,
            query: Vec::new(),
            body: Payload::Nothing,
        }
    }

    /// Every operation with pages is walked through, as its clients do it: each item comes once, in order.
    #[test]
    fn every_walk_ends_with_everything_seen() {
        let all: Vec<Value> = (1..=7).map(|id| json!({"id": id.to_string()})).collect();
        let mut styles = [0; 3];
        for operation in Spec::get().operations() {
            let Some(paging) = &operation.paging else { continue };
            let mut seen = Vec::new();
            let mut parameters = json!({&paging.size: 3});
            for page in 1..=3 {
                if let Style::Page { page: name } = &paging.style {
                    parameters[name] = json!(page);
                }
                let request = request(operation, parameters.clone());
                let payload = paging.cut(&request, all.clone()).unwrap();
                seen.extend(payload[&paging.items].as_array().unwrap().clone());
                if let Some(more) = &paging.more {
                    assert_eq!(payload[more], page < 3, "{}", operation.id);
                }
                if let Some(total) = &paging.total {
                    assert_eq!(payload[total], 7, "{}", operation.id);
                }
                match &paging.style {
                    Style::Page { .. } => styles[0] += 1,
                    Style::Token { token, next } => {
                        styles[1] += 1;
                        parameters[token] = payload[next].clone();
                    }
                    Style::Cursor { after, last, .. } => {
                        styles[2] += 1;
                        parameters[after] = payload[last].clone();
                    }
                }
            }
            assert_eq!(seen, all, "{}", operation.id);
        }
        assert!(styles.iter().all(|count| *count > 0), "{styles:?}");
    }

    /// An example that says that more follows would be walked through for ever.
    #[test]
    fn the_examples_of_lists_come_to_an_end() {
        for operation in Spec::get().operations() {
            let Some(paging) = &operation.paging else { continue };
            let example = operation.payload_of(&operation.json.as_ref().unwrap().example);
            let asked = request(operation, json!({&paging.size: 100}));
            let Content::Json(body) = behavior::example(&asked).content else {
                panic!("{} answers otherwise", operation.id)
            };
            let payload = operation.payload_of(&body);
            assert_eq!(payload[&paging.items], example[&paging.items], "{}", operation.id);
            if let Some(more) = &paging.more {
                assert_eq!(payload[more], false, "{}", operation.id);
            }
            if let Style::Page { page } = &paging.style {
                let asked = request(operation, json!({&paging.size: 100, page: 2}));
                let Content::Json(body) = behavior::example(&asked).content else {
                    panic!("{} answers otherwise", operation.id)
                };
                let payload = operation.payload_of(&body);
                assert_eq!(payload[&paging.items], json!([]), "{}", operation.id);
            }
        }
    }

    #[test]
    fn places_that_do_not_exist_are_refused() {
        let operation = Spec::get().operation("api_apps.list").unwrap();
        let paging = operation.paging.as_ref().unwrap();
        let error = paging.cut(&request(operation, json!({"page_token": "x"})), Vec::new());
        assert!(error.unwrap_err().msg.contains("`page_token`"));
    }
}
