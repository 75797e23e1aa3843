//! The options of `auth`.

use crate::cli::arguments::AuthArgs;
use crate::cli::options::output::Format;
use crate::cli::options::project::ProjectOptions;
use crate::cli::options::usage_error::UsageError;

pub struct AuthOptions {
    pub image: String,
    /// The job whose variables count; `None` for the variables that every job has.
    pub job: Option<String>,
    pub project: ProjectOptions,
    pub format: Format,
}

impl AuthOptions {
    /// Resolves the arguments of `auth`.
    pub fn resolve(args: AuthArgs) -> Result<Self, UsageError> {
        let format = Format::chosen_by_json_flag(args.json);
        let project = ProjectOptions::resolve(args.project)?;
        Ok(Self { image: args.image, job: args.job, project, format })
    }
}
