use super::*;
use crate::load::load_texts;

const SPEC: &str = "
paths:
  /v1/bots:
    get:
      operationId: bots.list
      externalDocs: {url: 'https://docs.coze.cn/developer_guides/list_bots'}
      parameters:
        - {name: page_num, in: query, schema: {type: integer, format: int32}}
      responses:
        '200':
          content:
            text/event-stream:
              schema: {$ref: '#/components/schemas/BotEvent'}
  /v1/users/me:
    get: {operationId: users.me}
  /v1/bots/{id}:
    get: {operationId: bots.retrieve}
    delete: {operationId: bots.delete}
x-webhooks:
  bot.found: {post: {description: A bot was found.}}
components:
  schemas:
    BotEvent:
      type: object
      x-coze-stream: [{event: found, name: Found, data: Bot}]
    Bot: {type: object, properties: {name: {type: string}}}
";

const CHANNEL: &str = "
x-coze-channel:
  path: /v1/bots/talk
  externalDocs: {url: 'https://docs.coze.cn/developer_guides/talk_api'}
  server: [{event: found, data: Bot}]
";

const PAGES_TEXT: &str = "
- {group: Bots, title: A page, kind: http, slug: list_bots, method: GET, path: /v1/bots}
- {group: Bots, title: A page, kind: http, slug: get_bot, method: GET, path: '/v1/bots/{bot_id}'}
- {group: Bots, title: A page, kind: http, slug: create_bot, method: POST, path: /v1/bots}
- {group: Bots, title: No page, kind: http, method: GET, path: /v1/users/me}
- {group: Bots, title: A page, kind: oauth, slug: oauth_jwt}
- {group: Bots, title: A page, kind: websocket, slug: talk_api, method: WS, path: /v1/bots/talk}
- {group: Bots, title: A page, kind: event, slug: bot_events, path: /v1/bots/talk}
- {group: Bots, title: A page, kind: event, slug: bot_lost, path: bot.lost}
";

fn compare_pages(spec: &str, pages: &str) -> Coverage {
    compare_all(spec, pages, "", "")
}

fn compare_fields(fields: &str, omissions: &str) -> Coverage {
    compare_all(SPEC, PAGES_TEXT, fields, omissions)
}

fn compare_all(spec: &str, pages: &str, fields: &str, omissions: &str) -> Coverage {
    let files = [("spec/resources/bots.yaml", spec), ("spec/realtime/talk.yaml", CHANNEL)];
    let document = load_texts(&files).unwrap();
    let fields = &format!("# A comment\n{}\n{fields}", listing::HEADER);
    compare(&document, Documentation { pages, fields, omissions }).unwrap()
}

fn messages(coverage: &Coverage) -> Vec<String> {
    coverage.findings.iter().map(ToString::to_string).collect()
}

/// The numbers of documented, covered and omitted fields.
fn field_counts(coverage: &Coverage) -> [usize; 3] {
    [coverage.documented_fields, coverage.covered_fields, coverage.omitted_fields]
}

#[test]
fn pages_are_covered_by_slug_or_by_route() {
    let coverage = compare_pages(SPEC, PAGES_TEXT);
    let ids: Vec<_> = coverage.pages.iter().map(|covered| covered.id.as_deref()).collect();
    let expected = [
        Some("bots.list"),
        Some("bots.retrieve"),
        None,
        Some("users.me"),
        None,
        Some("realtime.talk"),
        Some("realtime.talk"),
        None,
    ];
    assert_eq!(ids, expected);
    let undocumented: Vec<_> = coverage
        .undocumented
        .iter()
        .map(|entry| (entry.id.as_str(), entry.route.to_string()))
        .collect();
    let expected = [("bots.delete", "DELETE /v1/bots/{id}"), ("webhooks.bot.found", "bot.found")];
    assert_eq!(undocumented, expected.map(|(id, route)| (id, route.to_owned())));
    assert_eq!(messages(&coverage), Vec::<String>::new());
}

