//! Parses YAML to a tree. Only this file knows which parser is used.
//!
//! Size, depth and the nodes that aliases multiply are bounded before they are trusted, and every error has a position.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};

use super::diagnostic::{Code, Diagnostic, Diagnostics};
use super::map::{CharOffsets, FileId, SourceMap, Span};
use super::mapped_text::MappedText;
use super::merge::{self, MappingEntry};
use super::node::{Node, Value};
use super::reading_budget::{BYTES_OF_VALUE, ReadingBudget};
use super::scalar::{DisallowedClass, Scalar, resolve};
use super::syntax_advice::syntax_advice;
use crate::suggest::closest;

/// The largest file: GitLab's default since 16.11 (`max_yaml_size_bytes`).
pub const FILE_BYTES_MAX: usize = 2 * 1024 * 1024;

/// The deepest nesting, as in GitLab.
pub const DEPTH_MAX: usize = 100;

/// The most nodes that aliases may copy, and each 64 bytes of text count as one more. Real files copy fewer than 5,000; a "billion laughs" file would copy 10⁹.
pub const ALIAS_NODES_MAX: usize = 100_000;

/// The only tag that GitLab adds to YAML's.
const REFERENCE: &str = "!reference";

/// The prefix of the tags of YAML itself.
const YAML_TAGS: &str = "tag:yaml.org,2002:";

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Parses the documents of a file. The trees must not be used if the diagnostics have errors.
pub fn load(map: &SourceMap, file: FileId) -> (Vec<Node>, Diagnostics) {
    let text = map.text(file);
    load_mapped_text(&MappedText::of_file(file, text, 0..text.len()), &mut ReadingBudget::default())
}

/// Parses the documents of a text that is made from a file, and charges the budget for their values.
pub fn load_mapped_text(mapped: &MappedText<'_>, budget: &mut ReadingBudget) -> (Vec<Node>, Diagnostics) {
    let text = mapped.text();
    let mut diagnostics = Diagnostics::new();
    if text.len() > FILE_BYTES_MAX {
        let message =
            format!("the file is larger than {FILE_BYTES_MAX} bytes, the most that GitLab reads by default");
        let problem = Diagnostic::error(Code::Limit, message).label(mapped.span(0, 0), "in this file");
        diagnostics.push(problem.help("split it: `include: local` reads others"));
        return (Vec::new(), diagnostics);
    }
    let offsets = CharOffsets::new(text);
    let skipped = usize::from(text.starts_with(BYTE_ORDER_MARK));
    let mut loader = Loader {
        mapped,
        offsets,
        skipped,
        anchors: HashMap::new(),
        alias_nodes: 0,
        budget,
        open: Vec::new(),
        diagnostics,
    };
    let documents = loader.documents(text);
    let documents = documents.unwrap_or_else(|problem| {
        loader.diagnostics.push(*problem);
        Vec::new()
    });
    (documents, loader.diagnostics)
}

struct Loader<'text> {
    mapped: &'text MappedText<'text>,
    offsets: CharOffsets<'text>,
    /// The number of characters that the parser does not see: 1 for a byte order mark.
    skipped: usize,
    /// The content of complete anchors, and what a copy of it costs.
    anchors: HashMap<usize, (Node, usize)>,
    alias_nodes: usize,
    budget: &'text mut ReadingBudget,
    open: Vec<OpenCollection>,
    diagnostics: Diagnostics,
}

/// A sequence or mapping whose end has not been read.
struct OpenCollection {
    span: Span,
    tag: Option<String>,
    anchor: usize,
    content: CollectionContent,
}

enum CollectionContent {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<MappingEntry>, key: Option<Node> },
}

type Fallible<T> = Result<T, Box<Diagnostic>>;

