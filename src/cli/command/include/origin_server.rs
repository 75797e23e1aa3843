//! The server that has the other projects.

use std::path::Path;

use crate::cli::options::FetchIncludesOptions;
use crate::error_chain::chain;
use crate::git::origin::origin_address;
use crate::git::remote::RemoteUrl;
use crate::git::remote_repository::RemoteRepository;
use crate::include_copies::server::GitServer;

/// The server of `--server`, else that of the project's `origin`.
///
/// The address of `origin` is the one that is written in the project's configuration, with the replacements
/// (`url.*.insteadOf`) of the user's own configuration alone.
///
/// # Errors
/// There is no such remote, or its address is none of a server.
pub(super) async fn find_server(options: &FetchIncludesOptions, root: &Path) -> Result<GitServer, String> {
    if let Some(server) = &options.server {
        return Ok(server.clone());
    }
    let advice = "name the server with --server URL";
    let written = origin_address(root).map_err(|error| format!("{}; {advice}", chain(&error)))?;
    let written = written.ok_or(format!("the project has no remote `origin`; {advice}"))?;
    let remote = RemoteRepository::open(&options.temporary, &written).await;
    let address = match remote {
        Ok(remote) => remote.address().await,
        Err(error) => Err(error),
    };
    let address = address.map_err(|error| chain(&error))?;
    let server = RemoteUrl::parse(&address).map(|remote| GitServer::of_remote(&remote));
    server.ok_or(format!("the remote `origin` is not on a server; {advice}"))
}
