//! Contexts of the docker CLI: the one in use, and the engine that it names.

use std::io;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::cli::host::text_file::read_text_file;
use crate::engine_choice::docker_context::{DockerContext, DockerContextError};

/// The name of the context for the default socket.
const DEFAULT_CONTEXT: &str = "default";

/// The number of contexts that are read; people have a handful.
const CONTEXTS_MAX: usize = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DockerConfigFile {
    #[serde(default)]
    current_context: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContextMetadata {
    name: String,
    #[serde(default)]
    endpoints: ContextEndpoints,
}

#[derive(Deserialize, Default)]
struct ContextEndpoints {
    #[serde(default)]
    docker: DockerContextEndpoint,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct DockerContextEndpoint {
    #[serde(default)]
    host: String,
}

/// Finds the context in use: the one that `DOCKER_CONTEXT` names, else the current context of `config.json` in
/// `folder`. `None` for the default context.
pub fn context_in_use(folder: &Path, variable: Option<String>) -> Option<DockerContext> {
    let (name, named_by) = match variable.filter(|name| !name.is_empty()) {
        Some(name) => (name, "DOCKER_CONTEXT".to_owned()),
        None => {
            let file = folder.join("config.json");
            // The search for credentials reports errors in the file.
            let config: DockerConfigFile = read_json(&file).ok()?;
            (config.current_context, file.display().to_string())
        }
    };
    if name.is_empty() || name == DEFAULT_CONTEXT {
        return None;
    }
    let host = host_of_context(&folder.join("contexts/meta"), &name);
    Some(DockerContext { name, named_by, host })
}

/// Reads the engine's host of the context `name`. The folder of a context is named after a hash of its name; this
/// function reads the names in all of them instead of computing the hash.
fn host_of_context(contexts: &Path, name: &str) -> Result<String, DockerContextError> {
    let mut broken = None;
    for folder in std::fs::read_dir(contexts).into_iter().flatten().take(CONTEXTS_MAX).flatten() {
        match read_json::<ContextMetadata>(&folder.path().join("meta.json")) {
            Ok(meta) if meta.name == name => return Ok(meta.endpoints.docker.host),
            Ok(_) => {}
            Err(error) => broken = Some(error),
        }
    }
    Err(broken.unwrap_or(DockerContextError::Unknown))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, DockerContextError> {
    let text = read_text_file(path);
    let parsed = text.and_then(|text| serde_json::from_str(&text).map_err(io::Error::from));
    parsed.map_err(|error| DockerContextError::Unreadable {
        path: path.display().to_string(),
        why: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files that `docker context create there --docker host=unix:///there.sock` and `docker context use there`
    /// write.
    fn folder(current: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let meta = folder
            .path()
            .join("contexts/meta/5dde896887f6754c9b15bfe3a441ae4806df2fde94001311e08bf110622e0bbe");
        std::fs::create_dir_all(&meta).unwrap();
        let text = r#"{"Name":"there","Metadata":{},"Endpoints":{"docker":{"Host":"unix:///there.sock","SkipTLSVerify":false}}}"#;
        std::fs::write(meta.join("meta.json"), text).unwrap();
        std::fs::write(folder.path().join("config.json"), current).unwrap();
        folder
    }

    fn check(current: &str, variable: Option<&str>, expect: Option<(&str, Result<&str, &str>)>) {
        let folder = folder(current);
        let found = context_in_use(folder.path(), variable.map(str::to_owned));
        let found = found.map(|context| (context.name, context.host.map_err(|error| error.to_string())));
        let expect = expect.map(|(name, host)| (name.to_owned(), host));
        match (&found, &expect) {
            (Some((name, Err(error))), Some((expected, Err(text)))) => {
                assert_eq!(name, expected);
                assert!(error.contains(text), "{error}");
            }
            (Some((name, Ok(host))), Some((expected, Ok(text)))) => {
                assert_eq!((name, host.as_str()), (expected, *text));
            }
            (None, None) => {}
            _ => panic!("{found:?} is not {expect:?}"),
        }
    }

    #[test]
    fn the_variable_outranks_the_configuration() {
        let there = Some(("there", Ok("unix:///there.sock")));
        check(r#"{"currentContext":"there"}"#, None, there);
        check(r#"{"currentContext":"there"}"#, Some(""), there);
        check("{}", Some("there"), there);
        check(r#"{"currentContext":"there"}"#, Some("default"), None);
        check(r#"{"currentContext":"default"}"#, None, None);
        check("{}", None, None);
        check("no JSON", None, None);
    }

    #[test]
    fn an_unknown_context_is_an_error() {
        check("{}", Some("none"), Some(("none", Err("there is no such context"))));
    }

    #[test]
    fn an_unreadable_context_is_reported_only_if_no_other_has_the_name() {
        let folder = folder("{}");
        let broken = folder.path().join("contexts/meta/0");
        std::fs::create_dir(&broken).unwrap();
        std::fs::write(broken.join("meta.json"), "{").unwrap();
        let found = |name: &str| context_in_use(folder.path(), Some(name.to_owned())).unwrap().host;
        assert_eq!(found("there"), Ok("unix:///there.sock".to_owned()));
        assert!(matches!(found("other"), Err(DockerContextError::Unreadable { .. })));
    }
}
