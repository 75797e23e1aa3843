//! The progress of a pull, summed over its layers.

use std::collections::BTreeMap;

use crate::engine::image::create::PullStep;

/// The most layers counted. The engine itself allows 128.
const LAYERS_MAX: usize = 256;

/// The progress of a pull.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PullProgress {
    pub image: String,
    /// The number of layers that the engine has named so far.
    pub layers: usize,
    /// The number of layers that the engine has downloaded and unpacked.
    pub layers_done: usize,
    /// The bytes downloaded so far.
    pub bytes: u64,
    /// The size of all layers whose download has begun.
    pub bytes_total: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct LayerProgress {
    bytes: u64,
    total: u64,
    is_done: bool,
}

/// Sums up the progress messages of a pull.
#[derive(Debug, Default)]
pub struct PullLayers(BTreeMap<String, LayerProgress>);

impl PullLayers {
    /// Takes a message of the engine in. Returns whether it changed the progress.
    pub fn update(&mut self, step: PullStep) -> bool {
        let Some(id) = step.id else { return false };
        let known = self.0.contains_key(&id);
        // The first message has the tag in the field that has a layer's id in all others.
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

    /// The progress of the pull of `image`.
    pub fn progress(&self, image: &str) -> PullProgress {
        let sum = |part: fn(&LayerProgress) -> u64| self.0.values().map(part).fold(0, u64::saturating_add);
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
    fn layers_and_their_bytes_are_summed_up() {
        let mut layers = PullLayers::default();
        assert!(!layers.update(step("Pulling from library/a", "1.0", 0, 0)));
        for id in ["x", "y", "z"] {
            assert!(layers.update(step("Pulling fs layer", id, 0, 0)));
        }
        layers.update(step("Already exists", "z", 0, 0));
        layers.update(step("Downloading", "x", 500, 2000));
        layers.update(step("Downloading", "y", 1000, -1));
        let expect =
            PullProgress { image: "a".to_owned(), layers: 3, layers_done: 1, bytes: 500, bytes_total: 2000 };
        assert_eq!(layers.progress("a"), expect);
        layers.update(step("Download complete", "x", 0, 0));
        layers.update(step("Extracting", "x", 7, 2000));
        assert_eq!(layers.progress("a").bytes, 2000);
        layers.update(step("Pull complete", "x", 0, 0));
        assert_eq!(layers.progress("a").layers_done, 2);
    }
}
