//! Which images of an engine a user may have meant, if an image is unavailable.

use super::reference::Reference;
use crate::suggest::closest;

/// The most images that are suggested.
const SUGGESTIONS_MAX: usize = 3;

/// Of the images `known` those of the same repository as `reference`, else those of the repository with the most similar
/// name. All are shown as Docker shows them.
pub fn similar_images(reference: &str, known: &[String]) -> Vec<String> {
    let Ok(wanted) = Reference::parse(reference).map(|reference| reference.pull_target().from_image) else {
        return Vec::new();
    };
    let images: Vec<(&str, &str)> = known
        .iter()
        .filter_map(|image| Reference::parse(image).ok().map(|image| image.pull_target()))
        .map(|image| (image.from_image, image.tag))
        .collect();
    let repositories = || images.iter().map(|(repository, _)| *repository);
    let near = match repositories().any(|repository| repository == wanted) {
        true => Some(wanted),
        false => closest(wanted, repositories()),
    };
    let of_near = images.iter().filter(|(repository, _)| Some(*repository) == near);
    let mut similar: Vec<String> = of_near.map(|(repository, tag)| format!("{repository}:{tag}")).collect();
    similar.sort_unstable();
    similar.dedup();
    similar.truncate(SUGGESTIONS_MAX);
    similar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(reference: &str, expect: &[&str]) {
        let known = [
            "docker.io/library/alpine:3.20",
            "alpine:3.7",
            "registry.example.com:5000/group/app:1",
            "ruby:2.7",
            "<none>:<none>",
        ];
        assert_eq!(similar_images(reference, &known.map(str::to_owned)), expect, "{reference}");
    }

    #[test]
    fn other_tags_of_the_image_are_suggested_and_else_images_with_a_similar_name() {
        check("alpine:9", &["alpine:3.20", "alpine:3.7"]);
        check("alpnie", &["alpine:3.20", "alpine:3.7"]);
        check("registry.example.com:5000/group/ap:1", &["registry.example.com:5000/group/app:1"]);
        check("postgres:12", &[]);
        check("Not an image", &[]);
    }
}
