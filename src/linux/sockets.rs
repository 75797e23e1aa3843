//! The tables of sockets in the network namespace of a container's process.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The tables of the kernel, below the folder `net` of a process.
pub const TABLES: [&str; 5] = ["tcp", "tcp6", "udp", "udp6", "unix"];

/// The folder that has the tables of the process that reads them.
pub const OWN_FOLDER: &str = "/proc/net";

/// How much of a table is read: a socket takes 150 bytes, and a service that listens on many ports is explained by few.
const TABLE_BYTES_MAX: u64 = 64 * 1024;

/// How much is read of the list of a process's control groups.
const GROUPS_BYTES_MAX: u64 = 16 * 1024;

/// The tables of the process with this number, one after the other, if it is one of the container with this id. `None` if
/// it is not, because the engine numbers processes otherwise than this system does.
pub fn of_container(process: i64, container_id: &str) -> Option<String> {
    let folder = format!("/proc/{}", u32::try_from(process).ok().filter(|number| *number > 1)?);
    let is_of_container = || {
        let groups = read(Path::new(&folder).join("cgroup").as_path(), GROUPS_BYTES_MAX);
        container_id.len() == 64 && groups.is_some_and(|groups| groups.contains(container_id))
    };
    if !is_of_container() {
        return None;
    }
    let tables = TABLES.iter().filter_map(|table| {
        let path = Path::new(&folder).join("net").join(table);
        read(&path, TABLE_BYTES_MAX)
    });
    let text = tables.map(|table| table + "\n").collect();
    // The process may have ended meanwhile, and another one have its number.
    is_of_container().then_some(text)
}

fn read(path: &Path, bytes_max: u64) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(bytes_max).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_is_not_in_the_container_has_no_tables() {
        let own = i64::from(std::process::id());
        for (process, id) in
            [(own, "0a".repeat(32)), (own, String::new()), (0, "0a".repeat(32)), (-1, String::new())]
        {
            assert_eq!(of_container(process, &id), None, "{process} {id}");
        }
    }
}
