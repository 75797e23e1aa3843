use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::collect::answer::{Change, ChangedFile, Exceeded, Finding, LargeFolder, UnreadContent};
use crate::collect::answer_writer::AnswerWriter;

/// The archive, the path, the target of a link, the attributes, and the content.
type RecordedEntry = (u32, PathBuf, Option<PathBuf>, Attributes, Vec<u8>);

/// Writes down what it gets.
#[derive(Debug, Default, PartialEq)]
struct AnswerRecorder {
    selections: Vec<(u32, SelectedFiles)>,
    entries: Vec<RecordedEntry>,
    ends: Vec<(u32, ArchiveEnd)>,
}

impl AnswerSink for AnswerRecorder {
    type Error = io::Error;

    fn selection(&mut self, archive: u32, selection: SelectedFiles) -> io::Result<()> {
        self.selections.push((archive, selection));
        Ok(())
    }

    fn entry(&mut self, archive: u32, entry: AnswerEntry<'_>, content: &mut dyn Read) -> io::Result<()> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        let link = entry.link.map(Path::to_owned);
        self.entries.push((archive, entry.path.to_owned(), link, entry.attributes, bytes));
        Ok(())
    }

    fn end(&mut self, archive: u32, end: ArchiveEnd) -> io::Result<()> {
        self.ends.push((archive, end));
        Ok(())
    }
}

fn attributes(kind: EntryKind, size: u64) -> Attributes {
    Attributes { kind, mode: 0o640, uid: 3_000_000, gid: 7, modified: 1_577_836_800, size }
}

/// Every variant of every type that the answer can have.
fn selection() -> SelectedFiles {
    let path = || "bin/\"ä\"\n".to_owned();
    let findings = vec![
        Finding::InvalidName { reason: path() },
        Finding::InvalidPath { text: path(), reason: path() },
        Finding::EmptyPath,
        Finding::Outside { path: path() },
        Finding::BadPattern { path: path() },
        Finding::TooManyAlternatives { path: path(), max: 3 },
        Finding::LinkOut { path: path(), link: path() },
        Finding::NoMatch { path: path() },
        Finding::Matched { path: path(), count: u64::MAX },
        Finding::Untracked { count: 1 },
        Finding::NoUntracked,
        Finding::ExcludeOutside { rule: path() },
        Finding::BadExclude { rule: path() },
        Finding::Excluded { rule: path(), count: 2 },
        Finding::GitFolder,
    ];
    SelectedFiles {
        name: path(),
        findings,
        entries: 4,
        files: 3,
        bytes: 5,
        fingerprint: "f".into(),
        unchanged: false,
    }
}

fn archive_end() -> ArchiveEnd {
    let changed = [Change::Vanished, Change::Shrank, Change::Unreadable("permission denied".into())];
    let changed = changed.map(|change| ChangedFile { path: "x".into(), change }).to_vec();
    let largest = vec![LargeFolder { path: "a/b".into(), bytes: 7 }];
    let exceeded = Some(Exceeded { bytes: 8, bytes_max: 7, largest });
    let unreadable = Some(UnreadContent { path: "x".into(), reason: "a bad sector".into() });
    ArchiveEnd { entries: 5, files: 4, bytes: 5, changed, changed_more: 1, exceeded, unreadable }
}

/// Names with a newline, with bytes that are not UTF-8, of 255 bytes, and longer than a tar header has room for.
fn names() -> Vec<Vec<u8>> {
    let long = vec![b'x'; 255];
    let deep = [&long[..], b"/", &long[..]].concat();
    vec![b"a".to_vec(), b"a\nb \xff".to_vec(), long, deep]
}

fn answer() -> Vec<u8> {
    let mut writer = AnswerWriter::new(Vec::new());
    writer.selection(3, &selection()).unwrap();
    let names = names();
    for name in &names[..3] {
        writer.entry(3, &attributes(EntryKind::Link, 0), name, &names[3]).unwrap();
    }
    writer.entry(3, &attributes(EntryKind::File, 5), &names[3], b"").unwrap();
    writer.content(b"he").unwrap();
    writer.content(b"llo").unwrap();
    writer.content_end(5).unwrap();
    writer.entry(3, &attributes(EntryKind::Directory, 0), b"z", b"").unwrap();
    writer.end(3, &archive_end()).unwrap();
    writer.selection(1, &SelectedFiles::default()).unwrap();
    writer.end(1, &ArchiveEnd::default()).unwrap();
    writer.finish().unwrap()
}

