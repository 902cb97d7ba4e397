//! The kinds of changes, each with its effects and the reason.

use super::Label::{self, Addition, BreakingRust, BreakingWire, Words};

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The name, as `argument-added`.
    pub name: &'static str,
    /// The effects, the mildest first.
    pub labels: &'static [Label],
    /// The reason for them.
    pub reason: &'static str,
}

macro_rules! rules {
    ($($name:ident: $text:literal, [$($label:ident),+], $reason:literal;)*) => {
        $(pub(super) const $name: Rule =
            Rule { name: $text, labels: &[$($label),+], reason: $reason };)*

        /// All kinds of changes.
        pub const RULES: &[Rule] = &[$($name),*];
    };
}

rules! {
    WORDS_CHANGED: "words-changed", [Words], "documentation only";
    SERVER_ADDED: "server-added", [Addition], "clients may choose it";
    SERVER_REMOVED: "server-removed", [BreakingWire], "clients of it have no server";
    STUDIO_CHANGED: "studio-changed", [BreakingWire],
        "programs behave differently on Coze Studio";
    ENVELOPE_CHANGED: "envelope-changed", [BreakingWire],
        "the fields around every payload are read by hand-written code";
    SITE_TAG_CHANGED: "site-tag-changed", [BreakingWire],
        "the events of deployed projects are recognized by another member";

    ERROR_ADDED: "error-added", [Addition], "a new constant, or a new entry of the table";
    ERROR_REMOVED: "error-removed", [BreakingWire, BreakingRust], "its constant is gone";
    ERROR_UNLISTED: "error-unlisted", [BreakingWire],
        "`Error::explanation` returns nothing, and retries may change";
    ERROR_RENAMED: "error-renamed", [BreakingRust], "its constant has another name";
    ERROR_CODE_CHANGED: "error-code-changed", [BreakingWire], "its constant has another value";
    ERROR_KIND_CHANGED: "error-kind-changed", [BreakingWire],
        "programs that match on the category go another way";
    ERROR_RETRY_CHANGED: "error-retry-changed", [BreakingWire], "retries change";

    ACCESSOR_RENAMED: "accessor-renamed", [BreakingRust],
        "programs that name the type do not compile";

    OPERATION_ADDED: "operation-added", [Addition], "a new method";
    OPERATION_REMOVED: "operation-removed", [BreakingRust], "its method is gone";
    OPERATION_RENAMED: "operation-renamed", [BreakingRust], "its method has another path or name";
    BUILDER_RENAMED: "builder-renamed", [BreakingRust], "programs that name the type do not compile";
    ROUTE_CHANGED: "route-changed", [BreakingWire], "requests go elsewhere";
    VERBS_CHANGED: "verbs-changed", [Addition], "the SDK keeps the first method";
    PERMISSION_ADDED: "permission-added", [BreakingWire], "tokens without it are refused";
    PERMISSION_REMOVED: "permission-removed", [Addition], "tokens need less";
    TOKEN_CHANGED: "token-changed", [BreakingWire], "the token is sent, or no longer sent";
    DEPRECATED: "deprecated", [Addition], "programs still compile, with a warning";
    DEPRECATION_WITHDRAWN: "deprecation-withdrawn", [Addition], "the warning is gone";
    IDEMPOTENCE_CHANGED: "idempotence-changed", [BreakingWire], "retries change";
    CHANGES_DATA_CHANGED: "changes-data-changed", [Addition],
        "tools that guard real accounts ask, or no longer ask";
    TIMEOUT_CHANGED: "timeout-changed", [BreakingWire], "the default time limit changes";
    BODY_MEDIA_CHANGED: "body-media-changed", [BreakingWire], "the body is encoded differently";
    BODY_PRESENCE_CHANGED: "body-presence-changed", [Addition], "the SDK always sends the body";

    ARGUMENT_ADDED: "argument-added", [BreakingRust], "calls lack an argument";
    ARGUMENT_REMOVED: "argument-removed", [BreakingRust], "calls have an argument too many";
    ARGUMENTS_REORDERED: "arguments-reordered", [BreakingRust],
        "values of one type land silently in the wrong argument";
    SETTER_ADDED: "setter-added", [Addition], "a new optional parameter";
    SETTER_REMOVED: "setter-removed", [BreakingRust], "its method is gone";
    SETTER_RENAMED: "setter-renamed", [BreakingRust], "its method has another name";
    NOW_REQUIRED: "now-required", [BreakingRust], "a setter becomes an argument";
    NOW_OPTIONAL: "now-optional", [BreakingRust], "an argument becomes a setter";
    NOW_CONSTANT: "now-constant", [BreakingRust], "callers no longer give the value";
    CONSTANT_CHANGED: "constant-changed", [BreakingWire], "another value is sent";
    PLACE_CHANGED: "place-changed", [BreakingWire], "the value travels elsewhere";
    LIST_STYLE_CHANGED: "list-style-changed", [BreakingWire], "the list is written differently";
    TYPE_CHANGED: "type-changed", [BreakingWire, BreakingRust], "values have another type";
    LIMIT_TIGHTENED: "limit-tightened", [BreakingWire], "the server refuses values that it accepted";
    LIMIT_RELAXED: "limit-relaxed", [Addition], "the server accepts more values";
    REPLY_LIMITS_CHANGED: "reply-limits-changed", [Addition],
        "the SDK does not check what the server sends; the Rust type stays";
    DEFAULT_CHANGED: "default-changed", [BreakingWire],
        "requests without the value mean something else";

    REPLY_CHANGED: "reply-changed", [BreakingWire, BreakingRust], "the method returns another type";
    REPLY_PRESENCE_CHANGED: "reply-presence-changed", [BreakingWire],
        "a success without the payload becomes an error, or is one no longer";
    PAGING_ADDED: "paging-added", [BreakingRust], "the method returns a page";
    PAGING_REMOVED: "paging-removed", [BreakingRust], "the method returns no page any more";
    PAGING_CHANGED: "paging-changed", [BreakingWire], "pages are requested differently";
    STREAM_ADDED: "stream-added", [Addition], "the reply can be streamed";
    STREAM_REMOVED: "stream-removed", [BreakingRust], "the method that streams is gone";
    STREAM_CHANGED: "stream-changed", [BreakingRust], "the stream has other events";
    STREAM_SWITCH_CHANGED: "stream-switch-changed", [BreakingWire],
        "the body asks differently for events";
    STUDIO_SERVES: "studio-serves", [Addition], "it works on Coze Studio";
    STUDIO_SERVES_NOT: "studio-serves-not", [BreakingWire], "it no longer works on Coze Studio";

    TYPE_ADDED: "type-added", [Addition], "a new type";
    TYPE_REMOVED: "type-removed", [BreakingRust], "programs that name it do not compile";
    TYPE_RENAMED: "type-renamed", [BreakingRust], "programs that name it do not compile";
    SHAPE_CHANGED: "shape-changed", [BreakingWire, BreakingRust], "the type is of another kind";
    CONSTRUCTOR_ADDED: "constructor-added", [Addition], "the type can be used in requests";
    CONSTRUCTOR_REMOVED: "constructor-removed", [BreakingRust],
        "`new` and the setters of the type are gone";
    DECODING_ADDED: "decoding-added", [Addition], "it implements `Deserialize` and `Default`";
    DECODING_REMOVED: "decoding-removed", [BreakingRust],
        "it no longer implements `Deserialize`, nor `Default` if it has required fields";
    FIELD_ADDED: "field-added", [Addition], "structs of the SDK are non-exhaustive";
    FIELD_REMOVED: "field-removed", [BreakingRust], "programs that read or set it do not compile";
    FIELD_RENAMED: "field-renamed", [BreakingRust], "programs that read or set it do not compile";
    FIELD_OPTIONALITY_CHANGED: "field-optionality-changed", [BreakingRust],
        "the field turns into an `Option`, or is one no longer";
    EQUALITY_LOST: "equality-lost", [BreakingRust], "it no longer implements `Eq` and `Hash`";
    NULL_CHANGED: "null-changed", [BreakingWire], "a value that is not set is sent differently";
    FIELD_PRESENCE_CHANGED: "field-presence-changed", [Addition],
        "the server may omit it, or always sends it; the Rust type stays";
    ALIASES_CHANGED: "aliases-changed", [Addition], "other spellings are read";
    VALUE_ADDED: "value-added", [Addition], "enumerations are open";
    VALUE_REMOVED: "value-removed", [BreakingRust], "the variant is gone";
    VALUE_RENAMED: "value-renamed", [BreakingRust], "the variant has another name";
    EVENT_ADDED: "event-added", [Addition], "unions of events are open";
    EVENT_REMOVED: "event-removed", [BreakingRust], "the variant is gone";
    EVENT_RENAMED: "event-renamed", [BreakingRust], "the variant has another name";
    EVENT_DATA_CHANGED: "event-data-changed", [BreakingRust], "the variant holds another type";
    EVENT_END_CHANGED: "event-end-changed", [BreakingWire], "streams end differently";

    CHANNEL_ADDED: "channel-added", [Addition], "a new connection";
    CHANNEL_REMOVED: "channel-removed", [BreakingRust], "its method is gone";
    CALLBACK_ADDED: "callback-added", [Addition], "a new callback";
    CALLBACK_REMOVED: "callback-removed", [BreakingRust], "the variant is gone";
    CALLBACK_CHANGED: "callback-changed", [BreakingRust],
        "the callback has another header or response";
}
