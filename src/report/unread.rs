//! What is said on standard error about a log that nobody reads to its end.

use super::notice_text::notice_text;
use crate::executor::event::{Event, EventKind};
use crate::executor::notice::Notice;

/// The lines about a log whose reader has not taken `events`: that it has no end, and what the run has left.
pub fn lines(events: &[Event]) -> Vec<String> {
    let left = events.iter().filter_map(|event| match &event.kind {
        EventKind::Notice(notice @ Notice::ObjectsAbandoned { .. }) => {
            Some(format!("ERROR: {}", notice_text(notice)))
        }
        EventKind::Notice(notice @ Notice::ObjectNotRemoved { .. }) => {
            Some(format!("WARNING: {}", notice_text(notice)))
        }
        _ => None,
    });
    let missing = "WARNING: the log was not read in time after the signal: the end of the log is missing";
    std::iter::once(missing.to_owned()).chain(left).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn what_is_left_is_named_and_nothing_else_of_the_log() {
        let notices = [
            Notice::SourcesSkipped,
            Notice::ObjectsAbandoned { objects: vec!["container c".to_owned(), "volume v".to_owned()] },
            Notice::ObjectNotRemoved { error: "cannot".to_owned(), command: "docker rm -f c".to_owned() },
        ];
        let event = |kind| Event { at: Timestamp::UNIX_EPOCH, job: None, kind };
        let events: Vec<Event> = notices.map(|notice| event(EventKind::Notice(notice))).into();
        insta::assert_snapshot!(lines(&events).join("\n"), @r"
        WARNING: the log was not read in time after the signal: the end of the log is missing
        ERROR: not removed: container c, volume v; `runner-lite clean` removes what is still there
        WARNING: cannot; remove it with `docker rm -f c`
        ");
    }
}
