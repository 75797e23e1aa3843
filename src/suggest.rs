//! "Did you mean …?" for misspelt names.

/// The longest name that is compared: the cost grows with the product of the lengths.
const NAME_CHARS_MAX: usize = 100;

/// The known name that is most similar to `name`. The difference may be a third of its characters, but at least one;
/// of several equally similar names, the first in alphabetical order is returned.
pub fn closest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let limit = (length / 3).max(1);
    let near = known.into_iter().filter_map(|candidate| {
        let distance = distance(&name.to_lowercase(), &candidate.to_lowercase())?;
        (distance <= limit).then_some((distance, candidate))
    });
    near.min_by_key(|(distance, candidate)| (*distance, *candidate)).map(|(_, candidate)| candidate)
}

/// The number of characters to add, remove, change or swap with a neighbour to get from one name to the other
/// (optimal string alignment). `None` means that a name is too long to compare.
fn distance(from: &str, to: &str) -> Option<usize> {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    if from.len().max(to.len()) > NAME_CHARS_MAX {
        return None;
    }
    let mut rows: [Vec<usize>; 3] = [Vec::new(), Vec::new(), (0..=to.len()).collect()];
    for (i, a) in from.iter().enumerate() {
        rows.rotate_left(1);
        let [before, previous, row] = &mut rows;
        row.clear();
        row.push(i + 1);
        for (j, b) in to.iter().enumerate() {
            let mut best = (previous[j] + usize::from(a != b)).min(previous[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
    }
    rows[2].last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expect: Option<&str>) {
        assert_eq!(closest(name, ["script", "services", "build", "test", "deploy"]), expect, "{name}");
    }

    #[test]
    fn similar_names_are_suggested_and_other_names_are_not() {
        check("scirpt", Some("script"));
        check("service", Some("services"));
        check("Test", Some("test"));
        check("tset", Some("test"));
        check("lint", None);
        check("", None);
        check(&"x".repeat(5000), None);
    }
}
