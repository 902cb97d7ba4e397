//! Error codes.

use crate::document::{Case, check};

/// Every rule about error codes.
#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    (
        "an error of an unknown kind",
        &[("openapi: 3.0.3", "openapi: 3.0.3\nx-coze-errors:\n  - {code: '1', kind: odd, retry: never, source: cloud, meaning: It is odd.}")],
        &["spec/openapi.yaml:3: not an error code: unknown variant `odd`, expected one of `auth`, `permission`, `rate_limit`, `quota`, `request`, `not_found`, `content`, `conflict`, `server`, `canceled`, `other` — see the first lines of spec/errors.yaml"],
    ),
    (
        "an error that is listed twice",
        &[("openapi: 3.0.3", "openapi: 3.0.3\nx-coze-errors:\n  - {code: '1', kind: auth, retry: never, source: cloud, meaning: One.}\n  - {code: '1', kind: auth, retry: never, source: cloud, meaning: Two.}")],
        &["spec/openapi.yaml:4: the error `1` is listed twice — keep one of the two"],
    ),
    (
        "a name among the codes of the cloud",
        &[("openapi: 3.0.3", "openapi: 3.0.3\nx-coze-errors:\n  - {code: slow_down, kind: auth, retry: never, source: cloud, meaning: Slow.}")],
        &["spec/openapi.yaml:3: `slow_down` is not a code of this source — write a number; `oauth` has names"],
    ),
    (
        "texts that are not sentences",
        &[("openapi: 3.0.3", "openapi: 3.0.3\nx-coze-errors:\n  - {code: '1', kind: auth, retry: never, source: cloud, meaning: '', action: Wait}")],
        &[
            "spec/openapi.yaml:3: the error `1` has no meaning — say in a sentence what the problem is",
            "spec/openapi.yaml:3: the text `Wait` is not a sentence — end it with a period",
        ],
    ),
];

#[test]
fn every_rule_about_errors() {
    check(CASES);
}
