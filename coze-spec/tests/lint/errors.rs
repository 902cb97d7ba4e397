//! Error codes.

use crate::document::{Case, check};

/// Every rule about error codes.
#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    (
        "an error of an unknown kind",
        &[("openapi: 3.0.3", "openapi: 3.0.3\nx-coze-errors:\n  - {code: '1', name: ODD, kind: odd, retry: never, source: cloud, meaning: It is odd.}")],
        &["spec/openapi.yaml:3: not an error code: unknown variant `odd`, expected one of `auth`, `permission`, `rate_limit`, `quota`, `request`, `not_found`, `content`, `conflict`, `server`, `canceled`, `other` — see the first lines of spec/errors.yaml"],
    ),
    (
        "an error that is listed twice",
        &[("openapi: 3.0.3", "openapi: 3.0.3\nx-coze-errors:\n  - {code: '1', name: ONE, kind: auth, retry: never, source: cloud, meaning: One.}\n  - {code: '1', name: TWO, kind: auth, retry: never, source: cloud, meaning: Two.}")],
        &["spec/openapi.yaml:4: the error `1` is listed twice — keep one of the two"],
    ),
    (
        "a name among the codes of the cloud",
        &[("openapi: 3.0.3", "openapi: 3.0.3\nx-coze-errors:\n  - {code: slow_down, kind: auth, retry: never, source: cloud, meaning: Slow.}")],
        &["spec/openapi.yaml:3: `slow_down` is not a code of this source — write a number; `oauth` has names"],
    ),
    (
        "texts that are not sentences",
        &[("openapi: 3.0.3", "openapi: 3.0.3\nx-coze-errors:\n  - {code: '1', name: ONE, kind: auth, retry: never, source: cloud, meaning: '', action: Wait}")],
        &[
            "spec/openapi.yaml:3: the error `1` has no meaning — say in a sentence what the problem is",
            "spec/openapi.yaml:3: the text `Wait` is not a sentence — end it with a period",
        ],
    ),
    (
        "names of constants",
        &[("openapi: 3.0.3", "openapi: 3.0.3\nx-coze-errors:\n  - {code: '1', kind: auth, retry: never, source: cloud, meaning: One.}\n  - {code: '2', name: chat-busy, kind: auth, retry: never, source: cloud, meaning: Two.}\n  - {code: '3', name: THREE, kind: auth, retry: never, source: studio, meaning: Three.}\n  - {code: '4', name: THREE, kind: auth, retry: never, source: cloud, meaning: Four.}\n  - {code: slow, name: SLOW, kind: auth, retry: never, source: oauth, meaning: Slow.}\n  - {code: '5', kind: auth, retry: never, source: chat_sdk, meaning: Five.}")],
        &[
            "spec/openapi.yaml:3: the error `1` has no constant — add `name: CHAT_IN_PROGRESS`, or the like",
            "spec/openapi.yaml:4: `chat-busy` cannot name a constant — write words in capital letters, joined by `_`",
            "spec/openapi.yaml:6: two errors are called `THREE` — choose another name for one of the two",
            "spec/openapi.yaml:7: the error `slow` cannot have a constant — remove `name`",
        ],
    ),
];

#[test]
fn every_rule_about_errors() {
    check(CASES);
}
