//! How far a pull is, added up over its layers.

use std::collections::BTreeMap;

use crate::engine::image::create::PullStep;

/// The most layers counted; the engine itself allows 128.
const LAYERS_MAX: usize = 256;

/// How far a pull is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PullProgress {
    /// The image.
    pub image: String,
    /// Layers that it has, as far as the engine has named them.
    pub layers: usize,
    /// Layers that are there.
    pub layers_done: usize,
    /// Bytes that have come.
    pub bytes: u64,
    /// Bytes of the layers that are being downloaded or have been.
    pub bytes_total: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Layer {
    bytes: u64,
    total: u64,
    is_done: bool,
}

/// Adds up the steps of a pull.
#[derive(Debug, Default)]
pub struct Layers(BTreeMap<String, Layer>);

impl Layers {
    /// Takes a step in; whether it changed anything.
    pub fn take(&mut self, step: PullStep) -> bool {
        let Some(id) = step.id else { return false };
        let known = self.0.contains_key(&id);
        // The first step carries the tag where the others have their layer.
        let is_layers = matches!(
            &*step.status,
            "Pulling fs layer"
                | "Waiting"
                | "Downloading"
                | "Verifying Checksum"
                | "Download complete"
                | "Extracting"
                | "Pull complete"
                | "Already exists"
        );
        if !is_layers || (!known && self.0.len() >= LAYERS_MAX) {
            return false;
        }
        let layer = self.0.entry(id).or_default();
        let positive = |bytes: i64| u64::try_from(bytes).ok().filter(|bytes| *bytes > 0);
        match &*step.status {
            "Downloading" => {
                let detail = step.detail.unwrap_or_default();
                layer.total = detail.total.and_then(positive).unwrap_or(layer.total);
                layer.bytes = detail.current.and_then(positive).unwrap_or(layer.bytes).min(layer.total);
            }
            "Verifying Checksum" | "Download complete" => layer.bytes = layer.total,
            "Pull complete" | "Already exists" => (layer.bytes, layer.is_done) = (layer.total, true),
            _ => {}
        }
        true
    }

    /// How far `image` is.
    pub fn progress(&self, image: &str) -> PullProgress {
        let sum = |part: fn(&Layer) -> u64| self.0.values().map(part).fold(0, u64::saturating_add);
        PullProgress {
            image: image.to_owned(),
            layers: self.0.len(),
            layers_done: self.0.values().filter(|layer| layer.is_done).count(),
            bytes: sum(|layer| layer.bytes),
            bytes_total: sum(|layer| layer.total),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::image::create::ProgressDetail;

    fn step(status: &str, id: &str, current: i64, total: i64) -> PullStep {
        let detail = Some(ProgressDetail { current: Some(current), total: Some(total) });
        PullStep { status: status.to_owned(), id: Some(id.to_owned()), detail }
    }

    #[test]
    fn layers_and_their_bytes_are_added_up() {
        let mut layers = Layers::default();
        assert!(!layers.take(step("Pulling from library/a", "1.0", 0, 0)));
        for id in ["x", "y", "z"] {
            assert!(layers.take(step("Pulling fs layer", id, 0, 0)));
        }
        layers.take(step("Already exists", "z", 0, 0));
        layers.take(step("Downloading", "x", 500, 2000));
        layers.take(step("Downloading", "y", 1000, -1));
        let expect =
            PullProgress { image: "a".to_owned(), layers: 3, layers_done: 1, bytes: 500, bytes_total: 2000 };
        assert_eq!(layers.progress("a"), expect);
        layers.take(step("Download complete", "x", 0, 0));
        layers.take(step("Extracting", "x", 7, 2000));
        assert_eq!(layers.progress("a").bytes, 2000);
        layers.take(step("Pull complete", "x", 0, 0));
        assert_eq!(layers.progress("a").layers_done, 2);
    }
}
