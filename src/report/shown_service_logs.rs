//! The output of services in the log of a job, each line as GitLab Runner writes it with `CI_DEBUG_SERVICES`.

use bytes::Bytes;

use super::mask::Mask;
use super::service_lines::ServiceLines;
use super::style::Style;
use crate::executor::event::Section;
use crate::executor::service_output::{LoggedService, ServiceLogDisplay, ServiceOutput, ServiceOutputPiece};
use crate::secret::{MaskedTokens, Secret};

/// Makes lines of what the services of a job print, while its scripts go on.
#[derive(Default)]
pub(super) struct ShownServiceLogs {
    lines: ServiceLines,
    /// Whether the result of the job follows, and no more output.
    is_over: bool,
}

impl ShownServiceLogs {
    pub(super) fn add_secrets(&mut self, secrets: &[Secret]) {
        self.lines.add_secrets(secrets);
    }

    pub(super) fn set_tokens(&mut self, tokens: MaskedTokens) {
        self.lines.set_tokens(tokens);
    }

    /// Takes note that a section of the log begins.
    pub(super) fn section(&mut self, section: Section) {
        match section {
            Section::PrepareExecutor => {
                self.is_over = false;
                self.lines.begin();
            }
            Section::Result => self.is_over = true,
            _ => {}
        }
    }

    /// The whole lines that the output completes, each with its line break, and a warning if there is no more because of an
    /// error. `mask` is that of the job's log: an alias or an image may contain a secret.
    pub(super) fn take(
        &mut self,
        output: &ServiceOutput,
        style: Style,
        mask: &Mask,
    ) -> (Bytes, Option<String>) {
        let ServiceOutput { service, piece } = output;
        if service.display == ServiceLogDisplay::Hidden || self.is_over {
            return (Bytes::new(), None);
        }
        let (lines, error) = match piece {
            ServiceOutputPiece::Bytes { channel, bytes } => {
                (self.lines.push(service.position, *channel, bytes.clone()), None)
            }
            ServiceOutputPiece::End { error } => (self.lines.end(service.position), error.as_ref()),
        };
        let prefix = prefix(service, mask);
        let lines: Vec<u8> = lines.iter().flat_map(|line| shown_line(&prefix, line, style)).collect();
        let names = service.names.join(", ");
        (lines.into(), error.map(|error| format!("no more output of service {names} is shown: {error}")))
    }
}

/// What stands before each line of a service.
fn prefix(service: &LoggedService, mask: &Mask) -> String {
    format!("[service:{}] ", mask.text(&service.names.join("-")))
}

