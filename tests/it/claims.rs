//! Every claim of the README, of pages of `docs/` and of the help about stopping and cleaning up has a test.

use std::ops::Range;
use std::path::PathBuf;

use super::documents::test_exists;
use super::sandbox::Sandbox;

/// Words by which a text claims something about stopping or cleaning up, in lower case.
const WORDS: [&str; 16] = [
    "clean",
    "left",
    "leave",
    "leaving",
    "kept",
    "remove",
    "ctrl-c",
    "sig",
    "kill",
    "stop",
    "emptied",
    "go with",
    "goes with",
    "goes on",
    "go on",
    "timeout",
];

/// The documents whose claims have tests. Guides (`recipes.md` and the like) refer to these and claim nothing of their own;
/// other pages are generated.
const DOCUMENTS: [&str; 13] = [
    "README.md",
    "docs/artifacts.md",
    "docs/cleaning-up.md",
    "docs/container.md",
    "docs/differences.md",
    "docs/exit-codes.md",
    "docs/images.md",
    "docs/jobs.md",
    "docs/keywords.md",
    "docs/list-lint-show.md",
    "docs/pipelines.md",
    "docs/shell.md",
    "docs/variables.md",
];

/// Claims of the documents and the help, and the tests that hold them. A claim that two pages make has a line for each.
const CLAIMS: &str = "
    When the job ends, even after Ctrl-C, runner-lite removes its containers, network and volumes;
    # Leftovers on the engine, and how to remove them A job removes its containers, network and volumes when it ends, \
        also after Ctrl-C.
        live/stopping.rs::a_signal_cancels_the_script_as_in_gitlab_and_after_script_runs
        live/edges.rs::the_shared_builds_volume_is_removed
    `GIT_STRATEGY: clone`, the default: the volume is removed with the job.
        live/edges.rs::the_shared_builds_volume_is_removed
    `GIT_STRATEGY: fetch`: the volume is kept, and the project directory is emptied except for the files that `GIT_CLEAN_FLAGS` excludes
    `GIT_STRATEGY: none`: runner-lite neither adds nor removes files.
        live/config.rs::git_strategy_decides_which_files_of_the_last_job_are_kept
        src/plan/git_clean.rs::exclusions_are_names_in_the_project_directory
    `/path` is kept from job to job, `/host:/path[:ro]` is a directory of the host, and `name:/path` is a named volume.
    `/path`: a volume that is kept from job to job. `/host:/path`, `name:/path`: a mount, with modes such as `ro`
        live/config.rs::a_cache_volume_survives_two_runs_and_is_removed_by_clean
        live/config.rs::a_host_directory_can_be_mounted_read_only
        live/config.rs::a_named_volume_is_shared_and_never_removed
    Volumes that the images declare are removed with the job.
    Keep the anonymous volumes that images declare
        live/config.rs::anonymous_volumes_are_removed_unless_volume_keep_is_set
    runner-lite pipeline --fail-fast # the first failed job stops all others
        src/schedule/progress/tests.rs::a_failure_cancels_all_that_has_not_begun_and_leaves_manual_jobs

    runner-lite clean --kept # also removes objects that --keep left
        src/cli/command/clean/selection.rs::what_keep_has_left_is_removed_if_that_is_asked_for_or_by_the_name_of_its_job
    or all objects of a kept job
    The prefix that the names of all objects of a job share stands for all of them
        src/cli/command/clean/selection.rs::what_keep_has_left_is_removed_if_that_is_asked_for_or_by_the_name_of_its_job
    --kept Also remove objects that --keep has left
        src/cli/command/clean/selection.rs::what_keep_has_left_is_removed_if_that_is_asked_for_or_by_the_name_of_its_job
    --keep Keep the job's container, services, network and volumes
    runner-lite exec test --keep # runs the job, and does not remove its containers and volumes
    (`docker start` starts the container without its script, with the files as the script left them), and which `clean` \
        command removes them. Without `--kept` or their name, `clean` leaves them alone.
    The log ends with the commands that inspect and remove them
    runner-lite exec test --keep keep its containers and volumes, and print how to inspect them
        live/cleanup/kept.rs::a_failed_job_can_be_looked_into_with_the_printed_commands_and_clean_spares_it
    the commands that inspect and remove them, also if the job is stopped.
    `--keep` of `exec` and `pipeline` keeps the job's exited container, its running services, its network and its volumes, \
        also if Ctrl-C stops the job
        live/cleanup/kept.rs::a_pipeline_that_is_stopped_keeps_its_job_whose_processes_have_ended

    Fail the job if a service exits before the script ends The script still runs to its end.
        live/services.rs::with_fail_on_service_the_script_goes_on_and_then_the_job_fails
    Ctrl-C and SIGTERM act like GitLab's cancel, but `after_script` has 30 s at most. The Runner itself skips it on a signal
        live/stopping.rs::a_signal_cancels_the_script_as_in_gitlab_and_after_script_runs
    `RUNNER_SCRIPT_TIMEOUT`
        live/stopping.rs::after_script_runs_after_a_script_timeout
    `RUNNER_AFTER_SCRIPT_TIMEOUT`
        live/stopping.rs::a_timeout_of_after_script_is_a_warning
    --timeout <DURATION> How long the job may take: 90s, 15m, 1h30m The time includes pulling images and \
        starting services, and overrides the file's; a plain number is in seconds [default: the job's \
        `timeout`, else 1h]
        live/stopping.rs::the_jobs_timeout_ends_everything_after_sigterm_and_without_after_script
        live/stopping.rs::the_timeout_keyword_limits_the_job
        src/executor/run/job/tests.rs::the_jobs_timeout_covers_its_preparation
    --docker-wait-for-services-timeout <NUMBER> Seconds that services may take to open a port
        live/services.rs::waiting_for_a_port_that_stays_closed_ends_after_thirty_seconds
        live/config.rs::a_negative_service_timeout_disables_waiting
    ## Stopping a job Ctrl-C and SIGTERM cancel a job as GitLab does. The script's processes get SIGTERM and at most 10 s to \
        end, then `after_script` runs with `CI_JOB_STATUS=canceled` for at most 30 s, then the job's containers, network and \
        volumes are removed.
    Stopping: Ctrl-C and SIGTERM end the script's processes within 10 s, then after_script runs for at most 30 s, then \
        everything is removed.
        live/stopping.rs::a_signal_cancels_the_script_as_in_gitlab_and_after_script_runs
        live/stopping.rs::a_child_that_handles_sigterm_still_prints
        live/stopping.rs::a_job_that_replaces_its_shell_can_be_stopped_and_timed_out
        src/executor/run/session_state/tests.rs::a_session_is_stopped_at_its_limit_and_killed_after_the_grace
        src/executor/run/attempt.rs::after_script_of_a_canceled_job_has_at_most_thirty_seconds
    If a signal ends `runner-lite shell`, the processes in the shell get SIGHUP
        live/terminal/running.rs::a_signal_restores_the_terminal_of_a_further_shell_and_the_job_goes_on

    A second signal skips `after_script` and kills
    A second signal skips after_script
        live/stopping.rs::a_second_signal_skips_after_script_and_kills
    A third one ends the program at once; it lists what is left and how `clean` removes it.
    a third one leaves the objects that are not removed yet, and names them
        live/stopping.rs::a_third_signal_leaves_what_is_not_removed_and_names_it
    Killed runs (`kill -9`, a crash of the host) cannot do that; `clean` removes their leftovers.
    runner-lite clean # removes leftovers of killed runs; --force does not ask
    runner-lite clean leftovers of killed runs; asks first
    Remove leftovers of interrupted runs
    -f, --force Do not ask
        live/config.rs::clean_removes_the_leftovers_of_a_killed_run_and_spares_a_running_job
        it/clean.rs::clean_removes_only_what_the_user_agrees_to
        it/stored.rs::clean_removes_and_lists_what_killed_runs_have_left_in_the_store
    the newest log of a job; --run 12: the one of run 12
        it/stored.rs::the_log_of_a_job_that_was_killed_or_still_runs_can_be_printed
    runner-lite clean --volumes # also removes volumes that are kept from job to job
    --volumes Also remove volumes that are kept from job to job
    runner-lite clean --volumes --dry-run lists the volumes that are kept from job to job, too
    runner-lite clean --volumes --force does not ask, for scripts
        live/config.rs::a_cache_volume_survives_two_runs_and_is_removed_by_clean
    --dry-run Only list what would be removed
        it/clean.rs::clean_removes_only_what_the_user_agrees_to
    runner-lite clean --artifacts --caches --older-than 7d # of all projects; --dry-run lists them
    runner-lite clean --artifacts --caches --older-than 7d --dry-run the stored runs and caches of all projects that \
        were not used for a week
    `clean --artifacts` and `clean --caches` remove stored runs and caches
    --artifacts Remove the stored runs of all projects instead of leftovers Stored runs are logs, artifacts and reports.
    --caches Remove the caches of all projects instead of leftovers
    --older-than <AGE> Remove only what was not used for this long: 7d, 12h The option needs --artifacts or --caches.
        live/store.rs::masked_values_are_in_neither_log_nor_store_and_five_runs_are_kept
        src/cli/command/clean/stored_selection.rs::every_run_but_those_in_use_is_removed_and_the_latest_that_passed_is_named
        src/cli/command/clean/stored_selection.rs::only_what_nobody_has_used_for_the_time_is_removed
    runner-lite clean NAME # removes one object
    [NAME]... Remove only these containers, networks and volumes Any run may have left them.
    one container, whichever run left it
        live/cleanup.rs::clean_spares_a_run_on_another_host_unless_its_object_is_named
        src/cli/command/clean/selection.rs::a_name_selects_an_object_of_any_run_but_one_that_goes_on
    `clean` never removes objects of an active run.
    Objects of active runs
        live/config.rs::clean_removes_the_leftovers_of_a_killed_run_and_spares_a_running_job
    and of other runners stay.
        it/clean.rs::clean_asks_only_for_objects_of_this_program
    It cannot tell whether runs in other containers, or on other hosts that share the engine, are active. It therefore only \
        lists their objects, with their number: `--all` removes those of other containers, `--other-hosts` those of other hosts, \
        and NAME either kind.
    So do objects of runs that cannot be observed from here: those in other containers, unless --all is given, and \
        those on other hosts that share the engine, unless --other-hosts is given.
    -a, --all Also remove objects of runs in other containers The containers are on this host.
    --other-hosts Also remove objects of runs on other hosts The hosts use the same engine.
        src/cli/command/clean/selection.rs::runs_that_may_go_on_are_listed_with_their_number_and_the_option_that_removes_them
        src/cli/command/clean/selection.rs::runs_of_other_containers_and_of_other_hosts_have_options_of_their_own
        live/cleanup.rs::clean_spares_a_run_on_another_host_unless_its_object_is_named
    After a reboot of this host, leftovers count as this host's only if the machine id, the host name and the time prove it \
        (a cloned machine has the same id) and no container of the run is running. Otherwise they count as another host's.
    A run before a reboot counts as this host's if machine id, host name and time prove it, else as another host's.
        src/executor/cleanup/process_label.rs::a_process_of_this_host_before_the_reboot_has_ended
        src/executor/cleanup/process_label.rs::a_process_of_a_clone_of_this_host_is_another_hosts_if_it_began_after_this_boot
        src/executor/cleanup/process_label.rs::without_a_machine_id_another_boot_is_another_host
        src/executor/cleanup/leftovers.rs::a_run_of_another_boot_with_a_running_container_is_another_hosts
    Objects with the labels of runner-lite but a different name, such as a container of an image made by `docker commit`, \
        are listed, and removed only by NAME.
        src/executor/cleanup/leftovers.rs::a_container_with_inherited_labels_is_none_of_a_run
        src/cli/command/clean/selection.rs::an_object_with_another_name_is_removed_by_that_name_only
    `doctor` counts the leftovers of this host and of other hosts.
        src/cli/command/doctor/checks.rs::leftovers_are_counted_and_those_of_other_hosts_are_no_reason_for_a_warning
    joins the network of a job's services for as long as it waits for them, and leaves it in every case
        live/container.rs::inside_a_container_a_job_reaches_services_on_the_default_bridge
        live/container.rs::inside_a_container_a_job_reaches_services_on_a_network_per_build
        live/container.rs::a_signal_disconnects_the_container_from_the_services_network
    `clean`: the user did not agree
    0 everything was removed, or only listed
        it/clean.rs::clean_removes_only_what_the_user_agrees_to
    2 wrong usage, or a NAME that does not exist or belongs to an active run
        live/cleanup.rs::clean_spares_a_run_on_another_host_unless_its_object_is_named
        src/cli/command/clean/selection.rs::a_name_selects_an_object_of_any_run_but_one_that_goes_on
    the engine failed, or something could not be removed
        it/clean.rs::an_object_that_cannot_be_removed_is_named_and_sets_the_exit_code
    129, 130, 131, 141, 143 | stopped: terminal closed, Ctrl-C, SIGQUIT, output pipe closed, SIGTERM
    129, 130, 131, 141, 143 stopped: terminal closed, Ctrl-C, SIGQUIT, output pipe closed, SIGTERM
        live/stopping.rs::a_signal_cancels_the_script_as_in_gitlab_and_after_script_runs
        live/stopping.rs::sigquit_and_sighup_clean_up
        live/stopping.rs::a_closed_output_pipe_stops_the_job
    As in the Runner, only its changes on volumes are kept
        live/effects.rs::a_hook_runs_before_the_sources_and_changes_nothing_in_the_jobs_container
    If the builds directory is persistent or mounted, the files of variables lie on a separate volume, which is removed with \
        the job.
        src/plan/volumes/tests.rs::a_configured_volume_can_contain_the_builds_directory
        src/plan/volumes/tests.rs::the_strategy_decides_whether_the_builds_directory_is_persistent
        live/security.rs::files_of_variables_go_with_the_job
    A persistent volume belongs to the runner's token, to the project's URL
        src/plan/volumes/tests.rs::persistent_volumes_differ_by_protection_project_slot_and_runner
    Host directory for persistent volumes, instead of named volumes
        src/plan/volumes/tests.rs::disable_cache_and_cache_dir_change_the_source_of_a_path_alone
    A host directory that is mounted at or below the project directory is never emptied.
        src/plan/project_dir.rs::mounted_directories_of_the_host_are_never_cleared
