//! Artifacts: which files are stored, and what a later job receives.

use super::pipeline::{Pipeline, at_once};

/// A job that makes files of every kind, one that fills a cache with a file of the same name, and two that receive them.
const EVERYTHING: &str = r#"
stages: [build, test]
default: {image: 'busybox:1.35'}
artifacts-fill:
  stage: build
  script: [echo cached >tracked.txt, echo cached >cached.txt]
  cache: {key: tracked, paths: [tracked.txt, cached.txt]}
artifacts-make:
  stage: build
  script:
    - mkdir -p out/empty sub
    - echo dot >out/.dot
    - echo run >out/run
    - chmod 755 out/run
    - touch -d '2020-02-03 04:05:06' out/run
    - chown 1000:1001 out/run
    - chmod 4750 out/empty
    - ln -s run out/link
    - echo hard >a
    - ln a sub/b
    - echo long >out/$(printf 'x%.0s' $(seq 255))
    - echo newline >"$(printf 'out/new\nline')"
    - echo bytes >"$(printf 'out/\377')"
    - echo changed >tracked.txt
  artifacts: {paths: [out, sub, tracked.txt]}
artifacts-take:
  stage: test
  cache: {key: tracked, paths: [tracked.txt, cached.txt], policy: pull}
  script: &read
    - stat -c '%n %a %u:%g %Y %F' out/run out/empty
    - stat -c '%n %F' out/link
    - cat out/.dot out/link sub/b tracked.txt
    - cat out/$(printf 'x%.0s' $(seq 255)) "$(printf 'out/new\nline')" "$(printf 'out/\377')"
    - ls -A out | wc -l
    - cat cached.txt source.txt
artifacts-take-alone:
  stage: test
  variables: {GIT_STRATEGY: none}
  script: [cat tracked.txt, ls -A]
"#;

#[test]
fn files_of_every_kind_arrive_unchanged_and_beat_caches_which_beat_sources() {
    let pipeline = Pipeline::new(EVERYTHING);
    pipeline.write("tracked.txt", "tracked\n");
    pipeline.write("cached.txt", "tracked\n");
    pipeline.write("source.txt", "source\n");
    at_once(vec!["artifacts-fill", "artifacts-make"], |job| drop(pipeline.pass(job)));
    at_once(vec!["artifacts-take", "artifacts-take-alone"], |job| {
        let outcome = pipeline.pass(job);
        if job == "artifacts-take-alone" {
            return outcome.assert(0, &["\nchanged\n", "\nout\nsub\ntracked.txt\n"]);
        }
        outcome.assert(
            0,
            &[
                "\nSuccessfully extracted cache\n",
                // 1580702706 is 2020-02-03 04:05:06 UTC. The setuid bit is lost, as in GitLab Runner.
                "\nout/run 755 1000:1001 1580702706 regular file\nout/empty 750 0:0 ",
                "\nout/link symbolic link\n",
                "\ndot\nrun\nhard\nchanged\n",
                "\nlong\nnewline\nbytes\n",
                "\n7\n",
                "\ncached\nsource\n",
            ],
        );
    });
    let listed = pipeline.listed("artifacts-make");
    let paths: Vec<_> = listed["entries"].as_array().unwrap().iter().map(|entry| &entry["path"]).collect();
    assert_eq!(paths.len(), 11, "{paths:?}");
    assert!(paths.iter().any(|path| **path == "out/new\nline"), "{paths:?}");
    // A name that is not UTF-8 is an object with its base64 form: `out/` and the byte 255.
    assert!(paths.iter().any(|path| path.to_string().contains("b3V0L/8=")), "{paths:?}");
}

/// The tree of the specification, and the paths of its table that can be in one archive.
const PATHS: &str = r#"
default: {image: 'busybox:1.35'}
variables: {GIT_STRATEGY: none}
.tree:
  before_script:
    - mkdir -p bin/sub/deep empty .git
    - touch bin/.hid bin/a.o bin/b.txt bin/sub/c.o bin/sub/deep/d.txt .git/config
    - ln -s bin lbin; ln -s nowhere dang; ln -s ../../.. up; mkfifo p
  script: ['true']
