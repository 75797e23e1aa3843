//! Parameters of URLs whose values GitLab Runner masks, as `?private_token=…`.

use super::value_mask::{Announcement, EmptyValue};

/// GitLab Runner's list: tokens of GitLab, and what signs addresses of Amazon's storage.
const PARAMETERS: [&str; 6] = [
    "private_token",
    "authenticity_token",
    "rss_token",
    "x-amz-signature",
    "x-amz-credential",
    "x-amz-security-token",
];

/// `?` or `&`, the name of a parameter in any case, and `=`.
#[derive(Debug)]
pub(super) struct UrlParameter;

impl Announcement for UrlParameter {
    const BYTES_MAX: usize = 22;

    fn end_of_first(&self, text: &[u8]) -> Option<usize> {
        memchr::memchr2_iter(b'?', b'&', text).find_map(|separator| {
            let name = separator + 1;
            let rest = text.get(name..)?;
            let has_value = |parameter: &&str| {
                let (of_text, after) = rest.split_at_checked(parameter.len()).unwrap_or_default();
                of_text.eq_ignore_ascii_case(parameter.as_bytes()) && after.first() == Some(&b'=')
            };
            PARAMETERS.iter().find(|parameter| has_value(parameter)).map(|found| name + found.len() + 1)
        })
    }

    fn beginning_at_end(&self, text: &[u8]) -> usize {
        let Some(separator) = memchr::memrchr2(b'?', b'&', text) else { return 0 };
        let name = text.get(separator + 1..).unwrap_or_default();
        let begins = |parameter: &str| {
            let beginning = parameter.as_bytes().get(..name.len());
            beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(name))
        };
        if PARAMETERS.iter().any(|parameter| begins(parameter)) { text.len() - separator } else { 0 }
    }

    /// GitLab Runner ends a value at a white space or control character of Unicode; here only those of ASCII end it, so
    /// that a character that is cut in two cannot end it by mistake.
    fn continues_value(&self, byte: u8) -> bool {
        byte > b' ' && byte != 0x7f && byte != b'?' && byte != b'&'
    }

    fn empty_value(&self) -> EmptyValue {
        EmptyValue::Masked
    }
}
