//! `[[runners.docker.services]]`, and the list of names that GitLab's page "Using Docker images" has in its place.

use super::key::Effect::Here;
use super::key::{Effect, Key, Section, Table, section};
use super::node::Node;
use super::problem::Problem;
use super::runner::Variables;
use super::value::{Kind, Value, expected, items};

section! {
    /// One service of every job.
    Service: "[[runners.docker.services]]" {
    name: Option<String>, "", Here, "The image. Variables are expanded.";
    alias: Option<String>, "", Here, "More host names, separated by commas or blanks. Variables are expanded.";
    entrypoint: Vec<String>, "", Here, "In place of the image's entrypoint.";
    command: Vec<String>, "", Here, "In place of the image's command.";
    environment: Variables, "", Here, "Variables of the service, `KEY=VALUE` each.";
    } nothing {
    "suspend_data_path": Kind::Text, "", "The Kubernetes executor's.";
    }
}

/// The services, as tables or as names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServiceList(pub Vec<Service>);

impl Value for ServiceList {
    const KIND: Kind = Kind::Services;

    fn read(node: Node<'_>, problems: &mut Vec<Problem>) -> Self {
        let read = |item: Node<'_>| match item.text() {
            Some(name) => Some(Service { name: Some(name.to_owned()), ..Service::default() }),
            None if item.is_table() => {
                let table = Table::of_file(item);
                table.warn_unknown(Service::SECTION, &[], problems);
                Some(Service::read(table, problems))
            }
            None => {
                expected("a table or a name", item, problems);
                None
            }
        };
        let mut more = Vec::new();
        let list = Self(items(node, &mut more).into_iter().filter_map(read).collect());
        problems.extend(more);
        list
    }
}
