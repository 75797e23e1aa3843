//! Names of images.

pub mod reference;
pub mod service_name;
