//! Any YAML is a spec or has findings: no stage panics, and what has no findings has a model.

const ROOT: &str = "
openapi: 3.0.3
info: {title: Fuzz, version: '1'}
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

/// Runs one input: the file of a resource.
pub fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let files = [
        ("spec/openapi.yaml", ROOT),
        ("spec/shared.yaml", SHARED),
        ("spec/resources/things.yaml", &*text),
    ];
    match coze_spec::load_texts(&files) {
        Err(findings) => assert!(!findings.is_empty()),
        Ok(document) => {
            let findings = coze_spec::lint(&document);
            let lowered = coze_spec::lower(&document);
            assert!(!findings.is_empty() || lowered.is_ok(), "it has no model: {text}");
        }
    }
}