";

/// Quotes with one of the words that claim nothing about stopping or cleaning up.
const OTHERS: [&str; 15] = [
    "`stage`, `timeout`, `parallel`",
    "until GitLab removed it in 17.0",
    "[removed](https://gitlab.com/",
    "the changes that are left out",
    "how to stop it",
    "When you leave the shell",
    "as the failed command left it",
    "runner-lite clean [OPTIONS] [NAME]...",
    "runner-lite clean leftovers",
    "runner-lite clean runner-lite-project-1-concurrent-0-0123456789abcdef-build",
    "Disable the OOM killer for the container",
    "the OOM killer picks high scores first",
    "--docker-oom-kill-disable",
    "`*` stops at `/`",
    "skips such a commit",
];

/// Lower case, with one blank between words.
fn plain(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The documents, and the help of the commands that run and remove things.
fn pages() -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let documents = DOCUMENTS.map(|path| std::fs::read_to_string(root.join(path)).unwrap());
    let sandbox = Sandbox::new(&[]);
    let help = |command| sandbox.run(&[command, "--help"]).answer().to_owned();
    plain(&[documents.join("\n"), help("exec"), help("clean")].join("\n"))
}

/// The ranges of `pages` in which `quote` stands.
fn places(pages: &str, quote: &str) -> Vec<Range<usize>> {
    let quote = plain(quote);
    pages.match_indices(&quote).map(|(start, _)| start..start + quote.len()).collect()
}

