use proptest::prelude::*;

use super::*;

fn mask(secrets: &[&str]) -> Mask {
    let mut mask = Mask::default();
    mask.add(&secrets.iter().map(|text| Secret::new(*text)).collect::<Vec<_>>());
    mask
}

fn whole(secrets: &[&str], text: &str) -> String {
    mask(secrets).text(text).into_owned()
}

fn in_pieces(secrets: &[&str], pieces: &[&[u8]]) -> Vec<u8> {
    pieces_of(mask(secrets), pieces)
}

fn pieces_of(mut mask: Mask, pieces: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        out.extend_from_slice(&mask.push(Bytes::copy_from_slice(piece)));
    }
    out.extend_from_slice(&mask.flush());
    out
}

#[test]
fn of_overlapping_secrets_the_longest_is_replaced() {
    assert_eq!(whole(&["abc", "abcd", "x"], "1abcd2abc3x"), "1[MASKED]2[MASKED]3[MASKED]");
    assert_eq!(whole(&["", "aa"], "aaa"), "[MASKED]a");
    assert_eq!(whole(&["l1\nl2"], "l1\nl2 l2"), "[MASKED] [MASKED]");
    assert_eq!(whole(&[], "abc"), "abc");
}

#[test]
fn a_secret_is_masked_as_a_message_shows_it() {
    let secret = "pass\x1b[0m\u{202e}word";
    assert_eq!(whole(&[secret], &format!("{secret}, {}", printable(secret))), "[MASKED], [MASKED]");
}

#[test]
fn a_secret_in_two_pieces_is_replaced_and_a_mere_beginning_is_kept() {
    assert_eq!(in_pieces(&["secret"], &[b"a sec", b"ret b"]), b"a [MASKED] b");
    assert_eq!(in_pieces(&["secret"], &[b"a sec", b"ond"]), b"a second");
    assert_eq!(in_pieces(&["ab", "abcd"], &[b"abc", b"!"]), b"[MASKED]c!");
}

#[test]
fn only_the_possible_beginning_of_a_secret_is_held_back() {
    let mut mask = mask(&["secret"]);
    assert_eq!(mask.push(Bytes::from_static(b"login: ")), "login: ");
    assert_eq!(mask.push(Bytes::from_static(b"its")), "it");
    assert_eq!(mask.flush(), "s");
}

/// A masked text, which has to be the same in two pieces, wherever it is cut, and in pieces of one byte.
#[track_caller]
fn check(tokens: MaskedTokens, text: &str, expect: &str) {
    let bytes = text.as_bytes();
    let mask = || Mask::of_tokens(tokens);
    assert_eq!(mask().text(text), expect);
    let shown = |pieces: &[&[u8]]| String::from_utf8(pieces_of(mask(), pieces)).unwrap();
    assert_eq!(shown(&bytes.chunks(1).collect::<Vec<_>>()), expect, "{text} in single bytes");
    for cut in 0..=bytes.len() {
        let (first, second) = bytes.split_at(cut);
        assert_eq!(shown(&[first, second]), expect, "{text} cut at {cut}");
    }
}

#[test]
fn the_value_of_a_secret_parameter_of_a_url_is_masked() {
    for (text, expect) in [
        ("GET http://a.b/?private_token=abc now", "GET http://a.b/?private_token=[MASKED] now"),
        ("?a=1&X-Amz-Signature=00ff&b=2", "?a=1&X-Amz-Signature=[MASKED]&b=2"),
        ("&rss_token=a&authenticity_token=b+/=\n", "&rss_token=[MASKED]&authenticity_token=[MASKED]\n"),
        ("?x-amz-security-token=a\tb", "?x-amz-security-token=[MASKED]\tb"),
        ("?x-amz-credential=é\u{7f}b", "?x-amz-credential=[MASKED]\u{7f}b"),
        ("?x-amz-credential=", "?x-amz-credential=[MASKED]"),
        ("??&?private_token=&private_token=?", "??&?private_token=[MASKED]&private_token=[MASKED]?"),
    ] {
        check(MaskedTokens::All, text, expect);
    }
    for text in
        ["private_token=abc", "?private_tokens=abc", "?my_private_token=abc", "?token=abc", "?private_token"]
    {
        check(MaskedTokens::All, text, text);
    }
}

