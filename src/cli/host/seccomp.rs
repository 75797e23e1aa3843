//! Seccomp profiles of `security_opt`: the engine takes the content of a profile, and its file is on this host.

use std::path::Path;

use crate::cli::host::text_file::read_text_file;

/// The prefix of a `security_opt` that names a profile.
const PREFIX: &str = "seccomp=";

/// Profiles that the engine knows by name.
const ENGINE_PROFILES: [&str; 2] = ["unconfined", "builtin"];

/// Replaces the path of each profile with its content.
///
/// # Errors
/// A file cannot be read, or is not JSON. The messages are GitLab Runner's.
pub(super) fn inline_profiles(options: &mut [String]) -> Result<(), String> {
    for option in options {
        let Some(profile) = option.strip_prefix(PREFIX) else { continue };
        if profile.starts_with('{') || ENGINE_PROFILES.contains(&profile) {
            continue;
        }
        let text = read_text_file(Path::new(profile))
            .map_err(|error| format!("failed to read seccomp profile from {profile}: {error}"))?;
        let json: serde_json::Value = serde_json::from_str(&text)
            .map_err(|error| format!("seccomp profile {profile} is not valid JSON: {error}"))?;
        *option = format!("{PREFIX}{json}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(option: &str, expect: Result<&str, &str>) {
        let mut options = [option.to_owned()];
        let done = inline_profiles(&mut options).map(|()| options[0].clone());
        match (done, expect) {
            (Ok(found), Ok(expect)) => assert_eq!(found, expect),
            (Err(found), Err(expect)) => assert!(found.starts_with(expect), "{found}"),
            (found, expect) => panic!("{found:?} {expect:?}"),
        }
    }

    #[test]
    fn the_content_of_a_profile_replaces_its_path() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().display().to_string();
        std::fs::write(file.path(), "{\n  \"defaultAction\": \"SCMP_ACT_ALLOW\"\n}\n").unwrap();
        check(&format!("seccomp={path}"), Ok("seccomp={\"defaultAction\":\"SCMP_ACT_ALLOW\"}"));
        std::fs::write(file.path(), "no JSON").unwrap();
        check(&format!("seccomp={path}"), Err(&format!("seccomp profile {path} is not valid JSON: ")));
        check("seccomp=/nowhere", Err("failed to read seccomp profile from /nowhere: "));
    }

    #[test]
    fn options_without_a_path_stay_as_they_are() {
        for option in ["no-new-privileges", "seccomp=unconfined", "seccomp=builtin", "seccomp={}", "seccomp"]
        {
            check(option, Ok(option));
        }
    }
}