artifacts-paths:
  extends: .tree
  artifacts:
    paths: [bin, bin/, ./bin, $CI_PROJECT_DIR/bin, ../shop/bin, bin/*, bin/*/, bin/**, bin/**/*, '**/*.txt', bin/**.txt,
      '*.o', 'bin/{a,b}.*', ., $CI_PROJECT_DIR, '*', lbin, lbin/, l*/*, dang, up, empty, p, nope/*]
artifacts-link:
  extends: .tree
  artifacts: {paths: [lbin/*, lbin/a.o, bin], exclude: [bin/*.o, '*.o', bin/sub, ../x, bin/sub/**/*.txt]}
"#;

/// The number that the log has for each path of [`PATHS`]; `None` is the warning that nothing matches.
const COUNTS: [(&str, Option<u32>); 24] = [
    ("bin", Some(8)),
    ("bin/", Some(8)),
    ("./bin", Some(8)),
    ("/builds/local/shop/bin", Some(8)),
    ("../shop/bin", Some(8)),
    ("bin/*", Some(7)),
    ("bin/*/", Some(7)),
    ("bin/**", Some(19)),
    ("bin/**/*", Some(11)),
    ("**/*.txt", Some(2)),
    ("bin/**.txt", Some(1)),
    ("*.o", None),
    ("bin/{a,b}.*", Some(2)),
    (".", Some(16)),
    ("/builds/local/shop", Some(16)),
    ("*", Some(15)),
    ("lbin", Some(1)),
    ("lbin/", Some(1)),
    ("l*/*", None),
    ("dang", None),
    ("up", Some(1)),
    ("empty", Some(1)),
    ("p", Some(1)),
    ("nope/*", None),
];

#[test]
fn every_form_of_a_path_has_gitlab_runners_line_and_files() {
    let pipeline = Pipeline::new(PATHS);
    at_once(vec!["artifacts-paths", "artifacts-link"], |job| {
        let log = pipeline.pass(job).log();
        if job == "artifacts-paths" {
            let lines = COUNTS.map(|(path, count)| match count {
                Some(count) => format!("{path}: found {count} matching artifact files and directories\n"),
                None => format!(
                    "WARNING: {path}: no matching files. Ensure that the artifact path is relative to the \
                                 working directory (/builds/local/shop)\n"
                ),
            });
            assert!(log.contains(&lines.concat()), "{log}\nshould have\n{}", lines.concat());
            return;
        }
        let lines = "lbin/*: found 7 matching artifact files and directories\n\
                     lbin/a.o: found 1 matching artifact files and directories\n\
                     bin: found 5 matching artifact files and directories\n\
                     bin/*.o: excluded 1 files\nbin/sub: excluded 1 files\nbin/sub/**/*.txt: excluded 1 files\n";
        assert!(log.contains(lines), "{log}\nshould have\n{lines}");
        let warning = "WARNING: isExcluded: artifact path is not a subpath of project directory: ../x\n";
        assert_eq!(log.matches(warning).count(), 1, "{log}");
    });
    let names = |job: &str| pipeline.entries(job).into_iter().map(|entry| entry.name).collect::<Vec<_>>();
    let tree = [
        "bin/",
        "bin/.hid",
        "bin/a.o",
        "bin/b.txt",
        "bin/sub/",
        "bin/sub/c.o",
        "bin/sub/deep/",
        "bin/sub/deep/d.txt",
    ];
    let all = names("artifacts-paths");
    for name in tree.iter().chain(&["empty/", "lbin", "dang", "up", ".git/", ".git/config"]) {
        assert!(all.iter().any(|found| found == name), "{name} is not in {all:?}");
    }
    assert!(!all.iter().any(|name| name == "p" || name.starts_with("lbin/")), "{all:?}");
    let expected = [
        "bin/",
        "bin/.hid",
        "bin/b.txt",
        "bin/sub/c.o",
        "bin/sub/deep/",
        "lbin/.hid",
        "lbin/a.o",
        "lbin/b.txt",
        "lbin/sub/",
        "lbin/sub/c.o",
        "lbin/sub/deep/",
        "lbin/sub/deep/d.txt",
    ];
    assert_eq!(names("artifacts-link"), expected);
}