#[test]
fn a_token_of_gitlab_is_masked_by_its_prefix() {
    for (text, expect) in [
        ("glpat-abc_D.e=-1 x", "glpat-[MASKED] x"),
        ("xglpat-a,gldt-b gloas-c/glrt-d", "xglpat-[MASKED],gldt-[MASKED] gloas-[MASKED]/glrt-[MASKED]"),
        ("glpat-aglpat-b", "glpat-[MASKED]"),
        ("glglpat-a", "glglpat-[MASKED]"),
        ("Cookie: _gitlab_session=0a; path=/", "Cookie: _gitlab_session=[MASKED]; path=/"),
    ] {
        check(MaskedTokens::All, text, expect);
    }
    for prefix in ["glcbt", "glrtr", "glptt", "glft", "glimt", "glagent", "glsoat", "glffct", "gltok"] {
        check(MaskedTokens::All, &format!("{prefix}-a"), &format!("{prefix}-[MASKED]"));
    }
    for text in ["glpat- abc", "glpat-", "glpat -abc", "gl", "pat-abc", "GLPAT-abc"] {
        check(MaskedTokens::All, text, text);
    }
}

#[test]
fn without_the_feature_flag_only_personal_access_tokens_are_masked() {
    check(
        MaskedTokens::PersonalAccess,
        "glpat-a gldt-b ?private_token=c",
        "glpat-[MASKED] gldt-b ?private_token=[MASKED]",
    );
    let mut mask = Mask::default();
    mask.set_tokens(MaskedTokens::PersonalAccess);
    assert_eq!(mask.text("gldt-b"), "gldt-b");
    assert_eq!(mask.push(Bytes::from_static(b"gldt-b")), "gldt-b");
}

#[test]
fn masked_values_are_replaced_before_parameters_and_tokens() {
    assert_eq!(whole(&["pat-x yz"], "glpat-x yz?rss_token=pat-x yz!"), "gl[MASKED]?rss_token=[MASKED]");
    assert_eq!(whole(&["abcdefgh"], "glpat-abcdefgh."), "glpat-[MASKED].");
}

#[test]
fn what_follows_a_flush_is_a_text_of_its_own() {
    let mut mask = Mask::default();
    assert_eq!(mask.push(Bytes::from_static(b"glpat-a")), "glpat-[MASKED]");
    assert_eq!(mask.flush(), "");
    assert_eq!(mask.push(Bytes::from_static(b"b")), "b");
}

#[test]
fn secrets_of_any_length_are_found() {
    let long = "x".repeat(200_000);
    assert_eq!(whole(&[&long, "short"], &format!("short {long}!")), "[MASKED] [MASKED]!");
    let text = format!("a{long}");
    let pieces: Vec<&[u8]> = text.as_bytes().chunks(1000).collect();
    assert_eq!(in_pieces(&[&long], &pieces), b"a[MASKED]");
}

#[test]
fn output_without_secrets_is_not_copied() {
    let piece = Bytes::from_static(b"nothing to see, not even of a glimpse?\n");
    assert_eq!(mask(&["secret"]).push(piece.clone()).as_ptr(), piece.as_ptr());
}

/// The masked text by definition: at each position, the longest secret that begins there.
fn by_definition(secrets: &[&str], text: &str) -> String {
    let mut texts: Vec<&str> = secrets.iter().flat_map(|secret| secret.lines().chain([*secret])).collect();
    texts.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let (mut masked, mut rest) = (String::new(), text);
    while let Some(first) = rest.chars().next() {
        let found =
            texts.iter().filter(|secret| !secret.is_empty()).find_map(|secret| rest.strip_prefix(secret));
        rest = found.unwrap_or_else(|| &rest[first.len_utf8()..]);
        match found {
            Some(_) => masked.push_str("[MASKED]"),
            None => masked.push(first),
        }
    }
    masked
}

proptest! {
    #[test]
    fn all_secrets_are_found_by_definition(
        text in "[ab\n]{0,60}",
        secrets in proptest::collection::vec("[ab\n]{0,7}", 0..6),
    ) {
        let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
        // A line break in a secret has a printable form as well, which the text has not.
        prop_assert_eq!(whole(&secrets, &text), by_definition(&secrets, &text));
    }

    #[test]
    fn the_cuts_do_not_change_the_result(
        text in "[abc\n]{0,60}",
        secrets in proptest::collection::vec("[abc\n]{0,5}", 0..4),
        cuts in proptest::collection::vec(0_usize..60, 0..6),
    ) {
        let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &text.as_bytes()[cut[0]..cut[1]]).collect();
        let expect = whole(&secrets, &text);
        prop_assert_eq!(String::from_utf8(in_pieces(&secrets, &pieces)).unwrap(), expect);
    }

    #[test]
    fn no_secret_remains(text in "[abcd]{0,60}", secrets in proptest::collection::vec("[abc]{1,5}", 1..4)) {
        let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
        let masked = whole(&secrets, &text);
        for part in masked.split("[MASKED]") {
            prop_assert!(secrets.iter().all(|secret| !part.contains(secret)), "{masked}");
        }
    }
}
