//! A spec with many operations.

use std::fmt::Write as _;

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
pub(crate) fn spec(operations: usize) -> Vec<(String, String)> {
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
