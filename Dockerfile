# The static binary and nothing else. First: scripts/build-static
FROM scratch
COPY target/x86_64-unknown-linux-musl/release/runner-lite /runner-lite
ENTRYPOINT ["/runner-lite"]