fn read(stream: &[u8]) -> Result<AnswerRecorder, AnswerError<io::Error>> {
    let mut recorder = AnswerRecorder::default();
    read_answer(stream, &[3, 1], &mut recorder).map(|()| recorder)
}

#[test]
fn what_is_written_is_read_again() {
    let recorder = read(&answer()).unwrap();
    assert_eq!(recorder.selections, [(3, selection()), (1, SelectedFiles::default())]);
    assert_eq!(recorder.ends, [(3, archive_end()), (1, ArchiveEnd::default())]);
    let path = |bytes: &[u8]| PathBuf::from(OsStr::from_bytes(bytes));
    let names = names();
    let mut expect: Vec<_> = names[..3]
        .iter()
        .map(|name| (3, path(name), Some(path(&names[3])), attributes(EntryKind::Link, 0), Vec::new()))
        .collect();
    expect.push((3, path(&names[3]), None, attributes(EntryKind::File, 5), b"hello".to_vec()));
    expect.push((3, path(b"z"), None, attributes(EntryKind::Directory, 0), Vec::new()));
    assert_eq!(recorder.entries, expect);
}

#[test]
fn the_stream_is_a_tar_archive_for_others_too() {
    let answer = answer();
    let mut archive = tar::Archive::new(&answer[..]);
    let names: Vec<_> =
        archive.entries().unwrap().map(|entry| entry.unwrap().path_bytes().into_owned()).collect();
    assert_eq!(names.len(), 10);
    assert_eq!(names[0], b"3/selection.json");
    assert_eq!(names[4], [b"3/files/", &names_deep()[..]].concat());
    assert_eq!(names[9], b"end.json");
}

fn names_deep() -> Vec<u8> {
    names().pop().unwrap()
}

#[test]
fn a_stream_that_ends_early_is_incomplete_wherever_it_ends() {
    let answer = answer();
    // What follows the last entry need not come.
    for length in (0..answer.len() - 1024).step_by(13) {
        let result = read(&answer[..length]);
        assert!(matches!(result, Err(AnswerError::Incomplete)), "{length}: {result:?}");
    }
    assert!(matches!(read(&[0; 1024]), Err(AnswerError::Incomplete)));
}

/// An answer about archive 3 whose entries `write` writes.
fn refusal(write: impl FnOnce(&mut AnswerWriter<Vec<u8>>)) -> String {
    let mut writer = AnswerWriter::new(Vec::new());
    writer.selection(3, &SelectedFiles::default()).unwrap();
    write(&mut writer);
    let stream = writer.finish().unwrap();
    read_answer(&stream[..], &[3], &mut AnswerRecorder::default()).unwrap_err().to_string()
}

#[test]
fn names_that_leave_the_project_or_come_twice_are_refused() {
    let directory = attributes(EntryKind::Directory, 0);
    for name in ["", "/etc", "../x", "a/../b", "a/./b", ".", "a//b", "a/"] {
        let text = refusal(|writer| writer.entry(3, &directory, name.as_bytes(), b"").unwrap());
        assert_eq!(text, format!("the collector's answer is malformed: it has the entry `{name}`"));
    }
    for (first, second) in [("a", "a"), ("b", "a")] {
        let text = refusal(|writer| {
            writer.entry(3, &directory, first.as_bytes(), b"").unwrap();
            writer.entry(3, &directory, second.as_bytes(), b"").unwrap();
        });
        assert_eq!(text, format!("the collector's answer is malformed: it has the entry `{second}`"));
    }
}

#[test]
fn only_links_have_a_target() {
    let entry =
        |kind, target: &[u8]| refusal(|writer| writer.entry(3, &attributes(kind, 0), b"x", target).unwrap());
    for text in [entry(EntryKind::Link, b""), entry(EntryKind::File, b"y")] {
        assert!(text.ends_with("the target of the link `x` is wrong"), "{text}");
    }
}

