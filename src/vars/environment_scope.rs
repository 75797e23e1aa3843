//! The environments that a variable of the project is for: `production`, or `review/*`. Pure.

use super::env_file::{ALL_ENVIRONMENTS, ProjectVariable};

/// The variables for a job with this environment, or for a job without one. Of two with the same name the later one
/// counts: it has the scope that names the environment exactly, or else the longest.
pub fn variables_for<'v>(
    variables: &'v [ProjectVariable],
    environment: Option<&str>,
) -> Vec<&'v ProjectVariable> {
    let is_for = |variable: &&ProjectVariable| match environment {
        Some(name) => matches(&variable.scope, name),
        None => variable.scope == ALL_ENVIRONMENTS,
    };
    let mut found: Vec<&ProjectVariable> = variables.iter().filter(is_for).collect();
    // A stable sort: variables of one scope keep their order.
    found.sort_by_key(|variable| {
        let is_exact = environment == Some(&*variable.scope);
        (is_exact, if variable.scope == ALL_ENVIRONMENTS { 0 } else { variable.scope.len() })
    });
    found
}

/// Whether a scope, in which `*` stands for any text, matches the name of an environment.
fn matches(scope: &str, name: &str) -> bool {
    let Some((start, rest)) = scope.split_once('*') else { return scope == name };
    let Some(mut name) = name.strip_prefix(start) else { return false };
    let (middle, end) = rest.rsplit_once('*').map_or((None, rest), |(middle, end)| (Some(middle), end));
    for part in middle.into_iter().flat_map(|middle| middle.split('*')) {
        // The first place is the best one: it leaves the most for what follows.
        let Some((_, after)) = name.split_once(part) else { return false };
        name = after;
    }
    name.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::super::env_file::parse;
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (scope, name) in [
            ("*", "production"),
            ("production", "production"),
            ("review/*", "review/a"),
            ("review/*", "review/"),
            ("*/a", "review/a"),
            ("r*i*w/*a", "review/aa"),
            ("*a*", "a"),
        ] {
            assert!(matches(scope, name), "{scope} {name}");
        }
        for (scope, name) in [
            ("production", "Production"),
            ("review/*", "review"),
            ("review", "review/a"),
            ("a*a", "a"),
            ("*b*b", "ab"),
            ("", "a"),
        ] {
            assert!(!matches(scope, name), "{scope} {name}");
        }
    }

    #[test]
    fn the_scope_that_fits_best_counts() {
        let text = "# environment: review/a\nA=exact\n# environment: review/*\nA=long\nB=long\n\
                    # environment: rev*\nB=short\nC=short\n# environment: *\nA=all\nB=all\nC=all\nD=all\n";
        let variables = parse(text).unwrap();
        let value = |environment: Option<&str>, key: &str| {
            let found = variables_for(&variables, environment);
            found.into_iter().rfind(|variable| variable.key == key).map(|variable| variable.value.clone())
        };
        let values = |environment| {
            ["A", "B", "C", "D"].map(|key| value(environment, key).unwrap_or_default()).join(" ")
        };
        assert_eq!(values(Some("review/a")), "exact long short all");
        assert_eq!(values(Some("review/b")), "long long short all");
        assert_eq!(values(Some("production")), "all all all all");
        assert_eq!(values(None), "all all all all");
    }
}