/// A line of a service, whose own colours stay, with its line break.
fn shown_line(prefix: &str, line: &[u8], style: Style) -> Vec<u8> {
    let (start, end) = match style {
        Style::Coloured => ("\x1b[0;37m", "\x1b[0;m\n"),
        Style::Plain => ("", "\n"),
    };
    [start.as_bytes(), prefix.as_bytes(), line, end.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::*;
    use crate::engine::stream::stdcopy::Channel;
    use crate::executor::event::{Event, EventKind};
    use crate::executor::event_channel::EventSink;
    use crate::report::live::ProgressDisplay;
    use crate::report::log::Log;
    use crate::report::log_writer::{LineStart, LogFormat};
    use crate::report::testing::{Buffer, streams};
    use crate::report::transcript::{LogPart, Transcript};
    use crate::report::verbosity::Verbosity;

    fn output(display: ServiceLogDisplay, text: &'static str) -> ServiceOutput {
        let names = vec!["busybox".to_owned(), "chat".to_owned()];
        let service = Arc::new(LoggedService { position: 0, names, display });
        let bytes = Bytes::from_static(text.as_bytes());
        ServiceOutput { service, piece: ServiceOutputPiece::Bytes { channel: Channel::Stdout, bytes } }
    }

    #[track_caller]
    fn check(logs: &mut ShownServiceLogs, style: Style, text: &'static str, expect: &str) {
        let (lines, warning) = logs.take(&output(ServiceLogDisplay::Shown, text), style, &Mask::default());
        assert_eq!((std::str::from_utf8(&lines).unwrap(), warning), (expect, None));
    }

    #[test]
    fn a_line_is_that_of_gitlab_runners_log() {
        let mut logs = ShownServiceLogs::default();
        let line = "2026-11-29T00:30:52.612099918Z hello 1\n";
        let expect = "\u{1b}[0;37m[service:busybox-chat] 2026-11-29T00:30:52.612099918Z hello 1\u{1b}[0;m\n";
        check(&mut logs, Style::Coloured, line, expect);
        check(
            &mut logs,
            Style::Plain,
            "t a\nt b\nt c",
            "[service:busybox-chat] t a\n[service:busybox-chat] t b\n",
        );
        let (lines, _) =
            logs.take(&output(ServiceLogDisplay::Hidden, "t secret\n"), Style::Plain, &Mask::default());
        assert!(lines.is_empty());
    }

    #[test]
    fn output_ends_where_the_result_of_the_job_begins_and_with_its_stream() {
        let mut logs = ShownServiceLogs::default();
        check(&mut logs, Style::Plain, "t no end", "");
        let end = |error: Option<&str>| {
            let piece = ServiceOutputPiece::End { error: error.map(str::to_owned) };
            ServiceOutput { piece, ..output(ServiceLogDisplay::Shown, "") }
        };
        let (lines, warning) = logs.take(&end(Some("it broke")), Style::Plain, &Mask::default());
        assert_eq!(std::str::from_utf8(&lines).unwrap(), "[service:busybox-chat] t no end\n");
        assert_eq!(warning.as_deref(), Some("no more output of service busybox, chat is shown: it broke"));
        check(&mut logs, Style::Plain, "t given up", "");
        logs.section(Section::Result);
        check(&mut logs, Style::Plain, "t removed\n", "");
        assert_eq!(logs.take(&end(Some("it was removed")), Style::Plain, &Mask::default()).1, None);
        logs.section(Section::PrepareExecutor);
        check(&mut logs, Style::Plain, "t again\n", "[service:busybox-chat] t again\n");
    }

    /// What standard output and standard error get of a job whose output and that of a service are mixed.
    fn written(verbosity: Verbosity) -> [String; 2] {
        let (stdout, stderr) = (Buffer::default(), Buffer::default());
        let format = LogFormat { style: Style::Plain, verbosity, line_start: LineStart::Text };
        let mut log =
            Log::on_streams(streams(stdout.clone(), stderr.clone()), format, ProgressDisplay::Hidden);
        let of_job = |text: &'static str| EventKind::Output(Bytes::from_static(text.as_bytes()));
        let of_service = |text| EventKind::ServiceOutput(output(ServiceLogDisplay::Shown, text));
        let events = [
            EventKind::Secrets(vec![Secret::new("hunter2hunter2")]),
            EventKind::Section(Section::StepScript),
            of_job("open hunter2"),
            of_service("t one\nt hunter2"),
            of_service("hunter2\n"),
            of_job("hunter2 end\n"),
        ];
        for kind in events {
            log.take(&Event { at: Timestamp::UNIX_EPOCH, job: Some("test".into()), kind }).unwrap();
        }
        log.finish().unwrap();
        [stdout.text(), stderr.text()]
    }

    #[test]
    fn lines_of_services_stand_between_those_of_the_job_whose_secrets_are_masked_all_the_same() {
        let lines = "[service:busybox-chat] t one\n[service:busybox-chat] t [MASKED]\n";
        assert_eq!(written(Verbosity::Normal), [&*format!("open \n{lines}[MASKED] end\n"), ""]);
        assert_eq!(written(Verbosity::Quiet), ["open [MASKED] end\n", lines]);
    }

    #[test]
    fn a_secret_in_the_names_of_a_service_is_masked() {
        let mut mask = Mask::default();
        mask.add(&[Secret::new("hunter2hunter2"), Secret::new("chat-room")]);
        let shown = |names: &[&str]| {
            let names = names.iter().map(|&name| name.to_owned()).collect();
            let service = Arc::new(LoggedService { position: 0, names, display: ServiceLogDisplay::Shown });
            let output = ServiceOutput { service, ..output(ServiceLogDisplay::Shown, "t one\n") };
            let (lines, _) = ShownServiceLogs::default().take(&output, Style::Plain, &mask);
            String::from_utf8(lines.to_vec()).unwrap()
        };
        assert_eq!(shown(&["a-hunter2hunter2", "db"]), "[service:a-[MASKED]-db] t one\n");
        assert_eq!(shown(&["registry/hunter2hunter2:1"]), "[service:registry/[MASKED]:1] t one\n");
        assert_eq!(shown(&["chat", "room"]), "[service:[MASKED]] t one\n");
    }

    #[test]
    fn the_logs_part_of_a_service_has_no_secret_in_its_prefix() {
        let mut transcript = Transcript::new(Style::Plain, Verbosity::Normal);
        let mut parts = Vec::new();
        for kind in [
            EventKind::Secrets(vec![Secret::new("busybox")]),
            EventKind::ServiceOutput(output(ServiceLogDisplay::Shown, "t one\n")),
        ] {
            parts.extend(transcript.take(&Event {
                at: Timestamp::UNIX_EPOCH,
                job: Some("test".into()),
                kind,
            }));
        }
        assert_eq!(parts, [LogPart::ServiceLines(Bytes::from_static(b"[service:[MASKED]-chat] t one\n"))]);
    }
}
