//! The first program of the README runs as it stands there.

use coze_tests::mock;

use crate::EXAMPLES;

#[tokio::test]
async fn the_first_program_prints_a_reply() {
    let program = include_str!("../../examples/first_program.rs");
    let (_, program) = program.split_once("\n\n").expect("code after the first comment");
    let readme = include_str!("../../../coze-api/README.md");
    let (_, rest) = readme.split_once("```rust,no_run\n").expect("a program");
    let (first, _) = rest.split_once("```\n").expect("its end");
    assert_eq!(first, program, "`tests/examples/first_program.rs` is another program");
    assert!(first.lines().count() <= 10, "{first}");

    let server = mock::strict().await;
    let (good, out, err) = EXAMPLES.against(&server.base_url(), "first_program", &[]).await;
    assert_eq!((good, &*out, &*err), (true, "You said: Hello!\n", ""));
}
