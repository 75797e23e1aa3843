//! Profiles of `security_opt`: the engine takes their content, and the file is on this side.

use std::path::Path;

use crate::cli::host::text_file;

/// What stands in front of a profile.
const PREFIX: &str = "seccomp=";

/// Profiles that the engine has.
const OF_ENGINE: [&str; 2] = ["unconfined", "builtin"];

/// Replaces the path of each profile by its content.
///
/// # Errors
/// A file that cannot be read, or that has no JSON in it; the text is GitLab Runner's.
pub fn inline(options: &mut [String]) -> Result<(), String> {
    for option in options {
        let Some(profile) = option.strip_prefix(PREFIX) else { continue };
        if profile.starts_with('{') || OF_ENGINE.contains(&profile) {
            continue;
        }
        let text = text_file::read(Path::new(profile))
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
        let done = inline(&mut options).map(|()| options[0].clone());
        match (done, expect) {
            (Ok(found), Ok(expect)) => assert_eq!(found, expect),
            (Err(found), Err(expect)) => assert!(found.starts_with(expect), "{found}"),
            (found, expect) => panic!("{found:?} {expect:?}"),
        }
    }

    #[test]
    fn a_profile_is_read_here_and_sent_in_one_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().display().to_string();
        std::fs::write(file.path(), "{\n  \"defaultAction\": \"SCMP_ACT_ALLOW\"\n}\n").unwrap();
        check(&format!("seccomp={path}"), Ok("seccomp={\"defaultAction\":\"SCMP_ACT_ALLOW\"}"));
        std::fs::write(file.path(), "no JSON").unwrap();
        check(&format!("seccomp={path}"), Err(&format!("seccomp profile {path} is not valid JSON: ")));
        check("seccomp=/nowhere", Err("failed to read seccomp profile from /nowhere: "));
    }

    #[test]
    fn what_the_engine_knows_is_left_to_it() {
        for option in ["no-new-privileges", "seccomp=unconfined", "seccomp=builtin", "seccomp={}", "seccomp"]
        {
            check(option, Ok(option));
        }
    }
}
