//! Prints items as text: prettyplease prints each item, with blank lines between them.

use proc_macro2::TokenStream;
use syn::{File, ImplItem, Item, ItemImpl, ItemMacro, MacroDelimiter, parse_quote};

/// Prints items.
pub(crate) fn items(items: &[Item]) -> String {
    let mut text = String::new();
    let mut previous: Option<&Item> = None;
    for item in items {
        if previous.is_some_and(|previous| !adjacent(previous, item)) {
            text.push('\n');
        }
        text.push_str(&print(item));
        previous = Some(item);
    }
    text
}

/// Returns `true` for items without a blank line between them: imports of one group, and modules.
fn adjacent(previous: &Item, next: &Item) -> bool {
    match (previous, next) {
        (Item::Use(previous), Item::Use(next)) => group(&previous.tree) == group(&next.tree),
        (Item::Mod(_), Item::Mod(_)) => true,
        _ => false,
    }
}

fn group(tree: &syn::UseTree) -> u8 {
    match tree {
        syn::UseTree::Path(path) if path.ident == "std" => 0,
        syn::UseTree::Path(path) if path.ident == "crate" || path.ident == "super" => 2,
        _ => 1,
    }
}

fn print(item: &Item) -> String {
    match item {
        Item::Impl(item) if !item.items.is_empty() => print_impl(item),
        Item::Macro(item) => match inside(item) {
            Some(items) => print_block(item, &items),
            None => unparse(Item::Macro(item.clone())),
        },
        item => unparse(item.clone()),
    }
}

/// Returns the items in the block of a macro, such as `string_enum! { pub enum … }`.
pub(crate) fn inside(item: &ItemMacro) -> Option<Vec<Item>> {
    matches!(item.mac.delimiter, MacroDelimiter::Brace(_))
        .then(|| syn::parse2::<File>(item.mac.tokens.clone()).ok())?
        .map(|file| file.items)
}

/// Prints a macro with items. prettyplease would print its block as plain tokens.
fn print_block(item: &ItemMacro, inner: &[Item]) -> String {
    let empty = ItemMacro {
        mac: syn::Macro { tokens: TokenStream::new(), ..item.mac.clone() },
        ..item.clone()
    };
    let outer = unparse(Item::Macro(empty));
    let head = outer.trim_end().trim_end_matches('}').trim_end();
    let body: String = items(inner).lines().map(|line| indented(line) + "\n").collect();
    format!("{head}\n{body}}}\n")
}

fn indented(line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("    {line}") }
}

/// Prints each item of an impl in an impl of its own, to add the blank lines that prettyplease
/// omits.
fn print_impl(item: &ItemImpl) -> String {
    let mut text = String::new();
    // `item.clone()` would clone all items for each of them.
    let empty = ItemImpl {
        attrs: item.attrs.clone(),
        modifiers: item.modifiers.clone(),
        unsafety: item.unsafety,
        impl_token: item.impl_token,
        generics: item.generics.clone(),
        trait_: item.trait_.clone(),
        self_ty: item.self_ty.clone(),
        brace_token: item.brace_token,
        items: Vec::new(),
    };
    for (index, inner) in item.items.iter().enumerate() {
        let alone = unparse(Item::Impl(ItemImpl { items: vec![inner.clone()], ..empty.clone() }));
        let lines: Vec<&str> = alone.lines().collect();
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else { continue };
        if index == 0 {
            text.push_str(first);
            text.push('\n');
        } else if !is_short(&item.items[index - 1]) || !is_short(inner) {
            text.push('\n');
        }
        for line in lines.iter().take(lines.len() - 1).skip(1) {
            text.push_str(line);
            text.push('\n');
        }
        if index + 1 == item.items.len() {
            text.push_str(last);
            text.push('\n');
        }
    }
    text
}

fn is_short(item: &ImplItem) -> bool {
    matches!(item, ImplItem::Const(_) | ImplItem::Type(_))
}

fn unparse(item: Item) -> String {
    prettyplease::unparse(&File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items: vec![item],
    })
}

/// Prints statements without indentation.
pub(crate) fn statements(tokens: &TokenStream) -> Vec<String> {
    let function: Item = parse_quote!(fn f() { #tokens });
    let text = unparse(function);
    let lines: Vec<&str> = text.lines().collect();
    let inside = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    inside.iter().map(|line| line.strip_prefix("    ").unwrap_or(line).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_line_stands_around_each_function_of_an_impl() {
        let item: Item = parse_quote! {
            impl Bot {
                const A: u8 = 1;
                const B: u8 = 2;
                fn c() {}
                const D: u8 = 3;
            }
        };
        let text = items(&[item]);
        let expected = "impl Bot {\n    const A: u8 = 1;\n    const B: u8 = 2;\n\n    fn c() {}\n\n    \
            const D: u8 = 3;\n}\n";
        assert_eq!(text, expected);
    }
}
