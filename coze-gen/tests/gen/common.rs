//! Helpers for the tests of the generator: paths, and the idioms of the golden tests.

use std::fs;
use std::path::{Path, PathBuf};

use coze_gen::Generated;
use coze_spec::Document;

/// Returns the folder of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the folder of the idioms.
pub(crate) fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Reads a file that must exist.
pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads the real spec.
pub(crate) fn real() -> Document {
    coze_spec::load(&workspace().join("spec")).unwrap_or_else(|findings| panic!("{findings}"))
}

/// Returns the names of the idioms. Each is a folder with a small resource of this name.
pub(crate) fn idioms() -> Vec<String> {
    let entries = fs::read_dir(golden()).unwrap_or_else(|error| panic!("{error}"));
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The idiom that completes idioms without operations, because a document must have operations.
const BESIDE: &str = "path_and_query";

/// Returns the spec of these idioms as file names and texts.
pub(crate) fn texts_of<S: AsRef<str>>(idioms: &[S]) -> Vec<(String, String)> {
    let golden = golden();
    let mut texts: Vec<(String, String)> = ["openapi.yaml", "shared.yaml"]
        .into_iter()
        .map(|file| (format!("spec/{file}"), read(&golden.join(file))))
        .collect();
    let lacks = idioms.iter().all(|idiom| Home::of(idiom.as_ref()) != Home::Resource);
    for idiom in lacks.then_some(BESIDE).into_iter().chain(idioms.iter().map(S::as_ref)) {
        let (folder, home) = (golden.join(idiom), Home::of(idiom));
        if folder.join("shared.yaml").exists() {
            texts.push((home.shared(), read(&folder.join("shared.yaml"))));
        }
        texts.push((home.spec(idiom), read(&folder.join("spec.yaml"))));
    }
    texts
}

/// The subject of an idiom, which determines the places of its files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    Resource,
    Channel,
    Webhooks,
}

impl Home {
    pub(crate) fn of(idiom: &str) -> Self {
        let text = read(&golden().join(idiom).join("spec.yaml"));
        match text.split(':').next() {
            Some("x-coze-channel") => Self::Channel,
            Some("x-webhooks") => Self::Webhooks,
            _ => Self::Resource,
        }
    }

    fn spec(self, idiom: &str) -> String {
        match self {
            Self::Resource => format!("spec/resources/{idiom}.yaml"),
            Self::Channel => format!("spec/realtime/{idiom}.yaml"),
            Self::Webhooks => "spec/webhooks.yaml".to_owned(),
        }
    }

    fn shared(self) -> String {
        match self {
            Self::Channel => "spec/realtime/shared.yaml".to_owned(),
            Self::Resource | Self::Webhooks => "spec/shared.yaml".to_owned(),
        }
    }

    /// Returns the path of a file of an idiom in a folder of generated files.
    pub(crate) fn generated_path(self, folder: &str, file: &str) -> String {
        match self {
            Self::Channel => format!("{folder}/realtime/{file}.rs"),
            Self::Resource | Self::Webhooks => format!("{folder}/{file}.rs"),
        }
    }
}

/// Generates the code of these idioms.
pub(crate) fn generate<S: AsRef<str>>(idioms: &[S]) -> Generated {
    let texts = texts_of(idioms);
    let texts: Vec<(&str, &str)> =
        texts.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    coze_spec::load_texts(&texts)
        .and_then(|document| coze_gen::generate(&document))
        .unwrap_or_else(|findings| panic!("{findings}"))
}

/// Returns the content of a generated file.
pub(crate) fn content<'a>(generated: &'a Generated, path: &str) -> &'a str {
    let file = generated.files.iter().find(|(known, _)| *known == Path::new(path));
    file.unwrap_or_else(|| panic!("{path} is not generated")).1
}
