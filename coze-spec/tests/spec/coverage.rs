//! The real spec and the lists of the real documentation.

use std::path::Path;

use coze_spec::documented::{Coverage, Documentation, FIELDS, OMISSIONS, PAGES, PageKind, compare};

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn coverage() -> Coverage {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let [pages, fields, omissions] = &[PAGES, FIELDS, OMISSIONS].map(read);
    coze_spec::load(&spec)
        .and_then(|document| compare(&document, Documentation { pages, fields, omissions }))
        .unwrap_or_else(|findings| panic!("{findings}"))
}

#[test]
fn the_spec_covers_every_documented_operation_and_field() {
    let coverage = coverage();
    assert!(coverage.findings.is_empty(), "{}", coverage.findings);
    let covered_or_omitted = coverage.covered_fields + coverage.omitted_fields;
    assert_eq!(covered_or_omitted, coverage.documented_fields);
    let missing: Vec<_> = coverage
        .pages
        .iter()
        .filter(|covered| covered.page.kind.needs_cover() && covered.id.is_none())
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn the_fields_of_every_page_are_listed() {
    let fields = read(FIELDS);
    let listed = |slug: &str| {
        fields.lines().any(|line| line.split_once('\t').is_some_and(|(first, _)| first == slug))
    };
    let coverage = coverage();
    let pages = coverage.pages.iter().map(|covered| &covered.page);
    let pages = pages.filter(|page| matches!(page.kind, PageKind::Http | PageKind::Event));
    let without: Vec<_> =
        pages.filter_map(|page| page.slug.as_deref()).filter(|slug| !listed(slug)).collect();
    assert!(without.is_empty(), "{FIELDS} lacks the pages {without:?}");
}

#[test]
fn the_table_of_contents_is_unambiguous() {
    let coverage = coverage();
    for (index, covered) in coverage.pages.iter().enumerate() {
        let page = &covered.page;
        let mut earlier = coverage.pages[..index].iter().map(|covered| &covered.page);
        let duplicate = earlier.find(|earlier| {
            let same_route = page.method.is_some()
                && page
                    .route()
                    .zip(earlier.route())
                    .is_some_and(|(one, other)| earlier.method.is_some() && one.matches(&other));
            (page.slug.is_some() && page.slug == earlier.slug) || same_route
        });
        assert!(duplicate.is_none(), "{page:?} and {duplicate:?}");
        let has_method = matches!(page.kind, PageKind::Http | PageKind::Websocket);
        assert_eq!(page.method.is_some() && page.path.is_some(), has_method, "{page:?}");
    }
}
