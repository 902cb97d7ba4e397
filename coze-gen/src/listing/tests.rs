use super::listing;

fn lines(source: &str) -> Vec<String> {
    listing([("lib.rs", source)]).unwrap().into_iter().collect()
}

#[test]
fn functions_keep_names_order_and_types_of_arguments() {
    let source = "pub struct Chat(u8);
        impl Chat {
            /// Documentation does not count.
            #[must_use]
            pub fn create(&self, bot_id: impl Into<String>, ids: &[&str],) -> Result<Vec<u8>, E> { todo() }
            fn private(&self) {}
            pub(crate) fn inner(&self) {}
            pub async fn each<'a, T: Send + 'a>(&'a mut self, f: Box<dyn Fn(&T) -> bool>) where T: Copy {}
        }";
    assert_eq!(
        lines(source),
        [
            "Chat: struct",
            "Chat::create(&self, bot_id: impl Into<String>, ids: &[&str]) -> Result<Vec<u8>, E> #must_use",
            "Chat::each<'a, T: Send + 'a>(&'a mut self, f: Box<dyn Fn(&T) -> bool>) where T: Copy async",
        ]
    );
}

#[test]
fn types_show_fields_variants_and_traits() {
    let source = "#[derive(Debug, Clone, serde::Deserialize)] #[non_exhaustive]
        pub struct Bot { pub id: Option<String>, secret: u8, #[deprecated] pub old: i64 }
        pub enum Kind { A, B(String, u8), C { why: String } }
        pub trait Store: Send { type Key; fn load(&self) -> u8; fn save(&self) {} }
        impl std::fmt::Display for Bot { fn fmt(&self) {} }
        pub const LIMIT: usize = 3;
        pub type Done = Result<()>;
        pub use other::{Thing, Else as More};";
    assert_eq!(
        lines(source),
        [
            "Bot.id: Option<String>",
            "Bot.old: i64 #deprecated",
            "Bot: impl std::fmt::Display",
            "Bot: struct +Clone +Debug +Deserialize #non_exhaustive",
            "Done: type = Result<()>",
            "Kind: enum",
            "Kind::A",
            "Kind::B(String, u8)",
            "Kind::C",
            "Kind::C.why: String",
            "LIMIT: const usize",
            "Store: trait Send",
            "Store::Key: type ",
            "Store::load(&self) -> u8",
            "Store::save(&self) (provided)",
            "crate: use other::{ Thing, Else as More }",
        ]
    );
}

#[test]
fn macros_are_listed_with_their_arguments() {
    let source = "string_enum! {
            /// The status.
            pub enum Status { /// Done. Done = \"done\", #[ends(stream)] Failed = \"failed\", }
        }
        request!(ListBots, Vec<Bot>, data);";
    let listed = lines(&source.replace("/// Done. ", "#[doc = \"Done.\"] "));
    assert_eq!(
        listed,
        [
            "ListBots: request!(Vec<Bot>, data)",
            "Status: enum by string_enum",
            "Status::Done = \"done\"",
            "Status::Failed = \"failed\" #ends",
        ]
    );
}

#[test]
fn tests_and_private_items_are_left_out() {
    let source = "#[cfg(test)] mod tests { pub fn helper() {} } fn private() {} struct Inner;
        pub(crate) enum Hidden { A } mod inner { pub fn shown() {} }";
    assert_eq!(lines(source), ["inner::shown()"]);
    let source = "use other::Thing; type Alias = u8; const LIMIT: u8 = 1; pub struct Bot;
        impl Bot { const SIZE: u8 = 1; pub const MOST: u8 = 2; }";
    assert_eq!(lines(source), ["Bot: struct", "Bot::MOST: const u8"]);
}

#[test]
fn fields_of_private_types_are_left_out() {
    let source = "pub struct Bot; pub(crate) struct Page;
        fields!(Bot { id }); fields!(Page { items });";
    assert_eq!(lines(source), ["Bot: impl Deserialize", "Bot: struct"]);
}

#[test]
fn attributes_of_arguments_of_macros_are_left_out_and_slices_are_kept() {
    let source = "request!(ListBots, &[u8], #[doc = \"The data.\"] data);";
    assert_eq!(lines(source), ["ListBots: request!(&[u8], data)"]);
}

#[test]
fn a_file_that_is_not_rust_is_named() {
    let (path, _) = listing([("a/b.rs", "pub fn (")]).unwrap_err();
    assert_eq!(path, "a/b.rs");
}
