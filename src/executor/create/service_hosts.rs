//! Host names of services in `/etc/hosts` of the job's container.

use std::fmt::Display;

/// Returns entries for `ExtraHosts` of a create call, `name:address`: every name with every address.
pub fn extra_hosts<'names>(
    names: impl IntoIterator<Item = &'names String>,
    addresses: &[impl Display],
) -> Vec<String> {
    let entries = |name| addresses.iter().map(move |address| format!("{name}:{address}"));
    names.into_iter().flat_map(entries).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_every_address() {
        let names = ["db", "postgres"].map(str::to_owned);
        let expect = ["db:172.17.0.2", "db:fd00::2", "postgres:172.17.0.2", "postgres:fd00::2"];
        assert_eq!(extra_hosts(&names, &["172.17.0.2", "fd00::2"]), expect);
    }
}
