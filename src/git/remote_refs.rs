//! The refs of a repository elsewhere, as `git ls-remote` lists them.

/// The ref of the default branch.
const HEAD: &str = "HEAD";

/// The suffix of the line that has the commit of an annotated tag.
const PEELED: &str = "^{}";

/// Branches, tags and `HEAD`, with their commits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoteRefs {
    /// Full names and commits, in git's order.
    refs: Vec<(String, String)>,
}

impl RemoteRefs {
    /// Parses lines of a hash, a tab and a name; others are skipped. An annotated tag gets the hash of its commit.
    pub fn parse(text: &str) -> Self {
        let mut refs: Vec<(String, String)> = Vec::new();
        for (hash, name) in text.lines().filter_map(|line| line.split_once('\t')) {
            if !is_hash(hash) {
                continue;
            }
            match (name.strip_suffix(PEELED), refs.last_mut()) {
                (Some(tag), Some((known, commit))) if known == tag => hash.clone_into(commit),
                (Some(_), _) => {}
                (None, _) => refs.push((name.to_owned(), hash.to_owned())),
            }
        }
        Self { refs }
    }

    /// The commit of HEAD.
    pub fn head(&self) -> Option<&str> {
        self.commit(HEAD)
    }

    /// The commit of the ref with this full name.
    pub fn commit(&self, name: &str) -> Option<&str> {
        self.refs.iter().find(|(known, _)| known == name).map(|(_, commit)| &**commit)
    }

    /// The names of all tags, without `refs/tags/`.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.refs.iter().filter_map(|(name, _)| name.strip_prefix("refs/tags/"))
    }
}

/// Whether the text is the whole hash of an object.
pub fn is_hash(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotated_tag_has_the_commit_that_it_names() {
        let hash = |digit: &str| digit.repeat(40);
        let (one, two, three) = (hash("1"), hash("2"), hash("3"));
        let text = format!(
            "{one}\tHEAD\n{one}\trefs/heads/main\n{two}\trefs/tags/v1\n{three}\trefs/tags/v1^{{}}\n{three}\trefs/tags/v2\nx\ty\n"
        );
        let refs = RemoteRefs::parse(&text);
        assert_eq!((refs.head(), refs.commit("refs/tags/v1")), (Some(&*one), Some(&*three)));
        assert_eq!(refs.tags().collect::<Vec<_>>(), ["v1", "v2"]);
        assert_eq!(refs.commit("y"), None);
    }
}
