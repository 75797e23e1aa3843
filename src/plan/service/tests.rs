use insta::assert_snapshot;

use super::super::testing::Case;

/// The services as `image: alias …`, one per line.
fn shown(case: &Case) -> String {
    let (plan, _) = case.plan();
    let services = plan.map(|plan| plan.services).unwrap_or_default();
    services
        .iter()
        .map(|service| format!("{}: {}\n", service.image.reference, service.aliases.join(" ")))
        .collect()
}

#[track_caller]
fn value_of(case: &Case, key: &str) -> Option<String> {
    let plan = case.planned();
    let variables = &plan.services[0].variables;
    assert!(variables.iter().filter(|variable| variable.key == key).count() <= 1, "{key} comes twice");
    variables.iter().find(|variable| variable.key == key).map(|variable| variable.value.clone())
}

#[test]
fn names_are_derived_and_explicit_ones_added() {
    let case = Case::new()
        .service("postgres:11.7", "")
        .service("tutum/wordpress", "")
        .service("mysql:8", "db, sql  main")
        .service("redis:7", "cache kv");
    assert_snapshot!(shown(&case), @r"
    postgres:11.7: postgres
    tutum/wordpress:latest: tutum__wordpress tutum-wordpress
    mysql:8: mysql db sql main
    redis:7: redis cache kv
    ");
    assert_eq!(case.problems(), "");
}

#[test]
fn a_plan_has_the_name_version_and_position_of_a_service() {
    let plan = Case::new().service("r.io:5000/g/x:1", "").planned();
    let service = &plan.services[0];
    assert_eq!((&*service.name, &*service.version, service.index), ("r.io/g/x", "1", 0));
}

#[test]
fn the_same_image_twice_is_one_service() {
    let case = Case::new().service("mysql", "").service("mysql", "");
    assert_snapshot!(shown(&case), @"mysql:latest: mysql");
    assert_snapshot!(case.problems(), @r#"
    warning 110: Skipping alias "mysql" for service "mysql" (services[1]): alias is already in use by another service.
    warning 110: service "mysql" (services[1]) is not started: all of its names are in use (give it an `alias` that no other service has)
    "#);
}

#[test]
fn a_second_service_of_the_same_image_needs_an_alias_of_its_own() {
    let case = Case::new().service("mysql:latest", "mysql-1").service("mysql:latest", "mysql-2");
    assert_snapshot!(shown(&case), @r"
    mysql:latest: mysql mysql-1
    mysql:latest: mysql-2
    ");
    assert_snapshot!(case.problems(), @r#"warning 111: Skipping alias "mysql" for service "mysql:latest" (services[1]): alias is already in use by another service."#);
    let second = &case.plan().0.unwrap().services[1];
    assert_eq!((second.index, second.network_aliases.join(" ").as_str()), (1, "mysql mysql-2"));
}

#[test]
fn two_versions_of_an_image_are_one_service() {
    let case = Case::new().service("ns/x:1", "").service("ns/x:2", "");
    assert_snapshot!(shown(&case), @"ns/x:1: ns__x ns-x");
}

#[test]
fn a_repeated_alias_of_one_service_counts_once() {
    let case = Case::new().service("alpine", "alpine alpine svc-1 svc-1");
    assert_snapshot!(shown(&case), @"alpine:latest: alpine svc-1");
    assert_eq!(case.problems().lines().count(), 3);
}

#[test]
fn names_and_aliases_are_expanded() {
    let case = Case::new().service("postgres:$V", "$NAMES").variables(&[("V", "16"), ("NAMES", "db,pg")]);
    assert_snapshot!(shown(&case), @"postgres:16: postgres db pg");
}

#[test]
fn a_service_with_an_invalid_image_name_is_left_out_with_a_warning() {
    let case = Case::new().service("Foo", "").service("redis", "");
    assert_snapshot!(shown(&case), @"redis:latest: redis");
    assert_snapshot!(case.problems(), @"warning 100: service `Foo` is not started, as on GitLab: it is not a valid image name (`Foo` has upper case letters)");
}

#[test]
fn an_invalid_image_name_is_an_error_if_the_service_has_an_alias() {
    let case = Case::new().service("mysql:$V", "db");
    assert_snapshot!(case.problems(), @"error 100: invalid service image name: mysql: (`V` is not defined; pass `--variable V=VALUE` or write it into .runner-lite.env)");
    let case = Case::new().service("foo/Bar", "db");
    assert_snapshot!(case.problems(), @"error 100: invalid service image name: foo/Bar (`Bar` has upper case letters)");
}

#[test]
fn services_get_the_jobs_variables() {
    let case = Case::new()
        .service("postgres", "")
        .global(&[("POSTGRES_DB", "my_custom_db"), ("OPTIONS", "--encoding=UTF8 --data-checksums")])
        .variables(&[("POSTGRES_USER", "$WHO"), ("WHO", "runner")]);
    assert_eq!(value_of(&case, "POSTGRES_DB").as_deref(), Some("my_custom_db"));
    assert_eq!(value_of(&case, "OPTIONS").as_deref(), Some("--encoding=UTF8 --data-checksums"));
    assert_eq!(value_of(&case, "POSTGRES_USER").as_deref(), Some("runner"));
    assert_eq!(value_of(&case, "CI").as_deref(), Some("true"));
}

#[test]
fn a_services_own_variables_win_and_may_refer_to_the_jobs() {
    let case = Case::new()
        .variables(&[("A", "job"), ("B", "job")])
        .typed("TOKEN", "s3cret")
        .service("postgres", "")
        .service_variables(&[("A", "own $B $A"), ("C", "$A-$UNKNOWN"), ("D", "$TOKEN")]);
    assert_eq!(value_of(&case, "A").as_deref(), Some("own job job"));
    assert_eq!(value_of(&case, "B").as_deref(), Some("job"));
    assert_eq!(value_of(&case, "C").as_deref(), Some("job-"));
    assert_eq!(value_of(&case, "D").as_deref(), Some("s3cret"));
}

#[test]
fn services_do_not_get_variables_that_only_the_command_line_defines() {
    let case =
        Case::new().variables(&[("DB", "a")]).typed("DB", "b").typed("TOKEN", "s3cret").service("redis", "");
    assert_eq!(case.planned().variable("TOKEN"), Some("s3cret"));
    assert_eq!(value_of(&case, "TOKEN"), None);
    assert_eq!(value_of(&case, "DB").as_deref(), Some("b"));
}

#[test]
fn command_and_entrypoint_are_taken_as_written() {
    let mut case = Case::new().service("super/sql:latest", "").variables(&[("A", "x")]);
    let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    case.job.services[0].command = words(&["/usr/bin/super-sql", "$A"]);
    case.job.services[0].image.entrypoint = words(&[""]);
    let service = case.planned().services.remove(0);
    assert_eq!(service.command, words(&["/usr/bin/super-sql", "$A"]));
    assert_eq!(service.image.entrypoint, words(&[""]));
    case.job.services[0].command = words(&[]);
    assert_eq!(case.planned().services[0].command, None);
}
