//! Forms of the lab's login that no output may contain.

/// The password, the value of `auth`, and the part of `X-Registry-Auth` with the password. Base64 encodes three bytes at
/// a time, so the part has a different form for each of the three positions at which the password can begin.
pub(crate) const SECRETS: [&str; 5] =
    ["my_password", "bXlfdXNlcm5hbWU6bXlfcGFzc3dvcmQ", "bXlfcGFzc3dvcm", "15X3Bhc3N3b3Jk", "teV9wYXNzd29yZ"];
