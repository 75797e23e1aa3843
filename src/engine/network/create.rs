//! `POST /networks/create` (NetworkCreate).

use std::collections::BTreeMap;

use hyper::Method;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::target::Target;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Request<'a> {
    name: &'a str,
    /// Up to API 1.43 the engine makes a second network of the same name unless asked to look.
    check_duplicate: bool,
    labels: &'a BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    #[serde(rename = "Id")]
    _id: String,
}

impl Engine {
    /// Makes a bridge network. 409 means that the name is taken; 404 or 400 that the engine has no addresses left.
    pub async fn network_create(
        &self,
        name: &Name,
        labels: &BTreeMap<String, String>,
    ) -> Result<(), EngineError> {
        let request = Request { name: name.as_str(), check_duplicate: true, labels };
        let call = self.call("create network", name.as_str(), Method::POST, Target::new("/networks/create"));
        call.json(&request)?.decode::<Created>().await.map(drop)
    }
}
