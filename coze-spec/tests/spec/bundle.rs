//! A bundle is read as the folder that it was made from.

use std::path::Path;

use coze_spec::compare::compare;

#[test]
fn a_bundle_means_the_same_as_the_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let document = coze_spec::load(&folder).expect("the spec is good");
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), coze_spec::bundle(&document).to_string()).expect("written");
    let bundle = coze_spec::load_bundle(file.path()).expect("the bundle is good");
    let old = coze_spec::lower(&document).expect("a model");
    let new = coze_spec::lower(&bundle).expect("a model");
    assert_eq!(compare(&old, &new), []);
}

/// Tools that do not know the extensions find every schema and every operation.
#[test]
fn a_bundle_refers_to_every_schema() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let document = coze_spec::load(&folder).expect("the spec is good");
    let bundle = coze_spec::bundle(&document);
    let text = bundle.to_string();
    let schemas = bundle["components"]["schemas"].as_object().expect("schemas");
    let reference = |name: &str| format!("\"$ref\":\"#/components/schemas/{name}\"");
    let unused: Vec<_> = schemas.keys().filter(|name| !text.contains(&reference(name))).collect();
    assert_eq!(unused, [""; 0]);
    let created = &schemas["ChatEvent"]["x-coze-stream"][0];
    assert_eq!(created["schema"], serde_json::json!({"$ref": "#/components/schemas/Chat"}));
    let callbacks = bundle["x-webhooks"].as_object().expect("callbacks");
    assert!(!callbacks.is_empty());
    for (name, callback) in callbacks {
        assert_eq!(callback["post"]["operationId"], format!("webhooks.{name}"));
    }
}

#[test]
fn a_file_that_is_not_a_bundle_is_a_finding() {
    let missing = coze_spec::load_bundle(Path::new("no/such/file.yaml")).expect_err("no file");
    assert!(missing.to_string().starts_with("no/such/file.yaml:1: cannot be read"), "{missing}");
}
