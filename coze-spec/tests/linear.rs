//! Reading a spec takes time in proportion to its size.

#![cfg(feature = "source")]
#![allow(clippy::panic, reason = "a helper of a test may fail it")]

use std::fmt::Write as _;
use std::time::Duration;

use cpu_time::ThreadTime;

/// The number of operations in a file.
const IN_A_FILE: usize = 25;

const ROOT: &str = "
openapi: 3.0.3
info: {title: Many operations, version: '1'}
servers: [{url: 'https://api.coze.cn'}]
paths: {}
";

const SHARED: &str = "
components:
  schemas:
    Envelope:
      type: object
      description: What every response has beside its payload.
      required: [code]
      properties:
        code: {type: integer, format: int64, description: 0 if the call succeeded.}
        msg: {type: string, description: What went wrong.}
";

/// Returns a spec with this number of operations, each with two types of its own.
fn spec(operations: usize) -> Vec<(String, String)> {
    let mut files = vec![
        ("spec/openapi.yaml".to_owned(), ROOT.to_owned()),
        ("spec/shared.yaml".to_owned(), SHARED.to_owned()),
    ];
    for file in 0..operations / IN_A_FILE {
        let name = format!("things{file}");
        let mut paths = String::new();
        let mut schemas = String::new();
        for index in 0..IN_A_FILE {
            let _ = write!(paths, "
  /v1/{name}/part{index}/{{thing_id}}:
    post:
      operationId: {name}.part{index}.update
      tags: [{name}]
      summary: Updates a part.
      description: Undocumented. See `{name}.part0.update`.
      x-coze-permission: []
      x-coze-changes: true
      parameters:
        - {{name: thing_id, in: path, required: true, description: The id., schema: {{type: string}}, example: '1'}}
      requestBody:
        required: true
        content:
          application/json:
            schema: {{$ref: '#/components/schemas/Update{file}Part{index}Request'}}
            example: {{name: a}}
      responses:
        '200':
          description: The part.
          content:
            application/json:
              schema:
                allOf:
                  - $ref: '#/components/schemas/Envelope'
                  - {{type: object, properties: {{data: {{$ref: '#/components/schemas/Thing{file}Part{index}'}}}}}}
              example: {{code: 0, msg: '', data: {{name: a}}}}");
            let _ = write!(
                schemas,
                "
    Update{file}Part{index}Request:
      type: object
      description: The update.
      required: [name]
      properties:
        name: {{type: string, description: The name.}}
    Thing{file}Part{index}:
      type: object
      description: A part.
      properties:
        name: {{type: string, description: The name.}}"
            );
        }
        let text = format!(
            "tags:\n  - {{name: {name}, description: Things.}}\npaths:{paths}\ncomponents:\n  schemas:{schemas}\n"
        );
        files.push((format!("spec/resources/{name}.yaml"), text));
    }
    files
}

/// Returns the CPU time of a function, which does not depend on other programs on the machine.
fn measure(operations: usize) -> Duration {
    let files = spec(operations);
    let files: Vec<(&str, &str)> =
        files.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    let start = ThreadTime::now();
    let document = coze_spec::load_texts(&files).unwrap_or_else(|findings| panic!("{findings}"));
    let findings = coze_spec::lint(&document);
    assert!(findings.is_empty(), "{findings}");
    let api = coze_spec::lower(&document).unwrap_or_else(|findings| panic!("{findings}"));
    let elapsed = start.elapsed();
    assert_eq!(api.operations().count(), operations);
    elapsed
}

/// Twice the operations take about twice the time. Quadratic code would take four times as long.
#[test]
fn time_is_linear_in_the_number_of_operations() {
    let best = |operations| (0..3).map(|_| measure(operations)).min().unwrap_or_default();
    let (half, full) = (best(1000), best(2000));
    println!("1000 operations: {half:?}, 2000 operations: {full:?}");
    assert!(full < 3 * half, "1000 operations: {half:?}, 2000 operations: {full:?}");
}
