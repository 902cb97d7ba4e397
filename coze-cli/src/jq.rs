//! The filters of `--jq`, in the language of jq.

use jaq_core::data::JustLut;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars};
use jaq_json::{Val, read};

use crate::failure::Failure;
use crate::language::say;

/// A compiled filter.
pub(crate) struct Filter(jaq_core::Filter<JustLut<Val>>);

impl Filter {
    /// Compiles a filter such as `.data.items[].name`.
    pub(crate) fn new(expression: &str) -> Result<Self, Failure> {
        let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let arena = Arena::default();
        let program = File { code: expression, path: () };
        let modules = Loader::new(definitions).load(&arena, program);
        let modules = modules.map_err(|_| invalid(expression, None))?;
        let filter = Compiler::default().with_funs(functions).compile(modules);
        let filter = filter.map_err(|errors| {
            // The undefined name, of which the first one suffices.
            let first = errors.into_iter().flat_map(|(_, errors)| errors).next();
            invalid(expression, first.map(|(name, _)| name))
        })?;
        Ok(Self(filter))
    }

    /// Applies the filter to JSON text. Each result is one text: a string without quotes, or JSON.
    pub(crate) fn apply(&self, json: &str) -> Result<Vec<String>, Failure> {
        let input = read::parse_single(json.as_bytes()).map_err(|_| {
            Failure::Local(say!(
                "--jq needs JSON, but the output is not",
                "--jq 需要 JSON，但输出不是 JSON",
            ))
        })?;
        let context = Ctx::<JustLut<Val>>::new(&self.0.lut, Vars::new([]));
        let results = self.0.id.run((context, input)).map(jaq_core::unwrap_valr);
        let texts = results.map(|result| match result {
            Ok(value) => {
                let text = value.to_string();
                Ok(serde_json::from_str::<String>(&text).unwrap_or(text))
            }
            Err(error) => Err(Failure::Local(say!(
                "the filter of --jq failed: {error}",
                "--jq 的过滤器出错：{error}",
            ))),
        });
        texts.collect()
    }
}

fn invalid(expression: &str, name: Option<&str>) -> Failure {
    Failure::Usage(match name {
        Some(name) => say!(
            "the filter `{expression}` of --jq is invalid: there is no `{name}`",
            "--jq 的过滤器 `{expression}` 无效：没有 `{name}`",
        ),
        None => say!(
            "the filter `{expression}` of --jq is invalid",
            "--jq 的过滤器 `{expression}` 无效",
        ),
    })
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a panic fails the test")]
mod tests {
    use super::*;

    fn apply(expression: &str, json: &str) -> Vec<String> {
        Filter::new(expression).expect(expression).apply(json).expect(json)
    }

    #[test]
    fn results_are_texts() {
        let json = r#"{"data":{"items":[{"id":"1","n":12345678901234567890123},{"id":"2"}]}}"#;
        assert_eq!(apply(".data.items[].id", json), ["1", "2"]);
        assert_eq!(apply(".data.items[0]", json), [r#"{"id":"1","n":12345678901234567890123}"#]);
        assert_eq!(apply(".data.items | length", json), ["2"]);
        assert_eq!(apply("[.data.items[] | select(.id == \"2\")]", json), [r#"[{"id":"2"}]"#]);
        assert_eq!(apply(".missing, (\"a b\" | @uri)", json), ["null", "a%20b"]);
    }

    #[test]
    fn invalid_filters_and_inputs_are_failures() {
        for (expression, expected) in [(".[", "`.[`"), ("nothing", "no `nothing`")] {
            let failure = Filter::new(expression).err().expect("a failure").to_string();
            assert!(failure.contains(expected), "{failure}");
        }
        let failure = Filter::new(".a").expect("a filter").apply("<html>").expect_err("no JSON");
        assert_eq!(failure.code(), 1);
        let failure = Filter::new(".a").expect("a filter").apply("[1]").expect_err("no object");
        assert!(failure.to_string().contains("--jq failed"), "{failure}");
    }
}
