//! `secrets`: checks across the keys of a secret. `shapes` checks the forms of their values.

use super::decode::{invalid_value, present};
use super::exclusive_keys::check_exactly_one;
use crate::source::diagnostic::Diagnostics;
use crate::source::node::{Node, Value};

const PROVIDERS: [&str; 6] = [
    "vault",
    "azure_key_vault",
    "gcp_secret_manager",
    "akeyless",
    "gitlab_secrets_manager",
    "aws_secrets_manager",
];

/// Checks that each secret of a job has exactly one provider. `path` is the path of the job: `jobs:test`.
pub(super) fn check_secrets(job: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let Some(Value::Mapping(secrets)) = present(job, "secrets").map(|node| &node.value) else { return };
    for (name, secret) in secrets.iter().filter(|(_, secret)| matches!(secret.value, Value::Mapping(_))) {
        let path = format!("{path}:secrets:{}", name.key_text());
        let advice = "name the provider of the secret: `vault: production/db/password@ops`";
        check_exactly_one(secret, &path, &PROVIDERS, advice, diagnostics);
        if let Some(provider) = present(secret, "gcp_secret_manager")
            && present(secret, "token").is_none()
        {
            let message = format!("{path} token is required with gcp secrets manager");
            let problem = invalid_value(provider, message, "there is no `token`");
            diagnostics
                .push(problem.help("write `token: $GCP_ID_TOKEN`, with the name of an `id_tokens` entry"));
        }
    }
}
