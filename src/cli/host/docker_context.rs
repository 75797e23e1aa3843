//! The docker CLI's contexts: which one is in use, and which engine it names.

use std::io;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::cli::host::text_file;
use crate::engine_choice::docker_context::{DockerContext, DockerContextError};

/// The context that stands for the default socket.
const DEFAULT: &str = "default";

/// How many contexts are looked at; people have a handful.
const CONTEXTS_MAX: usize = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfigFile {
    #[serde(default)]
    current_context: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Meta {
    name: String,
    #[serde(default)]
    endpoints: Endpoints,
}

#[derive(Deserialize, Default)]
struct Endpoints {
    #[serde(default)]
    docker: DockerEndpoint,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct DockerEndpoint {
    #[serde(default)]
    host: String,
}

/// The context in use: the one that `DOCKER_CONTEXT` names, else the current one of the configuration in `folder`.
/// `None` for the default one.
pub fn in_use(folder: &Path, variable: Option<String>) -> Option<DockerContext> {
    let (name, named_by) = match variable.filter(|name| !name.is_empty()) {
        Some(name) => (name, "DOCKER_CONTEXT".to_owned()),
        None => {
            let file = folder.join("config.json");
            // Whoever looks for credentials says what is wrong with the file.
            let config: ConfigFile = read(&file).ok()?;
            (config.current_context, file.display().to_string())
        }
    };
    if name.is_empty() || name == DEFAULT {
        return None;
    }
    let host = host(&folder.join("contexts/meta"), &name);
    Some(DockerContext { name, named_by, host })
}

/// Every context has a folder named by the hash of its name, so the names in all of them are compared.
fn host(contexts: &Path, name: &str) -> Result<String, DockerContextError> {
    let mut broken = None;
    for folder in std::fs::read_dir(contexts).into_iter().flatten().take(CONTEXTS_MAX).flatten() {
        match read::<Meta>(&folder.path().join("meta.json")) {
            Ok(meta) if meta.name == name => return Ok(meta.endpoints.docker.host),
            Ok(_) => {}
            Err(error) => broken = Some(error),
        }
    }
    Err(broken.unwrap_or(DockerContextError::Unknown))
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, DockerContextError> {
    let text = text_file::read(path);
    let parsed = text.and_then(|text| serde_json::from_str(&text).map_err(io::Error::from));
    parsed.map_err(|error| DockerContextError::Unreadable {
        path: path.display().to_string(),
        why: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `docker context create there --docker host=unix:///there.sock` and `docker context use there` leave it.
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
        let found = in_use(folder.path(), variable.map(str::to_owned));
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
    fn a_name_without_a_context_is_no_default() {
        check("{}", Some("none"), Some(("none", Err("there is no such context"))));
    }

    #[test]
    fn a_context_may_be_in_a_file_that_cannot_be_read() {
        let folder = folder("{}");
        let broken = folder.path().join("contexts/meta/0");
        std::fs::create_dir(&broken).unwrap();
        std::fs::write(broken.join("meta.json"), "{").unwrap();
        let found = |name: &str| in_use(folder.path(), Some(name.to_owned())).unwrap().host;
        assert_eq!(found("there"), Ok("unix:///there.sock".to_owned()));
        assert!(matches!(found("other"), Err(DockerContextError::Unreadable { .. })));
    }
}
