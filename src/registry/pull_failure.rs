//! Classifies the engine's message about a failed pull.

/// Parts of messages about a registry that is temporarily unreachable, from GitLab Runner's
/// `common/classify_image_pull_failure.go` (19.4). GitLab Runner retries only these.
const TRANSIENT: [&str; 8] = [
    "dial tcp",
    "connection refused",
    "no such host",
    "i/o timeout",
    "tls handshake",
    "client.timeout exceeded",
    "request canceled",
    "connection reset",
];

/// Parts of the messages of registries, by way of Docker and Podman, about a pull without sufficient credentials.
const REFUSALS: [&str; 5] =
    ["no basic auth credentials", "unauthorized", "authentication required", "access denied", "is denied"];

/// Whether the registry may allow the pull to a user who logs in.
pub fn is_refusal(message: &str) -> bool {
    let message = message.to_lowercase();
    REFUSALS.iter().any(|text| message.contains(text))
}

/// Whether the same pull may succeed a moment later.
pub fn is_transient(message: &str) -> bool {
    let message = message.to_lowercase();
    TRANSIENT.iter().any(|text| message.contains(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreachable_registry_is_transient_and_a_refusal_is_not() {
        let registry =
            "Get \"http://127.0.0.1:5999/v2/\": dial tcp 127.0.0.1:5999: connect: connection refused";
        for message in [registry, "net/http: TLS handshake timeout", "read: connection reset by peer"] {
            assert!(is_transient(message), "{message}");
        }
        for message in [
            "Head \"http://r/v2/x/manifests/1\": no basic auth credentials",
            "unauthorized: authentication required",
            "pull access denied for x, repository does not exist or may require 'docker login'",
            "denied: requested access to the resource is denied",
        ] {
            assert!(is_refusal(message), "{message}");
        }
        for message in [registry, "manifest for a:1 not found: manifest unknown: manifest unknown"] {
            assert!(!is_refusal(message), "{message}");
        }
        for message in [
            "manifest for a:1 not found: manifest unknown: manifest unknown",
            "Head \"http://r/v2/x/manifests/1\": no basic auth credentials",
            "unauthorized: authentication required",
            "pull access denied for x, repository does not exist or may require 'docker login'",
            "toomanyrequests: you have reached your pull rate limit",
            "context deadline exceeded",
        ] {
            assert!(!is_transient(message), "{message}");
        }
    }
}