#[test]
fn slugs_take_precedence_over_routes() {
    let spec = SPEC.replace(
        "{operationId: bots.delete}",
        "
      operationId: bots.delete
      externalDocs: {url: 'https://docs.coze.cn/developer_guides/get_bot'}",
    );
    let coverage = compare_pages(&spec, PAGES_TEXT);
    assert_eq!(coverage.pages[1].id.as_deref(), Some("bots.delete"));
    let expected = "spec/resources/bots.yaml:18: the route of `bots.delete` is `DELETE /v1/bots/{id}`, \
                    but its page `get_bot` documents `GET /v1/bots/{bot_id}` — ";
    let found = messages(&coverage);
    assert!(found.len() == 1 && found[0].starts_with(expected), "{found:?}");
}

#[test]
fn operations_and_channels_must_agree_with_their_pages() {
    let pages = PAGES_TEXT
        .replace("slug: list_bots,", "")
        .replace("WS, path: /v1/bots/talk", "WS, path: /v1/chat");
    let found = messages(&compare_pages(SPEC, &pages));
    let starts = [
        "spec/realtime/talk.yaml:2: the route of `realtime.talk` is `/v1/bots/talk`, but its page `talk_api` \
         documents `WS /v1/chat`",
        "spec/resources/bots.yaml:4: `bots.list` refers to the page `list_bots`, which the table of contents lacks",
    ];
    assert_eq!(found.len(), starts.len(), "{found:?}");
    for (finding, start) in found.iter().zip(starts) {
        assert!(finding.starts_with(start), "{finding}");
    }
}

#[test]
fn fields_of_pages_without_a_slug_in_the_spec_are_found_by_route() {
    let coverage = compare_fields("bot_events\tfound\tname\nbot_events\tfound\tage\n", "");
    assert_eq!(field_counts(&coverage), [2, 1, 0]);
    let found = messages(&coverage);
    assert!(found[0].contains("`realtime.talk` lacks `age`"), "{found:?}");
}

#[test]
fn fields_in_the_spec_are_counted() {
    let coverage = compare_fields("list_bots\trequest\tpage_num\nlist_bots\tfound\tname\n", "");
    assert_eq!(messages(&coverage), Vec::<String>::new());
    assert_eq!(field_counts(&coverage), [2, 2, 0]);
}

#[test]
fn missing_fields_are_findings() {
    let rows = "list_bots\trequest\tpage_size\nlist_bots\tfound\tpage_num\nnone\tresponse\tid\n";
    let coverage = compare_fields(rows, "");
    let starts = [
        "spec/documented-fields.tsv:3: `bots.list` lacks `page_size` in the request, which the page `list_bots`",
        "spec/documented-fields.tsv:4: `bots.list` lacks `page_num` in the event `found`",
        "spec/documented-fields.tsv:5: no operation covers `id` in the response",
    ];
    let found = messages(&coverage);
    assert_eq!(found.len(), starts.len());
    for (finding, start) in found.iter().zip(starts) {
        assert!(finding.starts_with(start), "{finding}");
        assert!(finding.ends_with("with a reason in docs/coverage.md"), "{finding}");
    }
    assert_eq!(field_counts(&coverage), [3, 0, 0]);
}

#[test]
fn omitted_fields_are_not_findings() {
    let table =
        "Prose.\n\n| page | side |\n|---|---|\n| `list_bots` | `found` | `age` | It has none. |\n";
    let coverage = compare_fields("list_bots\tfound\tage\nlist_bots\tfound\tname\n", table);
    assert_eq!(messages(&coverage), Vec::<String>::new());
    assert_eq!(field_counts(&coverage), [2, 1, 1]);
}

#[test]
fn needless_omissions_are_findings() {
    let table = "| `list_bots` | `found` | `name` | Covered. |\n| `list_bots` | `found` | `x` | Unknown. |\n";
    let found = messages(&compare_fields("list_bots\tfound\tname\n", table));
    assert_eq!(found.len(), 2, "{found:?}");
    for (finding, line) in found.iter().zip(1..) {
        assert!(finding.starts_with(&format!("docs/coverage.md:{line}: ")), "{finding}");
        assert!(finding.ends_with("remove the row"), "{finding}");
    }
}
