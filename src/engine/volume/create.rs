//! `POST /volumes/create` (VolumeCreate).

use std::collections::BTreeMap;

use hyper::Method;
use serde::Serialize;

use super::Volume;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::target::Target;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Request<'a> {
    name: &'a str,
    labels: &'a BTreeMap<String, String>,
}

impl Engine {
    /// Makes a volume, or finds the one that has the name; its labels tell which.
    pub async fn volume_create(
        &self,
        name: &Name,
        labels: &BTreeMap<String, String>,
    ) -> Result<Volume, EngineError> {
        let request = Request { name: name.as_str(), labels };
        let call = self.call("create volume", name.as_str(), Method::POST, Target::new("/volumes/create"));
        call.json(&request)?.decode().await
    }
}
