//! The wording of hints: what may help after a failure.

use crate::executor::hint::Hint;
use crate::executor::outcome::Failure;

const WINDOWS_LINE_ENDS: &str = "a script has Windows line endings (CRLF): save it with LF, and put `*.sh text eol=lf` into .gitattributes";

const DISK_FULL: &str = "a file system is full: `docker system df` shows what the engine's images, containers and volumes need, and \
                         `df -h` in the script shows which file system it is";

const NO_SHELL: &str = "the image has no shell, which the script of a job needs: use a variant of the image that has one, such as a tag \
                        with `debug`";

const OTHER_ARCHITECTURE: &str = "the image does not support the architecture that is wanted here: use another \
                                  image, or ask for an architecture that it supports with `image: {name: …, \
                                  docker: {platform: …}}`, for which the engine needs an emulator";

/// The text of a hint.
pub(super) fn hint_text(hint: &Hint) -> String {
    match hint {
        Hint::MissingCommand { command, image } => format!(
            "the image {image} has no command `{command}`: install it in `before_script`, or use an image that has it"
        ),
        Hint::MissingFile { path } => format!(
            "`{path}` does not exist in the container, or the program that its first line names does not; Windows line \
             endings (CRLF) in it have the same effect"
        ),
        Hint::WindowsLineEnds => WINDOWS_LINE_ENDS.to_owned(),
        Hint::NotExecutable { path } => {
            let file = path.strip_prefix("./").unwrap_or(path);
            format!(
                "`{path}` is not executable: `chmod +x {file}`, and `git update-index --chmod=+x {file}` for GitLab"
            )
        }
        Hint::BashSyntax { image } => format!(
            "the image {image} has no bash, so `sh` ran the script, which has bash syntax: use an image with \
             bash, or write it for `sh`"
        ),
        Hint::LocalhostForService { hosts } => {
            let hosts: Vec<String> = hosts.iter().map(|host| format!("`{host}`")).collect();
            format!(
                "services run in containers of their own, not at localhost: connect to {}",
                hosts.join(" or ")
            )
        }
        Hint::UnprivilegedEngine { service } => unprivileged_engine(service),
        Hint::DiskFull => DISK_FULL.to_owned(),
    }
}

/// Why a service that is an engine does not work, and what to do.
pub fn unprivileged_engine(service: &str) -> String {
    format!(
        "the service {service} is an engine, which needs privileges: pass `--docker-privileged`, or \
         `--docker-in-docker socket` to let the job use this engine"
    )
}

/// What may help after a failure that is not the script's.
pub(super) fn of_failure(failure: &Failure) -> Option<&'static str> {
    let words = match failure {
        Failure::Engine(error) => error.message()?.to_owned(),
        Failure::Pull { error, .. } => error.to_string(),
        _ => return None,
    };
    let has = |signs: &[&str]| signs.iter().any(|sign| words.contains(sign));
    if has(&[
        "no matching manifest for",
        "exec format error",
        "no image found in manifest list",
        "match the specified platform",
        "does not provide the specified platform",
    ]) {
        return Some(OTHER_ARCHITECTURE);
    }
    has(&[
        "\"sh\": executable file not found",
        "`sh`: No such file or directory",
        "executable file `sh` not found",
    ])
    .then_some(NO_SHELL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hint_says_what_to_do() {
        let text = |text: &str| text.to_owned();
        let hints = [
            Hint::MissingCommand { command: text("make"), image: text("ruby:2.6") },
            Hint::MissingFile { path: text("./build.sh") },
            Hint::WindowsLineEnds,
            Hint::NotExecutable { path: text("./build.sh") },
            Hint::BashSyntax { image: text("alpine:3.7") },
            Hint::LocalhostForService { hosts: vec![text("db"), text("redis")] },
            Hint::UnprivilegedEngine { service: text("docker:24-dind") },
            Hint::DiskFull,
        ];
        insta::assert_snapshot!(hints.iter().map(|hint| hint_text(hint) + "\n").collect::<String>());
    }
}
