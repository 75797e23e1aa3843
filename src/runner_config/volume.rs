//! Volume specifications: `[source:]path[:mode][,label][,propagation]`, by GitLab Runner's grammar for Linux.

use super::config_value::StringValue;

/// Characters that neither a source nor a path may have.
const FORBIDDEN: [char; 9] = ['\\', '*', '?', '"', '<', '>', '|', '\n', '\r'];

/// The options after the path: at most one of each group, in this order.
const OPTIONS: [&[&str]; 3] =
    [&["ro", "rw", "O"], &["z", "Z"], &["shared", "slave", "private", "rshared", "rslave", "rprivate"]];

/// A volume of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeSpec {
    /// A directory of the host, or the name of a volume. Without a source, the volume is a cache or temporary.
    pub source: Option<String>,
    /// The path in the container. Its variables have not been expanded.
    pub destination: String,
    /// The mode, SELinux label and propagation.
    pub options: Vec<String>,
}

impl StringValue for VolumeSpec {
    fn parse(text: &str) -> Result<Self, String> {
        let advice = "write /container/path, name:/container/path or /host/path:/container/path";
        parse_spec(text).ok_or_else(|| format!("invalid volume specification: \"{text}\"; {advice}"))
    }
}

fn parse_spec(text: &str) -> Option<VolumeSpec> {
    if text.contains(FORBIDDEN) {
        return None;
    }
    let parts: Vec<&str> = text.split(':').collect();
    let (source, destination, options) = match parts.as_slice() {
        [source, destination, options @ ..] if destination.starts_with('/') => {
            (Some(*source), *destination, options)
        }
        [destination, options @ ..] => (None, *destination, options),
        [] => return None,
    };
    let is_source = |source: &str| !source.is_empty() && (source.starts_with('/') || !source.contains('/'));
    if !destination.starts_with('/') || !source.is_none_or(is_source) {
        return None;
    }
    Some(VolumeSpec {
        source: source.map(str::to_owned),
        destination: destination.to_owned(),
        options: parse_options(options)?,
    })
}

fn parse_options(parts: &[&str]) -> Option<Vec<String>> {
    let mut groups = OPTIONS.iter();
    let mut found = Vec::new();
    for word in parts.iter().flat_map(|part| part.split(',')) {
        let known = groups.by_ref().flat_map(|group| group.iter()).find(|known| is_same(known, word))?;
        found.push((*known).to_owned());
    }
    Some(found)
}

/// Compares an option. Case only matters for labels: `z` and `Z` differ.
fn is_same(known: &str, word: &str) -> bool {
    if known.eq_ignore_ascii_case("z") { known == word } else { known.eq_ignore_ascii_case(word) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, source: Option<&str>, destination: &str, options: &str) {
        let spec = VolumeSpec::parse(text).unwrap();
        let found = (spec.source.as_deref(), &*spec.destination, &*spec.options.join(","));
        assert_eq!(found, (source, destination, options), "{text}");
    }

    #[test]
    fn the_specifications_of_gitlab_runners_tests_are_parsed() {
        check("/destination", None, "/destination", "");
        check("/destination:rw", None, "/destination", "rw");
        check("/source:/destination", Some("/source"), "/destination", "");
        check("volume_name:/destination", Some("volume_name"), "/destination", "");
        check("/s:/d:ro,z", Some("/s"), "/d", "ro,z");
        check("/s:/d:ro,Z", Some("/s"), "/d", "ro,Z");
        check("/s:/d:z", Some("/s"), "/d", "z");
        check("/s:/d:o,Z", Some("/s"), "/d", "O,Z");
        check("/s:/d:rslave", Some("/s"), "/d", "rslave");
        check("/s:/d:RO,rslave", Some("/s"), "/d", "ro,rslave");
        check("/s:/d:rw:rslave", Some("/s"), "/d", "rw,rslave");
        check("/my host path:/container path:rw", Some("/my host path"), "/container path", "rw");
        check("/source:/some/${VAR}/x", Some("/source"), "/some/${VAR}/x", "");
    }

    #[test]
    fn specifications_that_gitlab_runner_rejects_are_rejected() {
        for text in [
            "",
            ":/d",
            "/s:/d:T",
            "/s:/d:rw:something",
            "/s:/d:,rslave",
            "/s:/d:unknown",
            "/s:blipp",
            "/s:$VAR/x",
            "relative",
            "./here:/d",
            "/s:/d:z,ro",
            "/s:/d:ro,rw",
            "/s:/d:nocopy",
            "/a*:/d",
        ] {
            let expect = format!("invalid volume specification: \"{text}\"; write /container/path, ");
            assert!(VolumeSpec::parse(text).unwrap_err().starts_with(&expect), "{text}");
        }
    }
}
