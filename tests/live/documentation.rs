//! The examples of GitLab's page "Using Docker images", unchanged.

use super::run::run_job;

#[test]
fn the_default_image_and_service_are_used() {
    let yaml = "
default:
  image: ruby:2.6
  services: [postgres:11.7]
  before_script: [ruby --version]
doc-service:
  variables: {POSTGRES_HOST_AUTH_METHOD: trust}
  script: [psql -h postgres -U postgres -tAc 'select 6 * 7']
";
    run_job("doc-service", yaml)
        .assert(0, &["$ ruby --version", "\npostgres:11.7 ready after ", "\n42\n", "Job succeeded"]);
}

#[test]
fn each_job_has_its_own_image_and_services() {
    let yaml = "
before_script: [echo before]
doc-own:2.7:
  image: ruby:2.7
  services: [postgres:12.2]
  variables: {POSTGRES_HOST_AUTH_METHOD: trust}
  script: [echo $CI_JOB_IMAGE, 'psql -h postgres -U postgres -tAc \"select 1\"']
";
    run_job("doc-own:2.7", yaml).assert(0, &["\npostgres:12.2 ready after ", "ruby:2.7", "Job succeeded"]);
}

#[test]
fn a_service_runs_with_alias_entrypoint_and_command() {
    let yaml = r#"
doc-extended:
  image: {name: "ruby:2.6", entrypoint: ["/bin/bash"]}
  services:
    - name: postgres:11.7
      alias: db-postgres
      entrypoint: ["/usr/local/bin/docker-entrypoint.sh"]
      command: ["postgres"]
  variables: {POSTGRES_HOST_AUTH_METHOD: trust}
  script: ['psql -h db-postgres -U postgres -tAc "select 6 * 7"', 'echo "bash $BASH_VERSION"']
"#;
    let outcome = run_job("doc-extended", yaml);
    outcome.assert(0, &["\n42\n", "bash 5", "is a bare shell", "exit code 126"]);
}

#[test]
fn variables_of_the_file_configure_postgresql() {
    let yaml = r#"
services: [{name: "postgres:11.7", alias: db, entrypoint: ["docker-entrypoint.sh"], command: ["postgres"]}]
variables:
  POSTGRES_DB: "my_custom_db"
  POSTGRES_USER: "postgres"
  POSTGRES_PASSWORD: "example"
  PGDATA: "/var/lib/postgresql/data"
  POSTGRES_INITDB_ARGS: "--encoding=UTF8 --data-checksums"
doc-variables:
  image: ruby:2.6
  variables: {PGPASSWORD: example}
  script: ['psql -h db -U postgres my_custom_db -tAc "show data_checksums; show server_encoding; select current_database()"']
"#;
    run_job("doc-variables", yaml).assert(0, &["\non\nUTF8\nmy_custom_db\n"]);
}

#[test]
fn one_image_runs_as_two_services_under_two_aliases() {
    let yaml = "
doc-twice:
  image: ruby:2.6
  variables: {MYSQL_ROOT_PASSWORD: x, MYSQL_DATABASE: d}
  services: [{name: mysql:latest, alias: mysql-1}, {name: mysql:latest, alias: mysql-2}]
  script: ['for h in mysql-1 mysql-2; do mysql -h $h -uroot -px -e \"select 40 + 2\" d; done']
";
    let outcome = run_job("doc-twice", yaml);
    outcome.assert(0, &["42\n40 + 2\n42\n"]);
    assert!(outcome.stderr.contains("alias is already in use by another service"), "{}", outcome.stderr);
}

#[test]
fn a_service_runs_the_command_of_the_file() {
    let yaml = r#"
doc-command:
  image: busybox:1.35
  services: [{name: "super/sql:latest", command: ["/usr/bin/super-sql", "run"]}]
  script: ["nc super-sql 7777 </dev/null"]
"#;
    run_job("doc-command", yaml).assert(0, &["sql-ok"]);
}

#[test]
fn an_entrypoint_that_prevents_the_script_can_be_overridden() {
    for (name, entrypoint) in [("doc-cleared", r#"[""]"#), ("doc-shell", r#"["/bin/sh", "-c"]"#)] {
        let image = format!("{{name: \"super/sql:experimental\", entrypoint: {entrypoint}}}");
        let yaml = format!("{name}:\n  image: {image}\n  script: [echo it runs]\n");
        run_job(name, &yaml).assert(0, &["\nit runs\n"]);
    }
}

#[test]
fn a_service_name_with_a_slash_has_two_aliases() {
    let yaml = "
doc-slash:
  image: busybox:1.35
  services: [tutum/wordpress:latest]
  script: [wget -qO- http://tutum__wordpress/, wget -qO- http://tutum-wordpress/]
";
    run_job("doc-slash", yaml)
        .assert(0, &["wordpress-ok\n$ wget -qO- http://tutum-wordpress/\nwordpress-ok\n"]);
}