#[test]
fn the_name_has_variables_of_the_script_and_the_grammar_of_paths() {
    let pipeline = Pipeline::new(
        r#"
default: {image: 'busybox:1.35', before_script: ['echo ARCH=x >>$GITLAB_ENV']}
artifacts-name: {script: [touch f], artifacts: {name: 'a/${NOPE:-b}-$ARCH', paths: [f]}}
artifacts-name-pattern: {script: [touch f], artifacts: {name: '$CI_JOB_NAME-$ARCH', paths: ['[f]']}}
artifacts-name-invalid: {script: [touch f], artifacts: {name: 'n-`date`', paths: [f]}}
"#,
    );
    let names = [
        ("artifacts-name", "b-x"),
        ("artifacts-name-pattern", "artifacts-name-pattern-x"),
        ("artifacts-name-invalid", "n-`date`"),
    ];
    at_once(names.to_vec(), |(job, name)| {
        let log = pipeline.pass(job).log();
        assert_eq!(pipeline.listed(job)["artifacts"]["name"], name, "{log}");
        let warning = "WARNING: invalid artifact name: unexpected command substitution at 1:3\n";
        assert_eq!(log.contains(warning), job == "artifacts-name-invalid", "{log}");
    });
}

#[test]
fn paths_have_variables_of_the_script_and_what_after_script_makes_and_nothing_from_outside() {
    let pipeline = Pipeline::new(
        r#"
artifacts-names:
  image: busybox:1.35
  script: ['echo ARCH=x >>$GITLAB_ENV', mkdir out-x, touch out-x/f, echo x >../x]
  after_script: [touch late.txt]
  artifacts: {paths: ["out-$ARCH", $NOPE, late.txt, /etc/passwd, ../x]}
"#,
    );
    pipeline.pass("artifacts-names").assert(
        0,
        &["\nout-x: found 2 matching artifact files and directories\n\
             WARNING: No matching files. Path is empty.\n\
             late.txt: found 1 matching artifact files and directories\n\
             WARNING: processPath: artifact path is not a subpath of project directory: /etc/passwd\n\
             WARNING: processPath: artifact path is not a subpath of project directory: ../x\n"],
    );
    assert_eq!(pipeline.stored_files("artifacts-names"), ["late.txt", "out-x/f"]);
}

#[test]
fn a_job_receives_what_a_failed_one_stores_and_runs_without_what_nobody_has_stored() {
    let pipeline = Pipeline::new(
        r"
stages: [build, test]
default: {image: 'busybox:1.35'}
artifacts-nothing: {stage: build, script: ['true'], artifacts: {paths: [none]}}
artifacts-fails:
  stage: build
  script: [echo kept >kept, 'false']
  artifacts: {paths: [kept], when: on_failure}
artifacts-always: {stage: test, when: always, script: [cat kept]}
",
    );
    at_once(vec![("artifacts-nothing", 0), ("artifacts-fails", 1)], |(job, code)| {
        pipeline.exec(job, &[]).assert(code, &[]);
    });
    pipeline.pass("artifacts-always").assert(0, &["\nkept\n"]);
}

#[test]
fn later_jobs_overwrite_and_keywords_choose_whose_artifacts_a_job_receives() {
    let pipeline = Pipeline::new(
        r"
stages: [a, b, c]
default: {image: 'busybox:1.35'}
variables: {GIT_STRATEGY: none}
# They run in the order of this file; what they are called must not count.
order-z: {stage: a, script: [echo z >f, echo z >g], artifacts: {paths: [f, g]}}
order-y: {stage: a, script: [echo y >f, echo y >g], artifacts: {paths: [f, g]}}
order-x: {stage: b, script: [echo x >f], artifacts: {paths: [f]}}
order-all: {stage: c, script: [cat f g]}
order-no-dependencies: {stage: c, dependencies: [], script: [test ! -e f]}
order-no-needs: {stage: c, needs: [], script: [test ! -e f]}
order-without: {stage: c, needs: [{job: order-z, artifacts: false}], script: [test ! -e f]}
order-one: {stage: c, dependencies: [order-z], script: [cat f g]}
",
    );
    pipeline.exec("order-all", &["--needs"]).assert(0, &["\nx\ny\n"]);
    at_once(vec!["order-no-dependencies", "order-no-needs", "order-without", "order-one"], |job| {
        let outcome = pipeline.pass(job);
        if job == "order-one" {
            outcome.assert(0, &["\nz\nz\n"]);
        }
    });
}