impl Loader<'_> {
    fn documents(&mut self, text: &str) -> Fallible<Vec<Node>> {
        let mut documents = Vec::new();
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| self.syntax(&error))?;
            let span = self.span(span.start.index(), span.end.index());
            let finished = match event {
                Event::Scalar(text, style, anchor, tag) => {
                    let tag = tag.map(|tag| format!("{}{}", tag.handle, tag.suffix));
                    self.check_tag(tag.as_deref(), span);
                    let node = self.scalar(&text, style, tag, span);
                    self.budget.charge_values(cost(&node), span)?;
                    self.keep_anchor(anchor, &node)?;
                    Some(node)
                }
                Event::Alias(anchor) => Some(self.alias(anchor, span)?),
                Event::SequenceStart(anchor, tag) => {
                    let tag = tag.map(|tag| format!("{}{}", tag.handle, tag.suffix));
                    self.begin(OpenCollection {
                        span,
                        tag,
                        anchor,
                        content: CollectionContent::Sequence(Vec::new()),
                    })?;
                    None
                }
                Event::MappingStart(anchor, tag) => {
                    let tag = tag.map(|tag| format!("{}{}", tag.handle, tag.suffix));
                    let content = CollectionContent::Mapping { entries: Vec::new(), key: None };
                    self.begin(OpenCollection { span, tag, anchor, content })?;
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => self.end(span)?,
                _ => None,
            };
            if let Some(node) = finished {
                self.add(node, &mut documents);
            }
        }
        Ok(documents)
    }

    /// Warns about a tag that is similar to the one that GitLab knows: others have no effect.
    fn check_tag(&mut self, tag: Option<&str>, span: Span) {
        let Some(tag) = tag.filter(|tag| *tag != REFERENCE) else { return };
        if let Some(near) = closest(tag, [REFERENCE]) {
            let message = format!("the tag `{tag}` is unknown to GitLab and has no effect");
            let problem = Diagnostic::warning(Code::Syntax, message).label(span, "a value with this tag");
            self.diagnostics.push(problem.help(format!("did you mean `{near}`?")));
        }
    }

    fn begin(&mut self, open: OpenCollection) -> Fallible<()> {
        self.check_tag(open.tag.as_deref(), open.span);
        if self.open.len() >= DEPTH_MAX {
            let message = format!("nested more than {DEPTH_MAX} levels deep");
            let problem = Diagnostic::error(Code::Limit, message).label(open.span, "one level too many");
            return Err(Box::new(problem.help("no keyword needs so many levels: remove some")));
        }
        self.budget.charge_values(1, open.span)?;
        self.open.push(open);
        Ok(())
    }

    fn end(&mut self, end: Span) -> Fallible<Option<Node>> {
        let Some(OpenCollection { span, tag, anchor, content }) = self.open.pop() else { return Ok(None) };
        let value = match content {
            CollectionContent::Sequence(items) => Value::Sequence(items),
            CollectionContent::Mapping { entries, .. } => {
                Value::Mapping(merge::merged_pairs(entries, &mut self.diagnostics))
            }
        };
        let node = Node { span: Span { end: end.end.max(span.start), ..span }, tag, value };
        self.keep_anchor(anchor, &node)?;
        Ok(Some(node))
    }

    /// Adds a complete node to the innermost open collection, or to the documents.
    fn add(&mut self, node: Node, documents: &mut Vec<Node>) {
        match self.open.last_mut().map(|open| &mut open.content) {
            None => documents.push(node),
            Some(CollectionContent::Sequence(items)) => items.push(node),
            Some(CollectionContent::Mapping { entries, key }) => match key.take() {
                None => *key = Some(node),
                Some(name) if name.as_str() == Some("<<") => entries.push(MappingEntry::Merge(node)),
                Some(name) => entries.push(MappingEntry::Pair(name, node)),
            },
        }
    }

    /// Resolves the type of a scalar. As in Psych, a tagged scalar is resolved like a plain one, even in quotes.
    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<String>, span: Span) -> Node {
        let of_yaml = tag.as_deref().and_then(|tag| tag.strip_prefix(YAML_TAGS));
        let value = match (of_yaml, &tag) {
            (None, None) if style != ScalarStyle::Plain => Scalar::String(text.to_owned()),
            (Some("str"), _) => Scalar::String(text.to_owned()),
            (Some("binary"), _) => self.binary(text, span),
            (Some("float"), _) => match self.resolved(text, span) {
                Scalar::Integer(number) => Scalar::Float(number as f64),
                other => other,
            },
            _ => self.resolved(text, span),
        };
        let tag = tag.filter(|tag| !tag.starts_with(YAML_TAGS));
        Node { span, tag, value: Value::Scalar(value) }
    }

    fn resolved(&mut self, text: &str, span: Span) -> Scalar {
        resolve(text).unwrap_or_else(|DisallowedClass { class }| {
            let message = format!("GitLab does not load dates: `Tried to load unspecified class: {class}`");
            let problem = Diagnostic::error(Code::RefusedType, message).label(span, "read as a date");
            self.diagnostics.push(problem.help(format!("quote it: \"{text}\"")));
            Scalar::String(text.to_owned())
        })
    }

    fn binary(&mut self, text: &str, span: Span) -> Scalar {
        let clean: String = text.split_whitespace().collect();
        let bytes = BASE64.decode(clean.as_bytes()).ok();
        let decoded = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        Scalar::String(decoded.unwrap_or_else(|| {
            let message = "`!!binary` is followed by base64 of UTF-8 text";
            let problem = Diagnostic::error(Code::RefusedType, message).label(span, "this is not");
            self.diagnostics.push(problem.help("write the text itself, in quotes"));
            String::new()
        }))
    }

    /// Keeps a copy of the content of an anchor.
    fn keep_anchor(&mut self, anchor: usize, node: &Node) -> Fallible<()> {
        if anchor != 0 {
            let cost = cost(node);
            self.budget.charge_values(cost, node.span)?;
            self.anchors.insert(anchor, (node.clone(), cost));
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Fallible<Node> {
        let Some((node, cost)) = self.anchors.get(&anchor) else {
            let problem = Diagnostic::error(Code::Syntax, "an alias inside the value that it stands for");
            let problem = problem.label(span, "this would recurse without end");
            return Err(Box::new(problem.help("refer to a value outside of this one")));
        };
        self.budget.charge_values(*cost, span)?;
        self.alias_nodes = self.alias_nodes.saturating_add(*cost);
        if self.alias_nodes > ALIAS_NODES_MAX {
            let message = format!("aliases that add up to more than {ALIAS_NODES_MAX} values");
            let problem = Diagnostic::error(Code::Limit, message).label(span, "this alias exceeds the limit");
            return Err(Box::new(problem.help("`extends` reuses a template without copies of copies")));
        }
        if self.open.len().saturating_add(depth(node)) > DEPTH_MAX {
            let message = format!("nested more than {DEPTH_MAX} levels deep");
            let problem = Diagnostic::error(Code::Limit, message).label(span, "through this alias");
            return Err(Box::new(problem.help("no keyword needs so many levels: remove some")));
        }
        Ok(node.clone())
    }

    fn syntax(&self, error: &ScanError) -> Box<Diagnostic> {
        let at = error.marker().index();
        let rest = self.offsets.rest(at.saturating_add(self.skipped));
        if let Some(alias) = rest.strip_prefix('*').filter(|_| error.info().contains("unknown anchor")) {
            let name = alias.split(|c: char| c.is_whitespace() || ",[]{}".contains(c)).next();
            let name = name.unwrap_or_default();
            let problem = Diagnostic::error(Code::Syntax, format!("Unknown alias: {name}"));
            let end = at.saturating_add(name.chars().count()).saturating_add(1);
            let problem = problem.label(self.span(at, end), "no anchor of this name comes before it");
            let help =
                format!("anchors (`&{name}`) do not reach across files; `!reference` and `extends` do");
            return Box::new(problem.help(help));
        }
        let problem = Diagnostic::error(Code::Syntax, format!("this is not YAML: {}", error.info()));
        let problem = problem.label(self.span(at, at.saturating_add(1)), "here");
        let before = self.mapped.text().strip_suffix(rest).unwrap_or_default();
        Box::new(problem.help(syntax_advice(error.info(), before, rest)))
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let byte = |index: usize| self.offsets.byte(index.saturating_add(self.skipped));
        self.mapped.span(byte(start), byte(end.max(start)))
    }
}

/// The number of nodes, and of pieces of text. The recursion is bounded by [`DEPTH_MAX`].
fn cost(node: &Node) -> usize {
    match &node.value {
        Value::Scalar(_) => 1 + node.as_str().map_or(0, str::len) / BYTES_OF_VALUE,
        Value::Sequence(items) => items.iter().map(cost).fold(1, usize::saturating_add),
        Value::Mapping(pairs) => pairs
            .iter()
            .map(|(key, value)| cost(key).saturating_add(cost(value)))
            .fold(1, usize::saturating_add),
    }
}

fn depth(node: &Node) -> usize {
    let below = match &node.value {
        Value::Scalar(_) => return 0,
        Value::Sequence(items) => items.iter().map(depth).max(),
        Value::Mapping(pairs) => pairs.iter().map(|(_, value)| depth(value)).max(),
    };
    below.unwrap_or(0).saturating_add(1)
}

#[cfg(test)]
mod tests;
