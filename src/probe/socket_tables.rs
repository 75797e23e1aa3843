//! What a service listens on, from the tables of sockets that the kernel shows: `tcp`, `tcp6`, `udp`, `udp6` and `unix`
//! below `/proc/net`. Pure.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// How many sockets of a kind are kept of a service; an explanation names few.
pub const SOCKETS_MAX: usize = 100;

/// The state of a TCP socket that listens (`TCP_LISTEN`).
const LISTENS: &str = "0A";

/// The state of a UDP socket that is connected with nobody (`TCP_CLOSE`).
const UNCONNECTED: &str = "07";

/// The flag of a unix socket that listens (`__SO_ACCEPTCON`).
const ACCEPTS: u32 = 0x0001_0000;

/// The address in a container at which Docker's own name server listens.
const DOCKER_NAME_SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 11));

/// The sockets that listen in a network namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListeningSockets {
    /// Addresses and ports of TCP.
    pub tcp: BTreeSet<SocketAddr>,
    /// Addresses and ports of UDP.
    pub udp: BTreeSet<SocketAddr>,
    /// Paths of unix sockets.
    pub unix: BTreeSet<String>,
}

/// The kinds of tables, which their headlines tell.
#[derive(Clone, Copy)]
enum Table {
    Tcp,
    Udp,
    Unix,
}

impl ListeningSockets {
    /// Reads tables that follow each other, each with its headline. Lines that are no sockets are left out, and so are
    /// those of a table beyond [`SOCKETS_MAX`].
    pub fn parse(text: &str) -> Self {
        let (mut found, mut table) = (Self::default(), None);
        for line in text.lines() {
            if let Some(next) = headline(line) {
                table = Some(next);
                continue;
            }
            match table {
                Some(Table::Tcp) => insert(&mut found.tcp, internet_socket(line, LISTENS)),
                Some(Table::Udp) => insert(&mut found.udp, internet_socket(line, UNCONNECTED)),
                Some(Table::Unix) => insert(&mut found.unix, unix_socket(line)),
                None => {}
            }
        }
        found
    }
}

fn insert<T: Ord>(sockets: &mut BTreeSet<T>, socket: Option<T>) {
    if let Some(socket) = socket
        && sockets.len() < SOCKETS_MAX
    {
        sockets.insert(socket);
    }
}

fn headline(line: &str) -> Option<Table> {
    let mut words = line.split_whitespace();
    match (words.next()?, words.next()?) {
        ("sl", "local_address") if line.trim_end().ends_with("drops") => Some(Table::Udp),
        ("sl", "local_address") => Some(Table::Tcp),
        ("Num", "RefCount") => Some(Table::Unix),
        _ => None,
    }
}

/// The local address in a line such as `0: 0100007F:1538 00000000:0000 0A …`, if its socket is in `state`.
fn internet_socket(line: &str, state: &str) -> Option<SocketAddr> {
    let mut words = line.split_whitespace().skip(1);
    let local = words.next()?;
    let _remote = words.next()?;
    if words.next()? != state {
        return None;
    }
    let (address, port) = local.split_once(':')?;
    let address = match address.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(address, 0)?)),
        32 => {
            let words = [word(address, 0)?, word(address, 8)?, word(address, 16)?, word(address, 24)?];
            let mut octets = [0; 16];
            octets.iter_mut().zip(words.as_flattened()).for_each(|(octet, byte)| *octet = *byte);
            IpAddr::V6(Ipv6Addr::from(octets)).to_canonical()
        }
        _ => return None,
    };
    let port = u16::from_str_radix(port, 16).ok().filter(|port| *port != 0)?;
    Some(SocketAddr::new(address, port)).filter(|_| address != DOCKER_NAME_SERVER)
}

/// The bytes of an address in eight digits, which the kernel prints as a number of its machine.
fn word(digits: &str, from: usize) -> Option<[u8; 4]> {
    let digits = digits.get(from..from.checked_add(8)?)?;
    u32::from_str_radix(digits, 16).ok().map(u32::to_ne_bytes)
}

/// The path in a line such as `0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/x`, if its socket listens.
fn unix_socket(line: &str) -> Option<String> {
    let mut words = line.split_whitespace().skip(3);
    let flags = u32::from_str_radix(words.next()?, 16).ok()?;
    let path = words.nth(3)?;
    (flags & ACCEPTS != 0 && path.starts_with('/')).then(|| path.to_owned())
}

#[cfg(test)]
#[cfg(target_endian = "little")]
mod tests {
    use super::*;

    const TABLES: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 1234 1 0 100 0 0 10 0
   1: 00000000:1539 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 1234 1 0 100 0 0 10 0
   2: 0B00007F:9C41 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 1234 1 0 100 0 0 10 0
   3: 020011AC:1539 010011AC:D431 01 00000000:00000000 00:00000000 00000000   999        0 1234 1 0 100 0 0 10 0
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0
   1: 00000000000000000000000001000000:0051 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0
   2: 0000000000000000FFFF00000100007F:0052 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  411: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
  412: 00000000:0036 010011AC:0035 01 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/postgresql/.s.PGSQL.5432
0000000000000000: 00000003 00000000 00000000 0001 03 12346 /run/other
0000000000000000: 00000002 00000000 00010000 0001 01 12347 @abstract
";

    fn list<T: ToString>(sockets: &BTreeSet<T>) -> Vec<String> {
        sockets.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn listening_sockets_are_found_but_not_that_of_the_engines_name_server() {
        let found = ListeningSockets::parse(TABLES);
        let tcp = ["0.0.0.0:5433", "127.0.0.1:82", "127.0.0.1:5432", "[::]:80", "[::1]:81"];
        assert_eq!(list(&found.tcp), tcp);
        assert_eq!(list(&found.udp), ["0.0.0.0:53"]);
        assert_eq!(list(&found.unix), ["/run/postgresql/.s.PGSQL.5432"]);
    }

    #[test]
    fn malformed_tables_give_nothing_and_no_table_gives_more_than_the_limit() {
        let head = TABLES.lines().next().unwrap();
        let lines = [
            "",
            "0:",
            "0: 0100007F:1538",
            "0: 0100007F:1538 0:0",
            "0: 0100007:1538 0:0 0A",
            "0: 0100007F 0:0 0A",
            "0: 0100007F:0000 0:0 0A",
            "0: ZZZZZZZZ:0050 0:0 0A",
            "0: 0100007F:FFFFF 0:0 0A",
            "0: \u{e9}\u{e9}\u{e9}\u{e9}:0050 0:0 0A",
            "cat: can't open '/proc/net/tcp6': No such file or directory",
        ];
        for line in lines {
            let text = format!("{line}\n{head}\n{line}\nNum RefCount\n{line}\n");
            assert_eq!(ListeningSockets::parse(&text), ListeningSockets::default(), "{line}");
        }
        let many: String = (1..1000).map(|port| format!("0: 00000000:{port:04X} 0:0 0A\n")).collect();
        assert_eq!(ListeningSockets::parse(&format!("{head}\n{many}")).tcp.len(), SOCKETS_MAX);
    }

    #[test]
    fn tables_that_end_anywhere_do_not_matter() {
        for end in 0..TABLES.len() {
            ListeningSockets::parse(&TABLES[..end]);
        }
    }
}
