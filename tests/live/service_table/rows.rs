//! The services of the table in `docs/services.md`.

use super::client::Client;

/// A service, and what is expected of its check.
pub(super) struct Row {
    /// The last part of the names of the job and the image.
    pub(super) name: &'static str,
    /// What kind of service it is.
    pub(super) kind: &'static str,
    pub(super) dockerfile: &'static str,
    /// The service's variables, as YAML.
    pub(super) variables: &'static str,
    /// Further arguments of `exec`.
    pub(super) arguments: &'static [&'static str],
    /// Who tries to use the service.
    pub(super) client: Client,
    pub(super) expected: Expected,
    /// What explains the row.
    pub(super) why: &'static str,
}

/// What is expected of the check.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// The service is called ready, and a client can use it by then.
    Ready,
    /// The service is called ready a moment before a client can use it, which the row explains: the client can when the
    /// script begins.
    ReadyForScript,
    /// The service is called ready before a client can use it, which the row explains.
    ReadyTooEarly,
    /// The log warns of the service, which a client can use.
    WarningOfUsable,
    /// The log warns of the service, which no client can use.
    Warning,
}

/// A file that the images for databases have: a script of initialisation, which takes its time.
pub(super) const INIT_SCRIPT: (&str, &str) = ("init.sh", "sleep 2\n");

/// How long a service may take that is not going to be ready.
pub(super) const TIMEOUT: [&str; 2] = ["--docker-wait-for-services-timeout", "6"];

const HEALTHCHECK: &str = "FROM busybox:1.35\nEXPOSE 80\nHEALTHCHECK --interval=1m CMD wget -qO- http://127.0.0.1/ok\n\
     CMD [\"sh\", \"-c\", \"mkdir /www; httpd -p 80 -h /www; sleep 2; echo ok >/www/ok; sleep 600\"]\n";

const IPV6_ONLY: &str = "FROM ruby:2.6\nEXPOSE 80\nCMD [\"ruby\", \"--disable-gems\", \"-rsocket\", \"-e\", \"s = Socket.new(:INET6, :STREAM); \
     s.setsockopt(:IPV6, :V6ONLY, 1); s.bind(Addrinfo.tcp('::', 80)); s.listen(5); sleep 600\"]\n";

const UDP_ONLY: &str = "FROM ruby:2.6\nEXPOSE 53/udp\nCMD [\"ruby\", \"--disable-gems\", \"-rsocket\", \"-e\", \"s = UDPSocket.new; \
     s.bind('0.0.0.0', 53); loop { text, from = s.recvfrom(99); s.send(text, 0, from[3], from[1]) }\"]\n";

pub(super) const ROWS: [Row; 12] = [
    Row {
        name: "postgres",
        kind: "PostgreSQL with an initialisation script of 2 s",
        dockerfile: "FROM postgres:latest\nCOPY init.sh /docker-entrypoint-initdb.d/\n",
        variables: "POSTGRES_PASSWORD: x",
        arguments: &[],
        client: Client::Postgres,
        expected: Expected::ReadyForScript,
        why: "The temporary server listens on a unix socket, so it is not taken for the real one. The real server opens its \
              port some 50 ms before it accepts sessions (`the database system is starting up`), and accepts them when \
              the script begins.",
    },
    Row {
        name: "mysql",
        kind: "MySQL (MariaDB) with an initialisation script of 2 s",
        dockerfile: "FROM mysql:latest\nCOPY init.sh /docker-entrypoint-initdb.d/\n",
        variables: "MYSQL_ROOT_PASSWORD: x",
        arguments: &[],
        client: Client::Mysql,
        expected: Expected::Ready,
        why: "The temporary server has `port: 0`, so it listens on a unix socket only.",
    },
    Row {
        name: "redis",
        kind: "Redis",
        dockerfile: "FROM redis:latest\n",
        variables: "A: b",
        arguments: &[],
        client: Client::Redis,
        expected: Expected::Ready,
        why: "",
    },
    Row {
        name: "dialled",
        kind: "HTTP server whose page exists after 2 s, with a HEALTHCHECK",
        dockerfile: HEALTHCHECK,
        variables: "A: b",
        arguments: &[],
        client: Client::Http { port: 80, path: "/ok" },
        expected: Expected::ReadyTooEarly,
        why: "The port opens before the page exists. A dial cannot detect this, neither here nor in GitLab Runner.",
    },
    Row {
        name: "healthy",
        kind: "the same, with `--healthcheck`",
        dockerfile: HEALTHCHECK,
        variables: "A: b",
        arguments: &["--healthcheck"],
        client: Client::Http { port: 80, path: "/ok" },
        expected: Expected::Ready,
        why: "The HEALTHCHECK of the image requests the page.",
    },
    Row {
        name: "ipv6",
        kind: "listens on IPv6 only",
        dockerfile: IPV6_ONLY,
        variables: "A: b",
        arguments: &[],
        client: Client::Http { port: 80, path: "/" },
        expected: Expected::Warning,
        why: "",
    },
    Row {
        name: "localhost",
        kind: "listens on localhost only",
        dockerfile: "FROM busybox:1.35\nEXPOSE 80\nCMD [\"httpd\", \"-f\", \"-p\", \"127.0.0.1:80\", \"-h\", \"/etc\"]\n",
        variables: "A: b",
        arguments: &[],
        client: Client::Http { port: 80, path: "/passwd" },
        expected: Expected::Warning,
        why: "",
    },
    Row {
        name: "other",
        kind: "declares port 5432, but listens on 5433",
        dockerfile: "FROM busybox:1.35\nEXPOSE 5432\nCMD [\"httpd\", \"-f\", \"-p\", \"5433\", \"-h\", \"/etc\"]\n",
        variables: "A: b",
        arguments: &[],
        client: Client::Http { port: 5433, path: "/passwd" },
        expected: Expected::WarningOfUsable,
        why: "Only declared ports are dialled, as with GitLab Runner.",
    },
    Row {
        name: "udp",
        kind: "listens on UDP only",
        dockerfile: UDP_ONLY,
        variables: "A: b",
        arguments: &[],
        client: Client::Udp { port: 53 },
        expected: Expected::WarningOfUsable,
        why: "Only the service's own protocol can tell whether a UDP port is open. The job goes on after 1 s.",
    },
    Row {
        name: "undeclared",
        kind: "declares no port, but listens on 8080",
        dockerfile: "FROM busybox:1.35\nCMD [\"httpd\", \"-f\", \"-p\", \"8080\", \"-h\", \"/etc\"]\n",
        variables: "A: b",
        arguments: &[],
        client: Client::Http { port: 8080, path: "/passwd" },
        expected: Expected::WarningOfUsable,
        why: "GitLab Runner warns as well, and goes on after 10 s; runner-lite goes on after 1 s.",
    },
    Row {
        name: "dies",
        kind: "exits at once",
        dockerfile: "FROM busybox:1.35\nEXPOSE 80\nCMD [\"sh\", \"-c\", \"exit 3\"]\n",
        variables: "A: b",
        arguments: &[],
        client: Client::Http { port: 80, path: "/" },
        expected: Expected::Warning,
        why: "The check ends when the service exits.",
    },
    Row {
        name: "dies-later",
        kind: "exits after 2 s without having listened",
        dockerfile: "FROM busybox:1.35\nEXPOSE 80\nCMD [\"sh\", \"-c\", \"sleep 2; exit 4\"]\n",
        variables: "A: b",
        arguments: &[],
        client: Client::Http { port: 80, path: "/" },
        expected: Expected::Warning,
        why: "The check ends when the service exits.",
    },
];
