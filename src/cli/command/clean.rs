//! `runner-lite clean`: removes the leftovers of interrupted runs, and volumes that are kept from job to job.

use std::io::{self, BufRead, IsTerminal, Read};

use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::options::{CleanOptions, CleanScope, Consent, KeptVolumes};
use crate::cli::runtime::block_on;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::error_chain::chain;
use crate::executor::cleanup::ledger::Object;
use crate::executor::cleanup::leftovers::{self, Leftover, Leftovers, ProcessState};
use crate::report::console;
use crate::transport::connector::Connector;

/// The part of the user's answer that is read.
const ANSWER_BYTES_MAX: u64 = 100;

/// Runs `clean` and returns its exit code.
pub fn run(options: CleanOptions) -> Result<u8, CommandError> {
    block_on(clean(options))?.map_err(|error| CommandError::new(CommandErrorKind::System, chain(&error)))
}

async fn clean(options: CleanOptions) -> Result<u8, EngineError> {
    let engine =
        Engine::connect(Connector::new(options.engine.choice.endpoint), options.engine.observer).await?;
    let found = Leftovers::find(&engine).await?;
    let (chosen, unknown): (Vec<Leftover>, Vec<Leftover>) =
        found.of_runs.into_iter().filter(|left| left.process != ProcessState::Running).partition(|left| {
            left.process == ProcessState::Ended || options.scope == CleanScope::OtherContainersToo
        });
    let kept = if options.volumes == KeptVolumes::Remove { found.persistent_volumes } else { Vec::new() };
    console::answer(list("Left behind by runs that are over:", &chosen));
    console::answer(list("Kept from job to job:", &kept));
    if !unknown.is_empty() {
        console::answer(list(
            "Of runs in other containers, which may go on (--all removes them as well):",
            &unknown,
        ));
    }
    let all = [chosen, kept].concat();
    if all.is_empty() {
        console::answer("Nothing to remove.\n");
        return Ok(exit_code::PASSED);
    }
    match options.consent {
        Consent::ListOnly => return Ok(exit_code::PASSED),
        Consent::Ask if !user_agrees(all.len()) => {
            console::line("nothing was removed; --force removes without asking");
            return Ok(exit_code::NOT_AGREED);
        }
        Consent::Given | Consent::Ask => {}
    }
    let still_there = leftovers::remove(&engine, &all).await?;
    for left in &still_there {
        console::error(chain(&left.error));
    }
    let removed = all.len().saturating_sub(still_there.len());
    console::answer(format!("Removed {removed} of {}.\n", all.len()));
    Ok(if still_there.is_empty() { exit_code::PASSED } else { exit_code::SYSTEM_FAILED })
}

/// Asks on the terminal. Without a terminal the answer is no.
fn user_agrees(count: usize) -> bool {
    if !io::stdin().is_terminal() {
        return false;
    }
    console::question(format_args!("Remove {count} of them? [y/N]"));
    let mut answer = String::new();
    let read = io::stdin().lock().take(ANSWER_BYTES_MAX).read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// Lists the objects below a headline, one a line. An empty list has no headline.
fn list(headline: &str, left: &[Leftover]) -> String {
    if left.is_empty() {
        return String::new();
    }
    let line = |left: &Leftover| {
        let (kind, name) = match &left.object {
            Object::Container(name) => ("container", name),
            Object::Network(name) => ("network", name),
            Object::Volume(name) => ("volume", name),
            Object::Membership { network, .. } => ("place in", network),
        };
        format!("  {kind:9}  {name}  {}\n", left.purpose)
    };
    format!("{headline}\n{}", left.iter().map(line).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::name::Name;

    #[test]
    fn the_list_has_the_purpose_of_each_object() {
        let left = |object, purpose: &str| Leftover {
            object,
            purpose: purpose.to_owned(),
            process: ProcessState::Ended,
        };
        let all = [
            left(Object::Container(Name::new("a-build")), "job test, exited"),
            left(Object::Volume(Name::new("a-cache-1")), "/cache of group/project"),
        ];
        insta::assert_snapshot!(list("Headline:", &all), @r"
        Headline:
          container  a-build  job test, exited
          volume     a-cache-1  /cache of group/project
        ");
        assert_eq!(list("Headline:", &[]), "");
    }
}
