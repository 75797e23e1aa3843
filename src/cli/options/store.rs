//! Where the local store is.

use std::env;
use std::path::PathBuf;

use crate::cli::arguments::StoreArgs;
use crate::cli::options::usage_error::UsageError;
use crate::cli::options::values::parse_size;
use crate::store::{RetentionRules, StorePlaces};

/// The environment variable for the size of all runs, and also that of all caches; 0 is no limit.
const STORE_MAX: &str = "RUNNER_LITE_STORE_MAX";

/// The name of this program's folder in those of the XDG specification.
const FOLDER: &str = "runner-lite";

/// One of the two folders of the store, and what may name it.
struct Place {
    content: &'static str,
    option: &'static str,
    /// The environment variable that names this program's folder.
    variable: &'static str,
    /// The variable of the XDG specification for the folder that contains those of all programs.
    xdg: &'static str,
    /// Its default, in the home directory.
    default: &'static str,
}

const STATE: Place = Place {
    content: "runs",
    option: "--state-dir",
    variable: "RUNNER_LITE_STATE_DIR",
    xdg: "XDG_STATE_HOME",
    default: ".local/state",
};

const CACHE: Place = Place {
    content: "caches",
    option: "--cache-dir",
    variable: "RUNNER_LITE_CACHE_DIR",
    xdg: "XDG_CACHE_HOME",
    default: ".cache",
};

/// Finds the folders of the store.
///
/// # Errors
/// Nothing names a folder, and the user has no home directory.
pub(super) fn store_places(args: StoreArgs) -> Result<StorePlaces, UsageError> {
    Ok(StorePlaces { state: STATE.find(args.state_dir)?, cache: CACHE.find(args.cache_dir)? })
}

impl Place {
    /// The folder that the option names, else the variables. As the XDG specification says, a relative path in its
    /// variables is ignored.
    fn find(&self, typed: Option<PathBuf>) -> Result<PathBuf, UsageError> {
        let named = typed.or_else(|| path_variable(self.variable));
        if let Some(named) = named {
            return Ok(env::current_dir().map_err(UsageError::Directory)?.join(named));
        }
        let home = || env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(self.default));
        let parent = path_variable(self.xdg).filter(|path| path.is_absolute()).or_else(home);
        parent.map(|parent| parent.join(FOLDER)).ok_or(UsageError::NoHome {
            content: self.content,
            variable: self.variable,
            option: self.option,
        })
    }
}

/// A variable that names a path, unless it is unset or empty.
fn path_variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// The rules by which stored runs and caches are kept, with this user's own limit of their size.
pub(super) fn retention_rules() -> Result<RetentionRules, UsageError> {
    let text = env::var(STORE_MAX).ok().filter(|text| !text.is_empty());
    let Some(text) = text else { return Ok(RetentionRules::default()) };
    let bytes = parse_size(STORE_MAX, &text)?;
    Ok(RetentionRules { bytes_max: (bytes > 0).then_some(bytes), ..RetentionRules::default() })
}
