//! Which patterns are still open in a folder, as a nondeterministic automaton: a state is the number of components of a pattern
//! that the path so far stands for. Pure.

use crate::collect::glob::GlobPart;
use crate::collect::tree::NodeKind;

/// An alternative of a path or of an exclude.
#[derive(Debug, Clone)]
pub(super) struct Alternative {
    /// The index of the path or exclude that it belongs to.
    pub(super) owner: usize,
    pub(super) parts: Vec<GlobPart>,
    /// How many components are literal before the first one that is not. Links among these are followed.
    pub(super) literal: usize,
}

impl Alternative {
    pub(super) fn new(owner: usize, parts: Vec<GlobPart>) -> Self {
        let literal = parts.iter().take_while(|part| matches!(part, GlobPart::Literal(_))).count();
        Self { owner, parts, literal }
    }
}

/// A state of an alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    /// The index of the alternative.
    pub(super) alternative: usize,
    /// The number of components that have been matched.
    pub(super) matched: usize,
    /// In how many ways: `**/**` matches a folder once for each way to share its components, and the Runner counts all.
    pub(super) ways: u64,
}

impl State {
    /// The component that must match next; `None` if all have matched.
    pub(super) fn part<'a>(&self, alternatives: &'a [Alternative]) -> Option<&'a GlobPart> {
        alternatives.get(self.alternative)?.parts.get(self.matched)
    }

    fn next(self) -> Self {
        Self { matched: self.matched + 1, ..self }
    }
}

/// The states before the first name.
pub(super) fn first_states(alternatives: &[Alternative]) -> Vec<State> {
    (0..alternatives.len()).map(|alternative| State { alternative, matched: 0, ways: 1 }).collect()
}

/// The states behind `name`, which stands for a node of that kind. A `**` keeps its state for a folder, and matches everything
/// else if it is last.
pub(super) fn step(
    states: &[State],
    name: &[u8],
    kind: NodeKind,
    alternatives: &[Alternative],
) -> Vec<State> {
    let mut after = Vec::new();
    for state in states {
        match state.part(alternatives) {
            Some(GlobPart::AnyFolders) if kind == NodeKind::Directory => add(&mut after, *state),
            Some(GlobPart::AnyFolders) if state.next().part(alternatives).is_none() => {
                add(&mut after, state.next());
            }
            Some(GlobPart::AnyFolders) | None => {}
            Some(part) if part.matches(name) => add(&mut after, state.next()),
            Some(_) => {}
        }
    }
    after
}

/// Adds the states that a `**` reaches by standing for nothing.
pub(super) fn close(states: &mut Vec<State>, alternatives: &[Alternative]) {
    let mut at = 0;
    // A state is only reached from one with fewer components, and these come before it: alternatives keep their order.
    states.sort_unstable_by_key(|state| (state.alternative, state.matched));
    while let Some(state) = states.get(at).copied() {
        if state.part(alternatives) == Some(&GlobPart::AnyFolders) {
            let next = state.next();
            match states.get_mut(at + 1).filter(|other| is_same(other, &next)) {
                Some(other) => other.ways = other.ways.saturating_add(next.ways),
                None => states.insert(at + 1, next),
            }
        }
        at += 1;
    }
}

fn add(states: &mut Vec<State>, state: State) {
    // Two states meet if one comes from a `**` and the other from the component before it.
    match states
        .iter_mut()
        .rev()
        .take_while(|other| other.alternative == state.alternative)
        .find(|other| is_same(other, &state))
    {
        Some(other) => other.ways = other.ways.saturating_add(state.ways),
        None => states.push(state),
    }
}

fn is_same(one: &State, other: &State) -> bool {
    (one.alternative, one.matched) == (other.alternative, other.matched)
}