#[test]
fn entries_out_of_order_and_wrong_counts_are_refused() {
    let end = |entries| ArchiveEnd { entries, ..ArchiveEnd::default() };
    let text = refusal(|writer| writer.end(4, &end(0)).unwrap());
    assert!(text.ends_with("it has `4/end.json` in place of `3/end.json`"), "{text}");
    let text = refusal(|writer| writer.selection(3, &SelectedFiles::default()).unwrap());
    assert!(text.ends_with("it has `3/selection.json` in place of `3/end.json`"), "{text}");
    let text = refusal(|writer| writer.end(3, &end(1)).unwrap());
    assert!(text.ends_with("archive 3 has 0 entries with 0 bytes, and its end says 1 and 0"), "{text}");
    let text = refusal(|writer| {
        writer.end(3, &end(0)).unwrap();
        writer.end(3, &end(0)).unwrap();
    });
    assert!(text.ends_with("it has `3/end.json` in place of `end.json`"), "{text}");
}

#[test]
fn a_name_or_a_json_entry_without_measure_is_refused_before_it_is_read() {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_size(1 << 40);
    header.set_cksum();
    let text = read(header.as_bytes()).unwrap_err().to_string();
    assert!(text.ends_with("the tar stream has a name of 1099511627776 bytes"), "{text}");
    let mut header = attributes(EntryKind::File, 1 << 40).header();
    header.set_path("3/selection.json").unwrap();
    header.set_cksum();
    let text = read(header.as_bytes()).unwrap_err().to_string();
    assert!(text.ends_with("`3/selection.json` has 1099511627776 bytes"), "{text}");
}

#[test]
fn other_types_of_entries_and_damaged_headers_are_refused() {
    for (kind, sign) in
        [(tar::EntryType::XHeader, 'x'), (tar::EntryType::Link, '1'), (tar::EntryType::Fifo, '6')]
    {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        header.set_cksum();
        let text = read(header.as_bytes()).unwrap_err().to_string();
        assert!(
            text.ends_with(&format!("has an entry of type {sign:?}, which the collector does not write")),
            "{text}"
        );
    }
    let mut stream = answer();
    stream[3] ^= 1;
    let text = read(&stream).unwrap_err().to_string();
    assert_eq!(text, "the collector's answer is malformed: a header of the tar stream is damaged");
}

proptest! {
    #[test]
    fn a_stream_with_damaged_bytes_never_panics_and_passes_on_only_plain_paths(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut stream = answer();
        for (at, byte) in damage {
            let at = at.index(stream.len());
            stream[at] = byte;
            // The sum is right, so that what is behind the header is looked at.
            let header = at - at % 512;
            if let Ok(block) = <[u8; 512]>::try_from(&stream[header..header + 512]) {
                let mut fixed = tar::Header::new_old();
                *fixed.as_mut_bytes() = block;
                fixed.set_cksum();
                let is_header = tar::Header::from_byte_slice(&block).cksum().is_ok();
                stream[header..header + 512].copy_from_slice(if is_header { fixed.as_bytes() } else { &block });
            }
        }
        let mut recorder = AnswerRecorder::default();
        let _ = read_answer(&stream[..], &[3, 1], &mut recorder);
        for (_, path, ..) in &recorder.entries {
            prop_assert!(path.is_relative());
            prop_assert!(path.components().all(|part| matches!(part, std::path::Component::Normal(_))));
        }
    }
}

#[test]
fn entries_beyond_the_limits_of_a_job_are_refused() {
    let mut writer = AnswerWriter::new(Vec::new());
    for archive in [3, 4] {
        writer.selection(archive, &SelectedFiles::default()).unwrap();
        writer.entry(archive, &attributes(EntryKind::Directory, 0), &[b'a'; 1_000], b"").unwrap();
        writer.end(archive, &ArchiveEnd { entries: 1, ..ArchiveEnd::default() }).unwrap();
    }
    let stream = writer.finish().unwrap();
    let read = |entries_max, name_bytes_max| {
        let limits = EntryLimits { entries_max, name_bytes_max };
        let read = read_answer_within(limits, &stream[..], &[3, 4], &mut AnswerRecorder::default());
        read.map_err(|error| error.to_string())
    };
    assert_eq!(read(2, 2_000), Ok(()));
    assert_eq!(read(1, 2_000), Err("artifacts and caches have more than 1 files".to_owned()));
    let long = "the names of the files of artifacts and caches are longer than 2.0 kB together";
    assert_eq!(read(2, 1_999), Err(long.to_owned()));
}
