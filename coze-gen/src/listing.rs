//! A listing of the public surface of a crate, one line per item, read from its source.
//!
//! The lint `unreachable_pub` holds in this workspace, so that every item marked `pub` can be named
//! by users, and the source alone tells the surface.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Fields, ImplItem, Item, TraitItem, Visibility};

/// Lists the public items of a crate, from its files (path below `src` and source), as lines.
///
/// Each line begins with the path of the item. Functions keep the order, names and types of their
/// arguments; macros that define items are listed with their arguments, one line per entry.
///
/// # Errors
/// The path of a file that is not Rust, with the parser's message.
pub fn listing<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<BTreeSet<String>, (String, syn::Error)> {
    let mut parsed = Vec::new();
    for (path, source) in files {
        let file = syn::parse_file(source).map_err(|error| (path.to_owned(), error))?;
        if !is_test(&file.attrs) {
            parsed.push((module(path), file.items));
        }
    }
    let mut private = Private::default();
    for (_, items) in &parsed {
        private.items(items);
    }
    let mut lines = BTreeSet::new();
    for (module, items) in parsed {
        Lister { lines: &mut lines, module, private: &private }.items(&items);
    }
    Ok(lines)
}

/// The types and traits that users cannot name. What they implement is not listed.
#[derive(Default)]
struct Private {
    names: BTreeSet<String>,
    /// Names that are public somewhere, which count as public everywhere.
    public: BTreeSet<String>,
}

impl Private {
    fn items(&mut self, items: &[Item]) {
        for item in items {
            let (visibility, name) = match item {
                Item::Struct(item) => (&item.vis, &item.ident),
                Item::Enum(item) => (&item.vis, &item.ident),
                Item::Trait(item) => (&item.vis, &item.ident),
                Item::Mod(item) => {
                    self.items(item.content.as_ref().map_or(&[], |(_, items)| items));
                    continue;
                }
                _ => continue,
            };
            let names = if is_public(visibility) { &mut self.public } else { &mut self.names };
            names.insert(name.to_string());
        }
    }

    fn has(&self, path: &syn::Path) -> bool {
        path.segments.last().is_some_and(|last| self.has_name(&last.ident))
    }

    fn has_name(&self, name: &syn::Ident) -> bool {
        let name = name.to_string();
        self.names.contains(&name) && !self.public.contains(&name)
    }
}

/// Returns the path of the module in a file, as users write it: generated modules stand at the
/// root.
fn module(path: &str) -> String {
    let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
    let path = path.strip_prefix("generated").map_or(path, |rest| rest.trim_start_matches('/'));
    if path == "lib" { String::new() } else { path.replace('/', "::") }
}

struct Lister<'a> {
    lines: &'a mut BTreeSet<String>,
    module: String,
    private: &'a Private,
}

