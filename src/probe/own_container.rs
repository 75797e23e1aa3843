//! Finds the id of the container that this process runs in, from what the kernel shows. Pure. The engine has to confirm
//! the id, because its socket may belong to another engine than the container.

use crate::linux::container::ContainerTraces;

/// The number of hexadecimal digits in a container's id.
const ID_DIGITS: usize = 64;

/// The number of digits in a container's default host name.
const SHORT_DIGITS: usize = 12;

/// Possible ids, the most reliable first: from the engine's files that are mounted at `/etc/hostname` and the like,
/// from the control group (version 2 hides it), and from the host name.
pub fn candidate_ids(traces: &ContainerTraces) -> Vec<String> {
    let mounts = traces.mountinfo.lines().filter_map(id_in_mount);
    let groups = traces.cgroup.lines().filter_map(|line| line.rsplit('/').next().and_then(id_in_group));
    let host = traces.hostname.as_deref().map(str::trim).filter(|name| is_hex(name, SHORT_DIGITS));
    let mut found: Vec<String> = Vec::new();
    for id in mounts.chain(groups).chain(host) {
        if !found.iter().any(|known| known == id) {
            found.push(id.to_owned());
        }
    }
    found
}

/// The id in a line of `mountinfo`: its fourth field is the path in the mounted file system, the fifth is the mount
/// point.
fn id_in_mount(line: &str) -> Option<&str> {
    let mut fields = line.split(' ').skip(3);
    let (root, target) = (fields.next()?, fields.next()?);
    if !["/etc/hostname", "/etc/hosts", "/etc/resolv.conf"].contains(&target) {
        return None;
    }
    root.split('/').find_map(|part| Some(part).filter(|part| is_hex(part, ID_DIGITS)))
}

/// The id in the name of a control group: `<id>`, `docker-<id>.scope`, `libpod-<id>`.
fn id_in_group(name: &str) -> Option<&str> {
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
        assert_eq!(candidate_ids(&traces), expect);
    }

    #[test]
    fn the_id_is_found_in_mounts_of_docker_and_podman() {
        let docker = "563 552 254:0 /var/lib/docker/containers/ID/hostname /etc/hostname rw,relatime - ext4 /dev/vda rw";
        let podman =
            "9 8 0:5 /containers/storage/overlay-containers/ID/userdata/hosts /etc/hosts rw - tmpfs tmpfs rw";
        check(docker, "", None, &["ID"]);
        check(podman, "0::/", None, &["ID"]);
    }

    #[test]
    fn layers_and_other_mounts_give_no_id() {
        let layer = "552 421 0:5 / / rw - overlay overlay rw,upperdir=/var/lib/docker/overlay2/ID/diff";
        let other = "563 552 254:0 /containers/ID/hostname /data rw - ext4 /dev/vda rw";
        check(&format!("{layer}\n{other}"), "0::/", None, &[]);
    }

    #[test]
    fn ids_of_control_groups_and_the_host_name_follow() {
        check("", "12:pids:/docker/ID\n11:cpu:/docker/ID", None, &["ID"]);
        check("", "1:name=systemd:/system.slice/docker-ID.scope", None, &["ID"]);
        check("", "4:memory:/libpod_parent/libpod-ID", Some("0123456789ab\n"), &["ID", "0123456789ab"]);
        check("", "0::/user.slice", Some("buildbox"), &[]);
    }
}
