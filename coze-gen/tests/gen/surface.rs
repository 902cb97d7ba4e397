//! Edits of the spec that must not change what programs are compiled against.

use std::collections::BTreeSet;

use crate::common::texts_of;

/// Returns the public items of the code for an idiom whose spec is edited.
fn surface(idiom: &str, edits: &[(&str, &str)]) -> BTreeSet<String> {
    let mut texts = texts_of(&[idiom]);
    for (from, to) in edits {
        let places: usize = texts.iter().map(|(_, text)| text.matches(from).count()).sum();
        assert_eq!(places, 1, "{from:?} must be in one place");
        for (_, text) in &mut texts {
            *text = text.replace(from, to);
        }
    }
    let texts: Vec<(&str, &str)> =
        texts.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    let generated = coze_spec::load_texts(&texts).and_then(|spec| coze_gen::generate(&spec));
    let files = generated.unwrap_or_else(|findings| panic!("{findings}")).files;
    let sources = files.iter().filter_map(|(path, text)| {
        let path = path.strip_prefix("coze-api/src").ok()?;
        Some((path.to_str().unwrap_or_else(|| panic!("{}", path.display())), text))
    });
    coze_gen::listing(sources).unwrap_or_else(|(path, error)| panic!("{path}: {error}"))
}

fn line<'a>(surface: &'a BTreeSet<String>, part: &str) -> &'a str {
    let found = surface.iter().find(|line| line.contains(part));
    found.unwrap_or_else(|| panic!("no {part} in {surface:#?}"))
}

#[test]
fn the_order_of_properties_is_not_that_of_arguments() {
    const BUYER: &str =
        "        buyer: {type: string, description: Who buys., minLength: 1, maxLength: 20}\n";
    const ADDRESS: &str =
        "        address: {$ref: '#/components/schemas/Address'}\n        weight:";
    let before = surface("json_body", &[]);
    let moved = [(BUYER, ""), (ADDRESS, &format!("{}{BUYER}        weight:", &ADDRESS[..56]))];
    let after = surface("json_body", &moved);
    assert_eq!(line(&before, "::create("), line(&after, "::create("));
    assert!(before == after, "{:?}", before.symmetric_difference(&after));

    // The list of required properties is the declaration.
    let declared = [("required: [buyer, lines, address]", "required: [address, lines, buyer]")];
    let changed = surface("json_body", &declared);
    assert_ne!(line(&before, "::create("), line(&changed, "::create("));

    let both = [
        ("required: [product]\n", "required: [product, shop]\n"),
        (
            "        amount: {type: integer, format: int32, description: How many of it., default: 1}\n",
            "        shop: {type: string, description: The shop.}\n",
        ),
        ("{product: tea, amount: 2, labels", "{product: tea, shop: a, labels"),
        ("{product: cup}", "{product: cup, shop: b}"),
    ];
    let product = "        product: {type: string, description: What is bought.}\n";
    let before = surface("json_body", &both);
    let mut swapped = both;
    swapped[1].1 = "        shop: {type: string, description: The shop.}\n        product: {type: string, description: What is bought.}\n";
    let swapped: Vec<_> = [(product, "")].into_iter().chain(swapped).collect();
    assert!(line(&before, "OrderLine::new").contains("product"), "{before:#?}");
    assert_eq!(
        line(&before, "OrderLine::new"),
        line(&surface("json_body", &swapped), "OrderLine::new")
    );
}

#[test]
fn a_declared_direction_holds_without_a_use() {
    let unused = [
        ("      required: [content]\n", ""),
        ("        content: {$ref: '#/components/schemas/Content'}\n    Wrapping:", "    Wrapping:"),
        (
            "              stamp: {value: 3, country: CN}\n              content: {name: tea, weight: 2, tags: [dry], more: {origin: Yunnan}}\n",
            "              stamp: {value: 3, country: CN}\n",
        ),
    ];
    let (before, after) = (surface("directions", &[]), surface("directions", &unused));
    let content = |surface: &BTreeSet<String>| -> BTreeSet<String> {
        surface.iter().filter(|line| line.contains("directions::Content")).cloned().collect()
    };
    assert!(content(&before).iter().any(|line| line.contains("Option<i64>")), "{before:#?}");
    assert_eq!(content(&before), content(&after));
}

#[test]
fn items_that_users_cannot_name_are_not_listed() {
    let source = "
        pub struct Shown;
        pub(crate) struct Hidden;
        pub(crate) trait Inner {}
        impl Clone for Shown {}
        impl Inner for Shown {}
        impl Clone for Hidden {}
        impl Hidden { pub(crate) fn new() {} }
        impl Shown { pub fn new() {} fn helper() {} }
    ";
    let listing = coze_gen::listing([("shop.rs", source)]).expect("Rust");
    let expected = ["shop::Shown: impl Clone", "shop::Shown: struct", "shop::Shown::new()"];
    assert_eq!(listing.into_iter().collect::<Vec<_>>(), expected);
}