impl Lister<'_> {
    fn items(&mut self, items: &[Item]) {
        for item in items {
            self.item(item);
        }
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Mod(item) if !is_test(&item.attrs) => {
                let Some((_, items)) = &item.content else { return };
                let outer = self.module.clone();
                self.module = self.path(&item.ident.to_string());
                self.items(items);
                self.module = outer;
            }
            Item::Use(item) if is_public(&item.vis) => {
                let tree = &item.tree;
                let module = if self.module.is_empty() { "crate" } else { &self.module };
                self.lines.insert(format!("{module}: use {}", text(tree)));
            }
            Item::Struct(item) if is_public(&item.vis) => {
                let path = self.path(&item.ident.to_string());
                self.item_line(&path, "struct", &item.attrs, item.generics.to_token_stream());
                self.fields(&path, &item.fields, false);
            }
            Item::Enum(item) if is_public(&item.vis) => self.enumeration(item, None),
            Item::Trait(item) if is_public(&item.vis) => self.interface(item),
            Item::Fn(item) if is_public(&item.vis) => {
                let path = self.path(&item.sig.ident.to_string());
                self.function(&path, &item.attrs, &item.sig);
            }
            Item::Const(item) if is_public(&item.vis) => {
                let (path, ty) = (self.path(&item.ident.to_string()), text(&item.ty));
                self.lines.insert(format!("{path}: const {ty}"));
            }
            Item::Type(item) if is_public(&item.vis) => {
                let (path, ty) = (self.path(&item.ident.to_string()), text(&item.ty));
                self.lines.insert(format!("{path}: type = {ty}"));
            }
            Item::Impl(item) => self.implementation(item),
            Item::Macro(item) if item.ident.is_none() => self.invocation(item),
            _ => {}
        }
    }

    fn path(&self, name: &str) -> String {
        if self.module.is_empty() { name.to_owned() } else { format!("{}::{name}", self.module) }
    }

    /// Adds the line of a type, with its derived traits and the attributes that callers feel.
    fn item_line(
        &mut self,
        path: &str,
        kind: &str,
        attributes: &[Attribute],
        generics: TokenStream,
    ) {
        let mut line = format!("{path}: {kind}{}", text(generics));
        let mut traits: Vec<String> = Vec::new();
        for attribute in attributes {
            if attribute.path().is_ident("derive") {
                let _ = attribute.parse_nested_meta(|meta| {
                    traits.extend(meta.path.segments.last().map(|last| last.ident.to_string()));
                    Ok(())
                });
            }
        }
        traits.sort();
        for name in traits {
            line.push_str(" +");
            line.push_str(&name);
        }
        line.push_str(&marks(attributes));
        self.lines.insert(line);
    }

    fn fields(&mut self, path: &str, fields: &Fields, all: bool) {
        for (index, field) in fields.iter().enumerate() {
            if all || is_public(&field.vis) {
                let name = field.ident.as_ref().map_or(index.to_string(), ToString::to_string);
                self.lines.insert(format!(
                    "{path}.{name}: {}{}",
                    text(&field.ty),
                    marks(&field.attrs)
                ));
            }
        }
    }

    fn enumeration(&mut self, item: &syn::ItemEnum, by: Option<&str>) {
        let path = self.path(&item.ident.to_string());
        let kind = by.map_or("enum".to_owned(), |by| format!("enum by {by}"));
        self.item_line(&path, &kind, &item.attrs, item.generics.to_token_stream());
        for variant in &item.variants {
            let name = format!("{path}::{}", variant.ident);
            let wire =
                variant.discriminant.as_ref().map(|(_, value)| format!(" = {}", text(value)));
            let data = match &variant.fields {
                Fields::Unnamed(fields) => text(fields),
                _ => String::new(),
            };
            let marks = marks(&variant.attrs);
            self.lines.insert(format!("{name}{data}{}{marks}", wire.unwrap_or_default()));
            if let Fields::Named(_) = &variant.fields {
                self.fields(&name, &variant.fields, true);
            }
        }
    }

    fn interface(&mut self, item: &syn::ItemTrait) {
        let path = self.path(&item.ident.to_string());
        let bounds = &item.supertraits;
        let bounds = if bounds.is_empty() { String::new() } else { format!(" {}", text(bounds)) };
        self.lines.insert(format!("{path}: trait{bounds}{}", marks(&item.attrs)));
        for item in &item.items {
            match item {
                TraitItem::Fn(method) => {
                    let name = format!("{path}::{}", method.sig.ident);
                    let given = if method.default.is_some() { " (provided)" } else { "" };
                    let line = signature(&method.sig) + given + &marks(&method.attrs);
                    self.lines.insert(format!("{name}{line}"));
                }
                TraitItem::Type(item) => {
                    let bounds = text(&item.bounds);
                    self.lines.insert(format!("{path}::{}: type {bounds}", item.ident));
                }
                TraitItem::Const(item) => {
                    self.lines.insert(format!("{path}::{}: const {}", item.ident, text(&item.ty)));
                }
                _ => {}
            }
        }
    }

    fn function(&mut self, path: &str, attributes: &[Attribute], function: &syn::Signature) {
        self.lines.insert(format!("{path}{}{}", signature(function), marks(attributes)));
    }

    fn implementation(&mut self, item: &syn::ItemImpl) {
        if is_test(&item.attrs) {
            return;
        }
        let of = self.path(&text(&item.self_ty));
        let is_private =
            |ty: &syn::Type| matches!(ty, syn::Type::Path(ty) if self.private.has(&ty.path));
        if is_private(&item.self_ty) {
            return;
        }
        if let Some((name, _)) = &item.trait_ {
            if self.private.has(name) {
                return;
            }
            let generics = text(&item.generics);
            self.lines.insert(format!("{of}: impl{generics} {}{}", text(name), marks(&item.attrs)));
            return;
        }
        for inner in &item.items {
            match inner {
                ImplItem::Fn(method) if is_public(&method.vis) => {
                    self.function(
                        &format!("{of}::{}", method.sig.ident),
                        &method.attrs,
                        &method.sig,
                    );
                }
                ImplItem::Const(item) if is_public(&item.vis) => {
                    self.lines.insert(format!("{of}::{}: const {}", item.ident, text(&item.ty)));
                }
                _ => {}
            }
        }
    }

    /// Adds the items that a macro defines. Macros over an enum are listed as that enum.
    fn invocation(&mut self, item: &syn::ItemMacro) {
        let name = item.mac.path.segments.last().map(|last| last.ident.to_string());
        let (Some(name), tokens) = (name, &item.mac.tokens) else { return };
        if let Ok(item) = syn::parse2::<syn::ItemEnum>(tokens.clone()) {
            self.enumeration(&item, Some(&name));
            return;
        }
        if name == "fields" {
            // The names on the wire are not items. What users see is the trait.
            if let Some(TokenTree::Ident(of)) = tokens.clone().into_iter().next()
                && !self.private.has_name(&of)
            {
                let path = self.path(&of.to_string());
                self.lines.insert(format!("{path}: impl Deserialize"));
            }
            return;
        }
        let arguments = arguments(tokens);
        let Some((first, rest)) = arguments.split_first() else { return };
        let path = self.path(first);
        self.lines.insert(format!("{path}: {name}!({})", rest.join(", ")));
    }
}

