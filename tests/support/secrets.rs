//! What nothing may show of the lab's login.

/// The password, the text of `auth`, and the part of an `X-Registry-Auth` with the password in it, in each of the three
/// ways that base64 can cut it.
pub(crate) const SECRETS: [&str; 5] =
    ["my_password", "bXlfdXNlcm5hbWU6bXlfcGFzc3dvcmQ", "bXlfcGFzc3dvcm", "15X3Bhc3N3b3Jk", "teV9wYXNzd29yZ"];