/// The blocks of [`CLAIMS`]: the quotes of each, and its tests.
fn claims() -> Vec<(Vec<&'static str>, Vec<&'static str>)> {
    let mut blocks: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    for line in CLAIMS.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let is_test = line.contains(".rs::");
        match blocks.last_mut() {
            Some((_, tests)) if is_test => tests.push(line),
            Some((quotes, tests)) if tests.is_empty() => quotes.push(line),
            _ => blocks.push((vec![line], Vec::new())),
        }
    }
    blocks
}

#[test]
fn every_claim_about_stopping_and_cleaning_up_has_a_test() {
    let pages = pages();
    let claims = claims();
    let tests = claims.iter().flat_map(|(_, tests)| tests);
    let mut wrong: Vec<String> =
        tests.filter(|test| !test_exists(test)).map(|test| format!("no such test: {test}")).collect();
    let mut quoted = Vec::new();
    for quote in claims.iter().flat_map(|(quotes, _)| quotes).chain(&OTHERS) {
        let found = places(&pages, quote);
        if found.is_empty() {
            wrong.push(format!("no page says: {quote}"));
        }
        quoted.extend(found);
    }
    wrong.extend(
        claims.iter().filter(|(_, tests)| tests.is_empty()).map(|(quotes, _)| format!("no test: {quotes:?}")),
    );
    for (start, word) in WORDS.iter().flat_map(|word| pages.match_indices(word)) {
        if !quoted.iter().any(|range| range.contains(&start)) {
            let before: String = pages[..start].chars().rev().take(60).collect();
            let before: String = before.chars().rev().collect();
            let after: String = pages[start..].chars().take(60).collect();
            wrong.push(format!("a claim without a test, because of {word:?}: {before}{after}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
