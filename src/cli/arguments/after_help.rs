//! The texts below the help of the program and of its commands: examples and exit codes.

pub(super) const EXIT_CODES: &str = "Exit codes:
  0    the job passed, or failed with allow_failure
  1    the job failed (with --exit-code script: the script's own code)
  2    wrong usage
  3    the pipeline file is invalid
  125  the engine or runner-lite failed, or an image is unavailable
  129, 130, 131, 141, 143
       stopped: terminal closed, Ctrl-C, SIGQUIT, output pipe closed, SIGTERM";

pub(super) const EXEC_EXAMPLES: &str = "Examples:
  runner-lite exec                      list the jobs of .gitlab-ci.yml
  runner-lite exec test                 run the job `test`
  runner-lite exec test --docker-image alpine:3
                                        an image for a job without `image`
  runner-lite exec test --variable CI_DEBUG_TRACE=true
  runner-lite exec test --needs=missing first run the jobs whose artifacts are needed but not stored
  runner-lite exec test -i              open a shell in the container after a failing command
  runner-lite exec test --keep          keep its containers and volumes, and print how to inspect them
  runner-lite exec test --from none     without the artifacts of earlier runs

The artifacts of earlier jobs come from the newest run in which each of them stored some, if possible all from one
commit; the log names these runs. `runs list`, `logs`, `artifacts` and `cache` show what is stored.

Stopping: Ctrl-C and SIGTERM end the script's processes within 10 s, then after_script runs for at most 30 s, then
everything is removed. A second signal skips after_script; a third one leaves the objects that are not removed yet, and
names them.";

pub(super) const SHELL_EXAMPLES: &str = "Examples:
  runner-lite shell test                a shell in the container of the job `test`, with its services and files
  runner-lite shell test --needs=missing
                                        first run the jobs whose artifacts are needed but not stored
  runner-lite exec test --interactive   run the job, and open a shell only if a command fails
  runner-lite shell --running test      another shell in the running job `test`

The shell is bash if the image has it. The exit code is that of the shell; 2: wrong usage, no terminal, or no such job
is running; 3: the pipeline file is invalid; 125: the engine or runner-lite failed; 137: the shell ended with the job.";

pub(super) const DOCTOR_CODES: &str = "Exit codes:
  0    jobs can run here
  1    a check failed
  2    wrong usage";

pub(super) const LIST_EXAMPLES: &str = "Examples:
  runner-lite list                      the jobs of the pipeline that a push of this branch would create
  runner-lite list --all                the others, too, and why they are left out
  runner-lite list --as mr              those of a merge request into the default branch, and the differences
  runner-lite list --as tag:v1.0        those of a tag; also branch:NAME, schedule, web
  runner-lite list --json

Exit codes:
  0    the file is valid
  2    wrong usage
  3    the file, or a job in it, is invalid";

pub(super) const PIPELINE_EXAMPLES: &str = "Examples:
  runner-lite pipeline                  run what GitLab would run for this commit
  runner-lite pipeline test deploy      these jobs and those that they wait for; a manual job is started
  runner-lite pipeline 'unit*' --only   only the jobs with these names
  runner-lite pipeline --manual review  also start the manual job `review` when its turn comes
  runner-lite pipeline --resume         repeat only what failed or did not run in the latest run
  runner-lite pipeline -i               open a shell in the container after a failing command
  runner-lite pipeline --timings        show how long each phase took, and the critical path
  runner-lite pipeline --dry-run        show the jobs and what starts them; runs nothing
  runner-lite pipeline --graph=mermaid  print the graph for a document

Exit codes:
  0    the pipeline passed, perhaps with warnings, or a manual or delayed job blocks it
  1    a job failed
  2    wrong usage, or no such job
  3    the file is invalid, or GitLab would create no pipeline
  4    with --fail-blocked: a manual or delayed job blocks the pipeline
  125  jobs failed only because of the engine, runner-lite or unavailable images
  129, 130, 131, 141, 143
       stopped: terminal closed, Ctrl-C, SIGQUIT, output pipe closed, SIGTERM

Stopping: Ctrl-C and SIGTERM stop all jobs as `exec` stops one, and no further job starts; the summary follows.";

pub(super) const LINT_EXAMPLES: &str = "Examples:
  runner-lite lint                      the project's .gitlab-ci.yml
  runner-lite lint ci/*.yml --strict    several files; ignored keywords are errors
  runner-lite lint --format codequality > gl-code-quality-report.json
                                        for artifacts:reports:codequality of GitLab

Included files are looked up in the project of the file: its git repository, or else the nearest folder above it that
has a .gitlab-ci.yml.

Exit codes:
  0    there are no errors
  2    wrong usage
  3    there are errors";

pub(super) const INCLUDE_EXAMPLES: &str = "Examples:
  runner-lite include fetch --include-dir ci/copies
                                        fetch what is missing, from the commits of the lock file if it has them
  runner-lite include fetch --include-dir ci/copies --check
                                        list what is newer or missing; fetches nothing
  runner-lite include fetch --include-dir ci/copies --update
                                        fetch what is newer, too
  runner-lite list --include-dir ci/copies
                                        read the copies; no command but `include fetch` uses a network for them

Your git fetches, with your credentials, over the protocol of the remote `origin`. It runs in an empty folder, so that no
git configuration of the project applies.

Exit codes:
  0    every file of another project has a copy; with --check, of the newest commit
  1    with --check: something is newer or missing
  2    wrong usage
  3    the pipeline file is invalid, or a project has no such file
  125  git failed, or a file cannot be written";

pub(super) const SHOW_EXAMPLES: &str = "Examples:
  runner-lite show test                 the job as YAML, with extends, references, defaults and variables resolved
  runner-lite show 'test: [ruby, 2.7]' --origins
                                        with file and line of each value
  runner-lite show test --script        the script as the shell reads it
  runner-lite show test --container | jq '.containers[].create.Env'

The options of `exec` for GitLab Runner's settings have their effect here, too.

Exit codes:
  0    the job was shown
  2    wrong usage
  3    the file, or the job, is invalid";

pub(super) const PULL_EXAMPLES: &str = "Examples:
  runner-lite pull                      the images of all jobs that the engine does not have
  runner-lite pull test build           the images of these jobs
  runner-lite pull --pull-policy always also newer versions of images that the engine has

Exit codes:
  0    the engine has all images
  2    wrong usage
  3    the pipeline file is invalid
  125  an image is unavailable, or the engine failed";

pub(super) const CLEAN_EXAMPLES: &str = "Examples:
  runner-lite clean                     leftovers of killed runs; asks first
  runner-lite clean --volumes --dry-run lists the volumes that are kept from job to job, too
  runner-lite clean --volumes --force   does not ask, for scripts
  runner-lite clean runner-lite-project-1-concurrent-0-0123456789abcdef-build
                                        one container, whichever run left it
  runner-lite clean --artifacts --caches --older-than 7d --dry-run
                                        the stored runs and caches of all projects that were not used for a week

Objects of active runs and of other runners stay. So do objects of runs that cannot be observed from here: those in
other containers, unless --all is given, and those on other hosts that share the engine, unless --other-hosts is given.
A run before a reboot counts as this host's if machine id, host name and time prove it, else as another host's.

Exit codes:
  0    everything was removed, or only listed
  1    the question was not answered with yes
  2    wrong usage, or a NAME that does not exist or belongs to an active run
  125  the engine failed, or something could not be removed";

pub(super) const ARTIFACTS_EXAMPLES: &str = "Examples:
  runner-lite artifacts list            the newest artifacts of each job
  runner-lite artifacts list build      the files of the job `build`
  runner-lite artifacts get build 'out/**' -o /tmp/out
  runner-lite artifacts get build --zip build.zip
  runner-lite artifacts get test --report junit

Exit codes:
  0    done
  2    wrong usage, an unknown job or run, or a job of which nothing is stored
  125  the store cannot be read, or a file cannot be written";

pub(super) const RUNS_EXAMPLES: &str = "Examples:
  runner-lite runs list
  runner-lite runs list --json";

pub(super) const LOGS_EXAMPLES: &str = "Examples:
  runner-lite logs test                 the log of the newest run of `test`
  runner-lite logs test --run 12        of the run with that number
  runner-lite logs test | less -R

Secrets are [MASKED] in the log, as on the terminal.";

pub(super) const CACHE_EXAMPLES: &str = "Examples:
  runner-lite cache list
  runner-lite cache clear               all caches of this project
  runner-lite cache clear 'gems-main'   the cache with this key";

pub(super) const REGISTER_EXAMPLES: &str = "Examples:
  runner-lite register --description mine --executor docker --docker-image ruby:2.6
  runner-lite register --template-config services.toml --docker-image ruby:2.6 --docker-memory 2g

No server is contacted: URL and token are in the file for GitLab Runner only.

Exit codes:
  0    the runner is in the file
  2    wrong usage, or the file cannot be written; it is unchanged";

pub(super) const AUTH_EXAMPLES: &str = "Examples:
  runner-lite auth registry.example.com/group/image:1
  runner-lite auth registry.example.com/group/image:1 --job test
  runner-lite auth ruby:2.6 --json";

pub(super) const COMPLETION_EXAMPLES: &str = "For every new shell:
  echo 'source <(runner-lite completion bash)' >> ~/.bashrc
  echo 'source <(runner-lite completion zsh)' >> ~/.zshrc      (below compinit)
  runner-lite completion fish > ~/.config/fish/completions/runner-lite.fish";
