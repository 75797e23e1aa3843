//! The forms of keywords, from GitLab's documentation.

use super::{KeyShape, Shape};

/// The most caches of a job; GitLab's limit.
const CACHES_MAX: usize = 4;

const fn attribute(name: &'static str, shape: Shape) -> KeyShape {
    KeyShape { name, has_path: false, shape }
}

const fn entry(name: &'static str, shape: Shape) -> KeyShape {
    KeyShape { name, has_path: true, shape }
}

/// Keywords of jobs and of `default:`.
pub(super) const KEYWORDS: &[KeyShape] = &[
    entry("artifacts", Shape::Hash(ARTIFACTS)),
    entry("cache", Shape::HashOrList(CACHE, CACHES_MAX)),
    entry("id_tokens", Shape::Hash(&[])),
    entry("interruptible", Shape::Boolean),
    entry("pages", Shape::BooleanOr(PAGES)),
    entry("release", Shape::Hash(RELEASE)),
    attribute("resource_group", Shape::Text),
    entry("secrets", Shape::Hash(&[])),
    entry("tags", Shape::Texts),
    entry("trigger", Shape::TextOr(TRIGGER)),
];

const WHEN: &[&str] = &["on_success", "on_failure", "always"];
const WHEN_LIST: &str = "one of: on_success, on_failure, always";

const ARTIFACTS: &[KeyShape] = &[
    attribute("name", Shape::Text),
    attribute("untracked", Shape::Boolean),
    attribute("paths", Shape::Texts),
    entry("reports", Shape::Hash(REPORTS)),
    attribute("when", Shape::OneOf(WHEN, WHEN_LIST)),
    attribute("expire_in", Shape::Expiry),
    attribute("expose_as", Shape::Text),
    attribute("exclude", Shape::Texts),
    attribute("public", Shape::Boolean),
    attribute(
        "access",
        Shape::OneOf(&["none", "developer", "maintainer", "all"], "one of: none, developer, maintainer, all"),
    ),
];

const REPORTS: &[KeyShape] = &[
    attribute("accessibility", Shape::TextOrTexts),
    attribute("annotations", Shape::TextOrTexts),
    attribute("api_fuzzing", Shape::TextOrTexts),
    attribute("browser_performance", Shape::TextOrTexts),
    attribute("cluster_image_scanning", Shape::TextOrTexts),
    attribute("codequality", Shape::TextOrTexts),
    attribute("container_scanning", Shape::TextOrTexts),
    attribute("coverage_fuzzing", Shape::TextOrTexts),
    attribute("coverage_report", Shape::Hash(COVERAGE_REPORT)),
    attribute("cyclonedx", Shape::TextOrTexts),
    attribute("dast", Shape::TextOrTexts),
    attribute("dependency_scanning", Shape::TextOrTexts),
    attribute("dotenv", Shape::TextOrTexts),
    attribute("junit", Shape::TextOrTexts),
    attribute("license_scanning", Shape::TextOrTexts),
    attribute("load_performance", Shape::TextOrTexts),
    attribute("lsif", Shape::TextOrTexts),
    attribute("metrics", Shape::TextOrTexts),
    attribute("performance", Shape::TextOrTexts),
    attribute("repository_xray", Shape::TextOrTexts),
    attribute("requirements", Shape::TextOrTexts),
    attribute("requirements_v2", Shape::TextOrTexts),
    attribute("sarif", Shape::TextOrTexts),
    attribute("sast", Shape::TextOrTexts),
    attribute("scip", Shape::TextOrTexts),
    attribute("secret_detection", Shape::TextOrTexts),
    attribute("terraform", Shape::TextOrTexts),
];

// The values are checked where they are decoded, because both are required.
const COVERAGE_REPORT: &[KeyShape] =
    &[attribute("coverage_format", Shape::Any), attribute("path", Shape::Text)];

const CACHE: &[KeyShape] = &[
    entry("key", Shape::TextOr(CACHE_KEY)),
    entry("paths", Shape::Texts),
    entry("untracked", Shape::Boolean),
    attribute(
        "policy",
        Shape::VariableOr(&["pull-push", "push", "pull"], "a variable or one of: pull-push, push, pull"),
    ),
    attribute("when", Shape::OneOf(WHEN, WHEN_LIST)),
    attribute("fallback_keys", Shape::Texts),
    attribute("unprotect", Shape::Boolean),
];

const CACHE_KEY: &[KeyShape] =
    &[entry("files", Shape::Texts), entry("files_commits", Shape::Texts), entry("prefix", Shape::Text)];

const PAGES: &[KeyShape] = &[
    attribute("publish", Shape::Text),
    attribute("path_prefix", Shape::Text),
    attribute("expire_in", Shape::Expiry),
];

const RELEASE: &[KeyShape] = &[
    attribute("tag_name", Shape::Text),
    attribute("tag_message", Shape::Text),
    attribute("name", Shape::Text),
    attribute("description", Shape::Text),
    attribute("ref", Shape::Text),
    // A date, which only GitLab parses.
    attribute("released_at", Shape::Text),
    attribute("milestones", Shape::TextOrTexts),
    attribute("assets", Shape::Hash(&[])),
];

const TRIGGER: &[KeyShape] = &[
    attribute("project", Shape::Text),
    attribute("branch", Shape::Text),
    attribute("strategy", Shape::OneOf(&["depend", "mirror"], "depend or mirror")),
    attribute("include", Shape::Any),
    attribute("forward", Shape::Hash(&[])),
    attribute("inputs", Shape::Hash(&[])),
];
