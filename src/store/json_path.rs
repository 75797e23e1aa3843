//! A path in JSON: the text, or an object with the base64 form of bytes that are not UTF-8.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A path of any bytes that JSON represents without loss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath(pub PathBuf);

/// The two forms in JSON.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum JsonForm {
    Text(String),
    Bytes { base64: String },
}

impl Serialize for JsonPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = match self.0.to_str() {
            Some(text) => JsonForm::Text(text.to_owned()),
            None => JsonForm::Bytes { base64: STANDARD.encode(self.0.as_os_str().as_bytes()) },
        };
        form.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JsonPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match JsonForm::deserialize(deserializer)? {
            JsonForm::Text(text) => Ok(Self(text.into())),
            JsonForm::Bytes { base64 } => {
                let bytes = STANDARD.decode(base64).map_err(D::Error::custom)?;
                Ok(Self(OsString::from_vec(bytes).into()))
            }
        }
    }
}
