//! The keys of `[[runners.docker.services]]`. GitLab's page "Using Docker images" also has a list of names in their
//! place.

use super::config_value::{ConfigValue, ValueKind, expected, items};
use super::key::Effect::Here;
use super::key::{ConfigKey, ConfigSection, ConfigTable, Effect, section};
use super::problem::ConfigProblem;
use super::runner::RunnerVariables;
use super::toml_document::TomlNode;

section! {
    /// A service that every job gets.
    Service: "[[runners.docker.services]]" {
    name: Option<String>, "", Here, "Image of the service. Variables are expanded.";
    alias: Option<String>, "", Here, "Additional host names, separated by commas or spaces. Variables are expanded.";
    entrypoint: Vec<String>, "", Here, "Overrides the image's entrypoint.";
    command: Vec<String>, "", Here, "Overrides the image's command.";
    environment: RunnerVariables, "", Here, "Variables of the service, `KEY=VALUE` each.";
    } nothing {
    "suspend_data_path": ValueKind::Text, "", "Kubernetes executor.";
    }
}

/// The services, written as tables or as names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServiceList(pub Vec<Service>);

impl ConfigValue for ServiceList {
    const KIND: ValueKind = ValueKind::Services;

    fn decode(node: TomlNode<'_>, problems: &mut Vec<ConfigProblem>) -> Self {
        let read = |item: TomlNode<'_>| match item.text() {
            Some(name) => Some(Service { name: Some(name.to_owned()), ..Service::default() }),
            None if item.is_table() => {
                let table = ConfigTable::of_file(item);
                table.warn_unknown(Service::SECTION, &[], problems);
                Some(Service::decode(table, problems))
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
