//! The answer of `show`: a job's full configuration as YAML or JSON, on demand with the origin of each value.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::json::versioned_answer;
use super::printable::printable_line;
use super::yaml::{self, YamlLine};
use crate::plan::full_configuration::{FullConfiguration, KeywordOrigin, ValueWithOrigin, YamlValue};
use crate::source::map::SourceMap;
use crate::source::scalar::Scalar;
use crate::source::top_level_keys::TopLevelKeys;

/// The rightmost column at which comments line up; longer lines get theirs at once.
const COLUMN_MAX: usize = 60;

/// Describes the origins of values.
pub struct OriginDescriber<'m> {
    map: &'m SourceMap,
    keys: TopLevelKeys,
    /// The name of the job's own entry, which a description leaves out.
    own: &'m str,
}

/// The origin of a value, as `show` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct OriginJson {
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    /// The entry of the file that contains the value, and what copies it from there, unless that is the job itself.
    from: Option<String>,
}

/// A job in JSON.
#[derive(Serialize)]
struct JobJson<'s> {
    name: &'s str,
    job: MappingJson<'s>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origins: Option<Vec<ValueOrigin>>,
}

/// The origin of a scalar or an empty collection.
#[derive(Serialize)]
struct ValueOrigin {
    /// The way from the job to the value.
    path: Vec<PathStep>,
    #[serde(flatten)]
    origin: OriginJson,
}

/// The key of a mapping, or an index of a list, from 0.
#[derive(Clone, Serialize)]
#[serde(untagged)]
enum PathStep {
    Key(String),
    Index(usize),
}

impl<'m> OriginDescriber<'m> {
    /// A describer for the values of the job `own`.
    pub fn new(map: &'m SourceMap, own: &'m str) -> Self {
        Self { map, keys: TopLevelKeys::default(), own }
    }

    fn describe(&mut self, origin: &KeywordOrigin) -> OriginJson {
        let location = origin.span.map(|span| self.map.location(span.file, span.start));
        let entry = origin.span.and_then(|span| self.keys.name(self.map, span));
        let entry = entry.filter(|entry| *entry != self.own).map(str::to_owned);
        let default = origin.span.is_none().then(|| "GitLab's default".to_owned());
        let from: Vec<String> = entry.into_iter().chain(origin.by.clone()).chain(default).collect();
        OriginJson {
            file: origin.span.map(|span| self.map.name(span.file).to_owned()),
            line: location.map(|location| location.line),
            column: location.map(|location| location.column),
            from: if from.is_empty() { None } else { Some(from.join(", ")) },
        }
    }
}

/// The job as YAML.
pub fn text(job: &FullConfiguration) -> String {
    lines(job).into_iter().map(|line| line.text + "\n").collect()
}

/// The job as YAML with the origin of each value in a comment behind it.
pub fn text_with_origins(job: &FullConfiguration, origins: &mut OriginDescriber<'_>) -> String {
    let lines = lines(job);
    let commented = lines.iter().filter(|line| line.origin.is_some()).map(|line| line.text.chars().count());
    let column = commented.filter(|width| *width <= COLUMN_MAX).max().unwrap_or_default();
    let mut out = String::new();
    for line in &lines {
        match line.origin.map(|origin| origins.describe(origin)) {
            Some(origin) => {
                let at = origin.file.zip(origin.line).map(|(file, line)| format!("{file}:{line}"));
                let words: Vec<String> = at.into_iter().chain(origin.from).collect();
                let comment = words.join(" ");
                let comment = printable_line(&comment);
                out.push_str(&format!("{:column$}  # {comment}\n", line.text));
            }
            None => out.push_str(&format!("{}\n", line.text)),
        }
    }
    out
}

/// The job as JSON.
pub fn json(job: &FullConfiguration) -> String {
    versioned_answer(&JobJson { name: &job.name, job: MappingJson(&job.keywords), origins: None })
}

/// The job as JSON, with the origin of each scalar and empty collection.
pub fn json_with_origins(job: &FullConfiguration, origins: &mut OriginDescriber<'_>) -> String {
    let mut found = Vec::new();
    describe_pairs(&job.keywords, &mut Vec::new(), origins, &mut found);
    versioned_answer(&JobJson { name: &job.name, job: MappingJson(&job.keywords), origins: Some(found) })
}

fn lines(job: &FullConfiguration) -> Vec<YamlLine<'_>> {
    let head = YamlLine { text: format!("{}:", yaml::key(&job.name)), origin: None };
    std::iter::once(head).chain(yaml::mapping(&job.keywords, 2)).collect()
}

fn describe_pairs(
    pairs: &[(String, ValueWithOrigin)],
    path: &mut Vec<PathStep>,
    origins: &mut OriginDescriber<'_>,
    found: &mut Vec<ValueOrigin>,
) {
    for (key, value) in pairs {
        path.push(PathStep::Key(key.clone()));
        describe_value(value, path, origins, found);
        path.pop();
    }
}

fn describe_value(
    value: &ValueWithOrigin,
    path: &mut Vec<PathStep>,
    origins: &mut OriginDescriber<'_>,
    found: &mut Vec<ValueOrigin>,
) {
    match &value.value {
        YamlValue::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                path.push(PathStep::Index(index));
                describe_value(item, path, origins, found);
                path.pop();
            }
        }
        YamlValue::Map(pairs) if !pairs.is_empty() => describe_pairs(pairs, path, origins, found),
        _ => found.push(ValueOrigin { path: path.clone(), origin: origins.describe(&value.origin) }),
    }
}

/// A mapping that serializes in its own order.
struct MappingJson<'s>(&'s [(String, ValueWithOrigin)]);

impl Serialize for MappingJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in self.0 {
            map.serialize_entry(key, &ValueJson(value))?;
        }
        map.end()
    }
}

struct ValueJson<'s>(&'s ValueWithOrigin);

impl Serialize for ValueJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0.value {
            YamlValue::List(items) => serializer.collect_seq(items.iter().map(ValueJson)),
            YamlValue::Map(pairs) => MappingJson(pairs).serialize(serializer),
            YamlValue::Scalar(scalar) => match scalar {
                Scalar::Null => serializer.serialize_unit(),
                Scalar::Boolean(value) => serializer.serialize_bool(*value),
                Scalar::Integer(value) => serializer.serialize_i64(*value),
                Scalar::Float(value) => serializer.serialize_f64(*value),
                Scalar::String(text) => serializer.serialize_str(text),
            },
        }
    }
}