#[test]
fn untracked_is_what_was_not_delivered_and_needs_no_git_in_the_image() {
    let pipeline = Pipeline::new(
        "artifacts-untracked: {image: 'busybox:1.35', script: [mkdir build, touch build/made, touch made], \
         artifacts: {untracked: true, exclude: [made]}}",
    );
    pipeline.write(".gitignore", "build/\n");
    pipeline.commit();
    pipeline.write("uncommitted.txt", "");
    pipeline
        .pass("artifacts-untracked")
        .assert(0, &["\nuntracked: found 1 files\n", "\nmade: excluded 1 files\n"]);
    assert_eq!(pipeline.stored_files("artifacts-untracked"), ["build/made"]);
}

#[test]
fn files_that_only_their_owners_can_read_are_stored_from_an_image_without_a_shell() {
    let pipeline = Pipeline::new(
        r"
stages: [build, test]
variables: {GIT_STRATEGY: none}
artifacts-private:
  stage: build
  image: busybox:1.35
  script: [mkdir private, echo root >private/root, echo other >private/other, chmod 600 private/*,
    'chown 65534:65534 private/other', chmod 700 private]
  artifacts: {paths: [private]}
artifacts-no-shell:
  stage: test
  image: runner-lite/lab-writer:latest
  script: ['true']
  artifacts: {paths: ['private/*', made]}
",
    );
    pipeline.pass("artifacts-private");
    pipeline.pass("artifacts-no-shell");
    let entries = pipeline.entries("artifacts-no-shell");
    let shown: Vec<_> = entries.iter().map(|entry| (&*entry.name, entry.mode, entry.size)).collect();
    assert_eq!(shown, [("made", 0o644, 5), ("private/other", 0o600, 6), ("private/root", 0o600, 5)]);
}

#[test]
fn extracted_files_are_the_callers_and_have_no_setuid_bit() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let pipeline = Pipeline::new(
        "artifacts-get: {image: 'busybox:1.35', script: [mkdir out, echo x >out/tool, 'chown 1000:1000 out/tool', \
         chmod 4755 out/tool, touch other], artifacts: {paths: [out, other]}}",
    );
    pipeline.pass("artifacts-get");
    pipeline.answer(&["artifacts", "get", "artifacts-get", "out/*", "-o", "got"]);
    let got = pipeline.folder().join("got");
    let tool = std::fs::metadata(got.join("out/tool")).unwrap();
    let own = std::fs::metadata(pipeline.folder()).unwrap().uid();
    assert_eq!((tool.permissions().mode() & 0o7777, tool.uid()), (0o755, own));
    assert!(!got.join("other").exists());
}

#[test]
fn artifacts_that_were_due_and_not_collected_are_told_as_such() {
    let pipeline = Pipeline::new(
        r"
.job: {artifacts: {when: always, paths: [f]}}
not-pulled: {extends: .job, image: {name: 'runner-lite.invalid/none', pull_policy: never}, script: [touch f]}
out-of-time: {extends: .job, image: 'busybox:1.35', timeout: 1s, script: [touch f, sleep 60]}
passed: {image: 'busybox:1.35', script: [touch f], artifacts: {when: on_failure, paths: [f]}}
",
    );
    at_once(
        vec![("not-pulled", "not_collected"), ("out-of-time", "not_collected"), ("passed", "not_due")],
        |(job, expect)| {
            pipeline.exec(job, &[]);
            let listed = pipeline.listed(job);
            assert_eq!(listed["artifacts"]["outcome"], expect, "{listed}");
        },
    );
    let get = pipeline.run(&["artifacts", "get", "not-pulled"]);
    let why = "no artifacts of `not-pulled` are stored: the job ended before its files were collected";
    assert!(get.stderr.contains(why), "{}", get.stderr);
}

#[test]
fn a_folder_of_artifacts_takes_the_place_of_a_file_of_the_sources() {
    let pipeline = Pipeline::new(
        r"
stages: [build, test]
default: {image: 'busybox:1.35'}
over-make: {stage: build, script: [rm over, mkdir -p over/sub, echo made >over/sub/a], artifacts: {paths: [over]}}
over-take: {stage: test, script: [cat over/sub/a]}
",
    );
    pipeline.write("over", "a file\n");
    pipeline.pass("over-make");
    pipeline.pass("over-take").assert(0, &["\nmade\n"]);
}
