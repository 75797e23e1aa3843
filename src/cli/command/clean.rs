//! `runner-lite clean`: what killed runs have left behind, and volumes that are kept from job to job.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::process::ExitCode;

use crate::cli::exit_code;
use crate::cli::options::EngineOptions;
use crate::cli::print;
use crate::cli::runtime::runtime;
use crate::cli::say;
use crate::engine::Engine;
use crate::error_chain::chain;
use crate::executor::cleanup::ledger::Object;
use crate::executor::cleanup::leftovers::{self, Left, Leftovers, Life};
use crate::transport::connector::Connector;

/// The longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 100;

/// `clean`, decided.
pub struct CleanOptions {
    /// Whether kept volumes are removed, too.
    pub volumes: Kept,
    /// Whose things are removed.
    pub reach: Reach,
    /// Whether somebody is asked first.
    pub consent: Consent,
    /// The engine.
    pub engine: EngineOptions,
}

/// What becomes of volumes that are kept from job to job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// They stay.
    Left,
    /// They are removed.
    Removed,
}

/// Whose things are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those of runs that are over for certain.
    Dead,
    /// Those also of runs in other containers, which nobody can look into.
    Unknown,
}

/// Whether somebody is asked first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Given on the command line.
    Given,
    /// To be asked for.
    Asked,
    /// Not wanted: everything is only listed.
    ListOnly,
}

/// Runs `clean` and gives its exit code.
pub fn run(options: CleanOptions) -> ExitCode {
    let work = async {
        match clean(options).await {
            Ok(code) => code,
            Err(problem) => {
                say(&format!("error: {problem}"));
                exit_code::SYSTEM_FAILED
            }
        }
    };
    runtime(work).map_or(ExitCode::from(exit_code::SYSTEM_FAILED), ExitCode::from)
}

async fn clean(options: CleanOptions) -> Result<u8, String> {
    let connected =
        Engine::connect(Connector::new(options.engine.choice.endpoint), options.engine.observer).await;
    let engine = connected.map_err(|error| chain(&error))?;
    let found = Leftovers::find(&engine).await.map_err(|error| chain(&error))?;
    let (chosen, unknown): (Vec<Left>, Vec<Left>) = found
        .of_runs
        .into_iter()
        .filter(|left| left.life != Life::Alive)
        .partition(|left| left.life == Life::Dead || options.reach == Reach::Unknown);
    let kept = if options.volumes == Kept::Removed { found.kept } else { Vec::new() };
    print(&listed("Left behind by runs that are over:", &chosen));
    print(&listed("Kept from job to job:", &kept));
    if !unknown.is_empty() {
        print(&listed(
            "Of runs in other containers, which may go on (--all removes them as well):",
            &unknown,
        ));
    }
    let all = [chosen, kept].concat();
    if all.is_empty() {
        print("Nothing to remove.\n");
        return Ok(exit_code::PASSED);
    }
    match options.consent {
        Consent::ListOnly => return Ok(exit_code::PASSED),
        Consent::Asked if !is_agreed(all.len()) => {
            say("nothing was removed; --force removes without asking");
            return Ok(exit_code::NOT_AGREED);
        }
        Consent::Given | Consent::Asked => {}
    }
    let still_there = leftovers::remove(&engine, &all).await.map_err(|error| chain(&error))?;
    for left in &still_there {
        say(&format!("error: {}", chain(&left.error)));
    }
    print(&format!("Removed {} of {}.\n", all.len().saturating_sub(still_there.len()), all.len()));
    Ok(if still_there.is_empty() { exit_code::PASSED } else { exit_code::SYSTEM_FAILED })
}

/// Asks on the terminal; where there is none, nobody agrees.
fn is_agreed(count: usize) -> bool {
    if !io::stdin().is_terminal() {
        return false;
    }
    let mut stderr = io::stderr();
    // A user who does not see the question does not answer it.
    let _ = write!(stderr, "Remove {count} of them? [y/N] ");
    let mut answer = String::new();
    let read = io::stdin().lock().take(ANSWER_BYTES_MAX).read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// One a line, below the headline; nothing of nothing.
fn listed(headline: &str, left: &[Left]) -> String {
    if left.is_empty() {
        return String::new();
    }
    let line = |left: &Left| {
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
    fn what_would_be_removed_is_listed_with_what_it_was_for() {
        let left = |object, purpose: &str| Left { object, purpose: purpose.to_owned(), life: Life::Dead };
        let all = [
            left(Object::Container(Name::new("a-build")), "job test, exited"),
            left(Object::Volume(Name::new("a-cache-1")), "/cache of group/project"),
        ];
        insta::assert_snapshot!(listed("Headline:", &all), @r"
        Headline:
          container  a-build  job test, exited
          volume     a-cache-1  /cache of group/project
        ");
        assert_eq!(listed("Headline:", &[]), "");
    }
}
