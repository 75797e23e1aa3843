//! The answer of `show`: one job as YAML or JSON, with the places of its values where they are asked for.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::yaml::{self, Line};
use crate::plan::sheet::{Origin, Sheet, Shown, ShownValue};
use crate::source::entries::Entries;
use crate::source::map::SourceMap;
use crate::source::scalar::Scalar;

/// The column up to which places stand below each other; behind longer lines they follow at once.
const COLUMN_MAX: usize = 60;

/// What places are told with.
pub struct Places<'m> {
    map: &'m SourceMap,
    entries: Entries,
    /// The job's own entry, which goes without saying.
    own: &'m str,
}

/// A place as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Place {
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    /// The entry of the file that it stands in, and what takes it from there, unless that is the job itself.
    from: Option<String>,
}

/// A job for scripts.
#[derive(Serialize)]
struct Answer<'s> {
    name: &'s str,
    job: Pairs<'s>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origins: Option<Vec<Located>>,
}

/// The place of a value that has no others in it.
#[derive(Serialize)]
struct Located {
    /// Keys of mappings, and numbers in lists, from 0.
    path: Vec<Step>,
    #[serde(flatten)]
    place: Place,
}

#[derive(Clone, Serialize)]
#[serde(untagged)]
enum Step {
    Key(String),
    Item(usize),
}

impl<'m> Places<'m> {
    /// For the values of a job that is the entry `own`.
    pub fn new(map: &'m SourceMap, own: &'m str) -> Self {
        Self { map, entries: Entries::default(), own }
    }

    fn place(&mut self, origin: &Origin) -> Place {
        let place = origin.span.map(|span| self.map.location(span.file, span.start));
        let entry = origin.span.and_then(|span| self.entries.name(self.map, span));
        let entry = entry.filter(|entry| *entry != self.own).map(str::to_owned);
        let default = origin.span.is_none().then(|| "GitLab's default".to_owned());
        let from: Vec<String> = entry.into_iter().chain(origin.by.clone()).chain(default).collect();
        Place {
            file: origin.span.map(|span| self.map.name(span.file).to_owned()),
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
            from: if from.is_empty() { None } else { Some(from.join(", ")) },
        }
    }
}

/// A job as YAML.
pub fn text(sheet: &Sheet) -> String {
    lines(sheet).into_iter().map(|line| line.text + "\n").collect()
}

/// A job as YAML with the place of each value behind it, as a comment.
pub fn text_with_origins(sheet: &Sheet, places: &mut Places<'_>) -> String {
    let lines = lines(sheet);
    let placed = lines.iter().filter(|line| line.origin.is_some()).map(|line| line.text.chars().count());
    let column = placed.filter(|width| *width <= COLUMN_MAX).max().unwrap_or_default();
    let mut out = String::new();
    for line in &lines {
        match line.origin.map(|origin| places.place(origin)) {
            Some(place) => {
                let at = place.file.zip(place.line).map(|(file, line)| format!("{file}:{line}"));
                let words: Vec<String> = at.into_iter().chain(place.from).collect();
                let comment = words.join(" ").replace(char::is_control, " ");
                out.push_str(&format!("{:column$}  # {comment}\n", line.text));
            }
            None => out.push_str(&format!("{}\n", line.text)),
        }
    }
    out
}

/// A job as JSON.
pub fn json(sheet: &Sheet) -> String {
    pretty(&Answer { name: &sheet.name, job: Pairs(&sheet.keywords), origins: None })
}

/// A job as JSON, with the place of each value that has no others in it.
pub fn json_with_origins(sheet: &Sheet, places: &mut Places<'_>) -> String {
    let mut origins = Vec::new();
    locate_pairs(&sheet.keywords, &mut Vec::new(), places, &mut origins);
    pretty(&Answer { name: &sheet.name, job: Pairs(&sheet.keywords), origins: Some(origins) })
}

fn lines(sheet: &Sheet) -> Vec<Line<'_>> {
    let head = Line { text: format!("{}:", yaml::key(&sheet.name)), origin: None };
    std::iter::once(head).chain(yaml::mapping(&sheet.keywords, 2)).collect()
}

fn locate_pairs(
    pairs: &[(String, Shown)],
    path: &mut Vec<Step>,
    places: &mut Places<'_>,
    found: &mut Vec<Located>,
) {
    for (key, value) in pairs {
        path.push(Step::Key(key.clone()));
        locate(value, path, places, found);
        path.pop();
    }
}

fn locate(value: &Shown, path: &mut Vec<Step>, places: &mut Places<'_>, found: &mut Vec<Located>) {
    match &value.value {
        ShownValue::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Item(index));
                locate(item, path, places, found);
                path.pop();
            }
        }
        ShownValue::Map(pairs) if !pairs.is_empty() => locate_pairs(pairs, path, places, found),
        _ => found.push(Located { path: path.clone(), place: places.place(&value.origin) }),
    }
}

fn pretty(answer: &Answer<'_>) -> String {
    serde_json::to_string_pretty(answer).unwrap_or_default() + "\n"
}

/// A mapping that keeps its order.
struct Pairs<'s>(&'s [(String, Shown)]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in self.0 {
            map.serialize_entry(key, &Item(value))?;
        }
        map.end()
    }
}

struct Item<'s>(&'s Shown);

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0.value {
            ShownValue::List(items) => serializer.collect_seq(items.iter().map(Item)),
            ShownValue::Map(pairs) => Pairs(pairs).serialize(serializer),
            ShownValue::Scalar(scalar) => match scalar {
                Scalar::Null => serializer.serialize_unit(),
                Scalar::Boolean(value) => serializer.serialize_bool(*value),
                Scalar::Integer(value) => serializer.serialize_i64(*value),
                Scalar::Float(value) => serializer.serialize_f64(*value),
                Scalar::String(text) => serializer.serialize_str(text),
            },
        }
    }
}
