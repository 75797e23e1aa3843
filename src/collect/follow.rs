//! Follows a link within the project.

use std::collections::VecDeque;

use super::tree::{NodeKind, Tree, join, split};

/// How many links a path may lead over; the kernel's own limit, which ends circles.
const LINKS_MAX: usize = 40;

/// Where a link leads.
#[derive(Debug, PartialEq, Eq)]
pub enum Followed {
    /// To a folder of the project, whose path has no links.
    Directory(Vec<u8>),
    /// To something else in the project.
    Other,
    Nothing,
    /// Out of the project, over this link.
    Out(Vec<u8>),
}

/// Follows the link at `path`. An absolute target is in the project if it begins with `project_dir`.
pub fn follow<T: Tree>(tree: &mut T, project_dir: &[u8], path: &[u8]) -> Followed {
    let mut pending: VecDeque<Vec<u8>> = parts(path).collect();
    let (mut here, mut links, mut last) = (Vec::new(), 0, path.to_vec());
    while let Some(name) = pending.pop_front() {
        match name.as_slice() {
            b"" | b"." => continue,
            b".." if here.is_empty() => return Followed::Out(last),
            b".." => {
                here = split(&here).0.to_vec();
                continue;
            }
            _ => {}
        }
        let next = join(&here, &name);
        match tree.node(&next).ok().flatten().map(|node| node.kind) {
            Some(NodeKind::Directory) => here = next,
            Some(NodeKind::Link) if links < LINKS_MAX => {
                links += 1;
                let Ok(target) = tree.link_target(&next) else { return Followed::Nothing };
                last = next;
                let target = match target.strip_prefix(b"/") {
                    None => target,
                    Some(_) => match below(&target, project_dir) {
                        Some(rest) => {
                            here.clear();
                            rest.to_vec()
                        }
                        None => return Followed::Out(last),
                    },
                };
                parts(&target).rev().for_each(|part| pending.push_front(part));
            }
            Some(NodeKind::File | NodeKind::Special) if pending.is_empty() => return Followed::Other,
            _ => return Followed::Nothing,
        }
    }
    Followed::Directory(here)
}

fn parts(path: &[u8]) -> impl DoubleEndedIterator<Item = Vec<u8>> {
    path.split(|byte| *byte == b'/').map(<[u8]>::to_vec).collect::<Vec<_>>().into_iter()
}

fn below<'t>(target: &'t [u8], project_dir: &[u8]) -> Option<&'t [u8]> {
    let rest = target.strip_prefix(project_dir)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(b"/") }
}