/// Returns the arguments and the result of a function.
fn signature(function: &syn::Signature) -> String {
    let asyncness = if function.asyncness.is_some() { "async " } else { "" };
    let mut function = function.clone();
    let (inputs, output) = (std::mem::take(&mut function.inputs), function.output.clone());
    let inputs: Vec<String> = inputs.iter().map(text).collect();
    let generics = text(&function.generics);
    let bounds = function
        .generics
        .where_clause
        .as_ref()
        .map_or(String::new(), |bounds| format!(" {}", text(bounds)));
    let output = match &output {
        syn::ReturnType::Default => String::new(),
        output @ syn::ReturnType::Type(..) => format!(" {}", text(output)),
    };
    let asyncness =
        if asyncness.is_empty() { String::new() } else { format!(" {}", asyncness.trim()) };
    format!("{generics}({}){output}{bounds}{asyncness}", inputs.join(", "))
}

/// Returns the attributes that change what callers may write.
fn marks(attributes: &[Attribute]) -> String {
    let mut marks = String::new();
    for attribute in attributes {
        let path = attribute.path();
        for name in ["non_exhaustive", "must_use", "deprecated", "ends"] {
            if path.is_ident(name) {
                marks.push_str(" #");
                marks.push_str(name);
            }
        }
        if path.is_ident("cfg")
            && let Ok(list) = attribute.meta.require_list()
        {
            marks.push_str(" if ");
            marks.push_str(&text(&list.tokens));
        }
    }
    marks
}

/// Splits the arguments of a macro at its top-level commas, without documentation.
fn arguments(tokens: &TokenStream) -> Vec<String> {
    let mut arguments = vec![TokenStream::new()];
    let mut tokens = tokens.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';') => {
                arguments.push(TokenStream::new());
            }
            TokenTree::Punct(punct) if punct.as_char() == '#' && is_bracket(tokens.peek()) => {
                tokens.next();
            }
            _ => {
                if let Some(last) = arguments.last_mut() {
                    last.extend([token]);
                }
            }
        }
    }
    arguments.into_iter().filter(|argument| !argument.is_empty()).map(text).collect()
}

fn is_bracket(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket)
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("cfg") && text(&attribute.meta).contains("test"))
}

/// Writes tokens on one line, with the spaces that people would write.
fn text(tokens: impl ToTokens) -> String {
    let mut text = String::new();
    let mut glue = true;
    write(tokens.to_token_stream(), &mut text, &mut glue);
    text
}

fn write(tokens: TokenStream, text: &mut String, glue: &mut bool) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                if !*glue && (open == "{ " || text.ends_with([',', '>', '=', ':', '+'])) {
                    text.push(' ');
                }
                text.push_str(open);
                *glue = true;
                write(group.stream(), text, glue);
                if text.ends_with(", ") || text.ends_with(',') {
                    text.truncate(text.trim_end().len() - 1);
                }
                text.push_str(close);
                *glue = false;
            }
            TokenTree::Punct(punct) => punctuation(punct.as_char(), text, glue),
            other => {
                if !*glue {
                    text.push(' ');
                }
                text.push_str(&other.to_string());
                *glue = false;
            }
        }
    }
}

/// Writes a sign. `glue` says whether the next token follows without a space.
fn punctuation(sign: char, text: &mut String, glue: &mut bool) {
    // The second half of `->`, `=>` or `::`.
    let ends_arrow = sign == '>' && text.ends_with(['-', '=']);
    let ends_path = sign == ':' && text.ends_with(':');
    let spaced = match sign {
        '-' | '=' | '+' | '|' => !text.is_empty() && !text.ends_with(' '),
        '&' | '\'' | '#' | '*' | '?' | '!' => !*glue,
        _ => false,
    };
    if spaced {
        text.push(' ');
    }
    text.push(sign);
    *glue =
        ends_path || !(ends_arrow || matches!(sign, ',' | ';' | ':' | '>' | '-' | '=' | '+' | '|'));
}

#[cfg(test)]
mod tests;
