//! Which container this process runs in, by what the kernel shows of it. Pure; an engine has to confirm it, for the
//! socket may belong to another one.

use crate::linux::container::ContainerTraces;

/// How many hexadecimal digits an engine's ids have.
const ID_DIGITS: usize = 64;

/// How many of them make a container's host name, unless it was given one.
const SHORT_DIGITS: usize = 12;

/// Ids to ask an engine for, the most reliable first: the engine's files that are mounted at `/etc/hostname` and its
/// like, the control group (not with version 2, which hides it), the host name.
pub fn candidates(traces: &ContainerTraces) -> Vec<String> {
    let mounts = traces.mountinfo.lines().filter_map(of_mount);
    let groups = traces.cgroup.lines().filter_map(|line| line.rsplit('/').next().and_then(id_in));
    let host = traces.hostname.as_deref().map(str::trim).filter(|name| is_hex(name, SHORT_DIGITS));
    let mut found: Vec<String> = Vec::new();
    for id in mounts.chain(groups).chain(host) {
        if !found.iter().any(|known| known == id) {
            found.push(id.to_owned());
        }
    }
    found
}

/// The fourth field is the path within the file system that was mounted, the fifth where.
fn of_mount(line: &str) -> Option<&str> {
    let mut fields = line.split(' ').skip(3);
    let (root, target) = (fields.next()?, fields.next()?);
    if !["/etc/hostname", "/etc/hosts", "/etc/resolv.conf"].contains(&target) {
        return None;
    }
    root.split('/').find_map(|part| Some(part).filter(|part| is_hex(part, ID_DIGITS)))
}

/// `<id>`, `docker-<id>.scope`, `libpod-<id>`.
fn id_in(name: &str) -> Option<&str> {
    name.split(['-', '.']).find(|part| is_hex(part, ID_DIGITS))
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> String {
        "0a".repeat(32)
    }

    fn check(mountinfo: &str, cgroup: &str, hostname: Option<&str>, expect: &[&str]) {
        let fill = |text: &str| text.replace("ID", &id());
        let traces = ContainerTraces {
            mountinfo: fill(mountinfo),
            cgroup: fill(cgroup),
            hostname: hostname.map(str::to_owned),
        };
        let expect: Vec<_> = expect.iter().map(|text| fill(text)).collect();
        assert_eq!(candidates(&traces), expect);
    }

    #[test]
    fn docker_and_podman_mount_files_of_the_container() {
        let docker = "563 552 254:0 /var/lib/docker/containers/ID/hostname /etc/hostname rw,relatime - ext4 /dev/vda rw";
        let podman =
            "9 8 0:5 /containers/storage/overlay-containers/ID/userdata/hosts /etc/hosts rw - tmpfs tmpfs rw";
        check(docker, "", None, &["ID"]);
        check(podman, "0::/", None, &["ID"]);
    }

    #[test]
    fn layers_and_other_peoples_mounts_are_no_container() {
        let layer = "552 421 0:5 / / rw - overlay overlay rw,upperdir=/var/lib/docker/overlay2/ID/diff";
        let other = "563 552 254:0 /containers/ID/hostname /data rw - ext4 /dev/vda rw";
        check(&format!("{layer}\n{other}"), "0::/", None, &[]);
    }

    #[test]
    fn control_groups_and_the_host_name_come_after() {
        check("", "12:pids:/docker/ID\n11:cpu:/docker/ID", None, &["ID"]);
        check("", "1:name=systemd:/system.slice/docker-ID.scope", None, &["ID"]);
        check("", "4:memory:/libpod_parent/libpod-ID", Some("0123456789ab\n"), &["ID", "0123456789ab"]);
        check("", "0::/user.slice", Some("buildbox"), &[]);
    }
}
