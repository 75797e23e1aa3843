//! Volumes: `[source:]path[:mode][,label][,propagation]`, by GitLab Runner's grammar for Linux.

use super::value::Word;

/// Characters that stand neither in a source nor in a path.
const FORBIDDEN: [char; 9] = ['\\', '*', '?', '"', '<', '>', '|', '\n', '\r'];

/// What may follow the path, each at most once and in this order.
const OPTIONS: [&[&str]; 3] =
    [&["ro", "rw", "O"], &["z", "Z"], &["shared", "slave", "private", "rshared", "rslave", "rprivate"]];

/// A volume as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeSpec {
    /// A directory of the host, or a volume's name. Without one it is kept from job to job, or not at all.
    pub source: Option<String>,
    /// The path in the container; variables in it are not expanded yet.
    pub destination: String,
    /// Mode, label and propagation.
    pub options: Vec<String>,
}

impl Word for VolumeSpec {
    fn parse(text: &str) -> Result<Self, String> {
        spec(text).ok_or_else(|| format!("invalid volume specification: \"{text}\""))
    }
}

fn spec(text: &str) -> Option<VolumeSpec> {
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
        options: self::options(options)?,
    })
}

fn options(parts: &[&str]) -> Option<Vec<String>> {
    let mut groups = OPTIONS.iter();
    let mut found = Vec::new();
    for word in parts.iter().flat_map(|part| part.split(',')) {
        let known = groups.by_ref().flat_map(|group| group.iter()).find(|known| is_same(known, word))?;
        found.push((*known).to_owned());
    }
    Some(found)
}

/// Modes may be in any case, labels mean something else in the other.
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
    fn specifications_of_the_runners_tests() {
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
    fn what_the_runner_refuses_is_refused() {
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
            let expect = Err(format!("invalid volume specification: \"{text}\""));
            assert_eq!(VolumeSpec::parse(text), expect);
        }
    }
}
