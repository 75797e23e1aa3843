//! The forms of keywords, from GitLab's documentation.

use super::{KeyShape, Shape};

/// The most caches of a job; GitLab's limit.
const CACHES_MAX: usize = 4;

/// The most tags of a job; GitLab's limit.
const TAGS_MAX: usize = 49;

const fn attribute(name: &'static str, shape: Shape) -> KeyShape {
    KeyShape { name, has_path: false, shape, missing: None }
}

const fn entry(name: &'static str, shape: Shape) -> KeyShape {
    KeyShape { name, has_path: true, shape, missing: None }
}

/// An attribute that a mapping needs. `missing` is what GitLab says of a mapping without it.
const fn required(name: &'static str, missing: &'static str, shape: Shape) -> KeyShape {
    KeyShape { name, has_path: false, shape, missing: Some(missing) }
}

/// Keywords of jobs and of `default:`.
pub(super) const KEYWORDS: &[KeyShape] = &[
    entry("artifacts", Shape::Hash(ARTIFACTS)),
    entry("cache", Shape::HashOrList(CACHE, CACHES_MAX)),
    entry("dast_configuration", Shape::Hash(DAST_CONFIGURATION)),
    entry("id_tokens", Shape::Named(ID_TOKEN)),
    entry("identity", Shape::OneOf(&["google_cloud"], "one of: google_cloud")),
    entry("inputs", Shape::Named(JOB_INPUT)),
    entry("interruptible", Shape::Boolean),
    attribute("manual_confirmation", Shape::Text),
    entry("pages", Shape::BooleanOr(PAGES)),
    entry("publish", Shape::Text),
    entry("release", Shape::Hash(RELEASE)),
    attribute("resource_group", Shape::Text),
    entry("run", Shape::List("step", STEP)),
    entry("secrets", Shape::Named(SECRET)),
    entry("tags", Shape::FewTexts(TAGS_MAX)),
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
    required("tag_name", "tag name can't be blank", Shape::Text),
    attribute("tag_message", Shape::Text),
    attribute("name", Shape::Text),
    required("description", "description can't be blank", Shape::Text),
    attribute("ref", Shape::Text),
    attribute("released_at", Shape::DateTime),
    attribute("milestones", Shape::TextOrTexts),
    entry("assets", Shape::Hash(&[entry("links", Shape::List("link", LINK))])),
];

const LINK: &[KeyShape] = &[
    required("name", "name can't be blank", Shape::Text),
    required("url", "url can't be blank", Shape::Url),
    attribute("filepath", Shape::Text),
    attribute("link_type", Shape::Text),
];

const ID_TOKEN: &[KeyShape] = &[required("aud", "config missing required keys: aud", Shape::TextOrTexts)];

const DAST_CONFIGURATION: &[KeyShape] =
    &[attribute("site_profile", Shape::Text), attribute("scanner_profile", Shape::Text)];

const JOB_INPUT: &[KeyShape] = &[
    attribute("default", Shape::Any),
    attribute("description", Shape::Text),
    attribute("options", Shape::Any),
    attribute("regex", Shape::Text),
    attribute(
        "type",
        Shape::OneOf(&["array", "boolean", "number", "string"], "one of: array, boolean, number, string"),
    ),
];

// That a step has exactly one of `script`, `step` and `func` is checked elsewhere.
const STEP: &[KeyShape] = &[
    required("name", "name can't be blank", Shape::StepName),
    attribute("env", Shape::Hash(&[])),
    attribute("inputs", Shape::Hash(&[])),
    attribute("script", Shape::Text),
    attribute("step", Shape::TextOr(&[])),
    attribute("func", Shape::TextOr(&[])),
];

// That a secret has exactly one provider is checked elsewhere.
const SECRET: &[KeyShape] = &[
    entry("vault", Shape::TextOr(VAULT)),
    entry("file", Shape::Boolean),
    attribute("token", Shape::Text),
    entry("aws_secrets_manager", Shape::TextOr(AWS_SECRET)),
    entry("azure_key_vault", Shape::Hash(NAMED_SECRET)),
    entry("gcp_secret_manager", Shape::Hash(GCP_SECRET)),
    entry("gitlab_secrets_manager", Shape::Hash(GITLAB_SECRET)),
    entry("akeyless", Shape::Hash(AKEYLESS_SECRET)),
];

const VAULT: &[KeyShape] = &[
    required(
        "engine",
        "engine can't be blank",
        Shape::Hash(&[
            required("name", "name can't be blank", Shape::Text),
            required("path", "path can't be blank", Shape::Text),
        ]),
    ),
    required("path", "path can't be blank", Shape::Text),
    required("field", "field can't be blank", Shape::Text),
];

const AWS_SECRET: &[KeyShape] = &[
    required("secret_id", "secret id can't be blank", Shape::Text),
    attribute("region", Shape::Text),
    attribute("version_id", Shape::Text),
    attribute("version_stage", Shape::Text),
    attribute("role_arn", Shape::Text),
    attribute("role_session_name", Shape::Text),
    attribute("field", Shape::Text),
];

const NAMED_SECRET: &[KeyShape] =
    &[required("name", "name can't be blank", Shape::Text), attribute("version", Shape::Text)];

// The version may be a number.
const GCP_SECRET: &[KeyShape] =
    &[required("name", "name can't be blank", Shape::Text), attribute("version", Shape::Any)];

const GITLAB_SECRET: &[KeyShape] =
    &[required("name", "name can't be blank", Shape::Text), attribute("source", Shape::Text)];

const AKEYLESS_SECRET: &[KeyShape] = &[
    attribute("name", Shape::Text),
    attribute("data_key", Shape::Text),
    attribute("cert_user_name", Shape::Text),
    attribute("public_key_data", Shape::Text),
    attribute("csr_data", Shape::Text),
    attribute("akeyless_api_url", Shape::Text),
    attribute("akeyless_access_type", Shape::Text),
    attribute("akeyless_token", Shape::Text),
    attribute("uid_token", Shape::Text),
    attribute("gcp_audience", Shape::Text),
    attribute("azure_object_id", Shape::Text),
    attribute("k8s_service_account_token", Shape::Text),
    attribute("k8s_auth_config_name", Shape::Text),
    attribute("akeyless_access_key", Shape::Text),
    attribute("gateway_ca_certificate", Shape::Text),
];
