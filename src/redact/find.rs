//! Finding secrets: the ways to look for them, in a text, in the value of a field, in lines.

use super::judge::Slot;
use super::keys::Rule;
use super::literals::{Action, LITERALS};
use super::rules::{Look, Pass, names_a_member};
use super::span::{self, Proof, Span};
use super::view::{LAYERS, View};
use super::{extent, people, runs, settle};

pub use super::people::People;

/// Secrets of a text that may hold line ends. The spans are ordered and disjoint.
pub fn in_text(text: &[u8], people: People, out: &mut Vec<Span>) {
    find(text, b"", people, false, out);
    span::join(out);
    if !out.is_empty() {
        settle::settle(text, out, |masked, found| find(masked, b"", people, false, found));
    }
}

/// Secrets of the value of a named field.
pub fn in_field(name: &[u8], rule: Option<Rule>, value: &[u8], people: People, out: &mut Vec<Span>) {
    find(value, name, people, false, out);
    if let Some(rule) = rule {
        let mut pass = Pass::new(value, Look::default(), out);
        pass.value(rule, Slot::Member, 0, value.len());
    }
    people::in_field(name, value, people, out);
    span::join(out);
    if !out.is_empty() {
        settle::settle(value, out, |masked, found| find(masked, name, people, false, found));
    }
}

/// Secrets of whole lines, each looked at by itself: what a line shows never depends on its neighbours. The spans are
/// ordered and disjoint.
pub fn dirty(lines: &[u8], people: People, out: &mut Vec<Span>) {
    find(lines, b"", people, true, out);
    span::join(out);
    if !out.is_empty() {
        settle::settle_lines(lines, out, |masked, found| find(masked, b"", people, true, found));
    }
}

fn find(text: &[u8], name: &[u8], people: People, lines: bool, out: &mut Vec<Span>) {
    let mut views: Vec<usize> = Vec::new();
    once(text, name, people, Look { lines, peeled: false }, out, |at| {
        if views.last().is_none_or(|&last| at >= last) {
            let end =
                if lines { memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |n| at + n) } else { text.len() };
            views.push(end);
        }
    });
    for end in views {
        let start = if lines { memchr::memrchr(b'\n', &text[..end]).map_or(0, |n| n + 1) } else { 0 };
        decoded(&text[start..end], start, name, people, out);
    }
}

/// One look at the text as it stands.
fn once(text: &[u8], name: &[u8], people: People, look: Look, out: &mut Vec<Span>, mut view: impl FnMut(usize)) {
    let mut pass = Pass::new(text, look, out);
    LITERALS.each(text, |action, start, end| match action {
        Action::View => view(start),
        _ => pass.visit(action, start, end),
    });
    let public = pass.finish();
    runs::find(text, name, &public, out);
    people::in_text(text, people, out);
}

/// The same look at the decoded views of one line.
fn decoded(line: &[u8], base: usize, name: &[u8], people: People, out: &mut Vec<Span>) {
    let (mut found, mut strings) = (Vec::new(), None);
    let mut view: Option<View> = None;
    for _ in 0..LAYERS {
        let Some(peeled) = view.take().map_or_else(|| View::of(line), View::peel) else { break };
        let view = view.insert(peeled);
        found.clear();
        once(&view.bytes, name, people, Look { lines: false, peeled: true }, &mut found, |_| {});
        for span in &found {
            let (start, end) = view.original(span.start, span.end);
            let end = strings.get_or_insert_with(|| extent::Strings::of(line)).within(start, end);
            // What the strings of the text make a name is one, whatever the view made of it.
            let name = span.proof == Proof::Name && line[..start].last() == Some(&b'"') && names_a_member(line, end);
            if start < end && !name {
                let quote =
                    span.quote.map(|(from, to)| view.original(from, to)).map(|(from, to)| (base + from, base + to));
                out.push(Span { start: base + start, end: base + end, quote, ..*span });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::needles::tests::{AUTOMATON, texts};
    use super::*;
    use proptest::prelude::*;

    /// The text as the value of a row, and in a row within that row, masked.
    fn masked_row(text: &str) -> (String, serde_json::Value) {
        let nested = serde_json::json!({ "error": text, "n": 1 }).to_string();
        let mut row = serde_json::json!({ "_msg": text, "nested": nested }).to_string();
        let mut spans = Vec::new();
        dirty(row.as_bytes(), People::default(), &mut spans);
        spans.iter().rev().for_each(|s| row.replace_range(s.start..s.end, &format!("[{}#1]", s.kind)));
        let value: serde_json::Value = serde_json::from_str(&row).unwrap_or_else(|e| panic!("{row}: {e}"));
        let nested = serde_json::from_str::<serde_json::Value>(value["nested"].as_str().expect("text"));
        assert_eq!(nested.unwrap_or_else(|e| panic!("{row}: {e}"))["n"], 1);
        (row, value)
    }

    #[test]
    fn a_row_with_escapes_stays_a_row() {
        let vault = format!("\u{8}.{}", super::super::tests::noise(b"abcXYZ0189", 24, 3));
        for text in [
            "{\"\0type\":\"claude\",\"access_token\":\"e30.e30.xn\\\": \\",
            "\0\"access_token\":\"ab\\",
            "%22access_token%22:%22ab\\",
            "{\"refresh_token\":[\"y\",\"expi",
            "{\"refresh_token\":[\"y",
            "passwd:\\x27ab\\\\",
            "password:\"%5C%5C\"",
            "passwd:\\\\\\\\\"ab\\\\\\\\%5C\\\\\\\"",
            &vault,
            "echo \u{2}ab\"|--with-token",
        ] {
            let (row, _) = masked_row(text);
            assert!(row.contains("#1]"), "{row}");
        }
    }

    #[test]
    fn the_next_name_of_an_object_is_no_argument() {
        for text in [
            "--password",
            "--token",
            "Zk9Qx2Wv7Lm4",
            "login\",\"--password",
            "\"--password\" , ",
            "token=[%22",
            "'--password',",
        ] {
            assert_eq!(masked_row(text).1["_msg"], text);
        }
        for (text, masked) in [
            (r#"["--password","blue"]"#, r#"["--password","[password#1]"]"#),
            (r#"{"argv":["a","--password", "blue", "x"]}"#, r#"{"argv":["a","--password", "[password#1]", "x"]}"#),
            (r#"['--password', "blue"]"#, r#"['--password', "[password#1]"]"#),
            (r#"invalid token "Zk9Qx2Wv7Lm4Rt8Y": no"#, r#"invalid token "[token#1]": no"#),
        ] {
            let text = masked_row(text).1["_msg"].as_str().expect("text").to_owned();
            assert_eq!(text, masked);
        }
    }

    /// Any JSON, with names that tell among others, and texts that hold JSON themselves.
    fn json() -> impl Strategy<Value = serde_json::Value> {
        use serde_json::{Value, json};
        const WORDS: &[&str] = &[
            "Zk9Qx2Wv7Lm4Rt8Yp3Nb6Hc1",
            "hunter27",
            "a=1; sid=Zk9Qx2Wv7Lm4Rt8Y",
            "Bearer Zk9Qx2Wv7Lm4Rt8Yp3Nb6Hc1",
            "",
            "token",
            "password:[839201746512,",
            "api_key: 839201746512",
        ];
        const NAMES: &[&str] = &[
            "password",
            "token",
            "api_key",
            "secret",
            "otp",
            "authorization",
            "cookie",
            "cookies",
            "secrets",
            "tokens",
            "value",
            "name",
            "data",
            "kind",
            "a",
            "x-api-key",
            "state",
            "pwd",
            "api-keys",
            "access_token",
            "S",
            "key",
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(|b| json!(b)),
            any::<i64>().prop_map(|n| json!(n)),
            any::<u32>().prop_map(|n| json!(n)),
            any::<f64>().prop_map(|n| json!(n)),
            (0..WORDS.len()).prop_map(|n| json!(WORDS[n])),
            (0..NAMES.len()).prop_map(|n| json!(NAMES[n])),
        ];
        leaf.prop_recursive(5, 40, 5, |inner| {
            let member = ((0..NAMES.len()).prop_map(|n| NAMES[n].to_owned()), inner.clone());
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::vec(member, 0..5).prop_map(|all| Value::Object(all.into_iter().collect())),
                inner.clone().prop_map(|value| json!(value.to_string())),
                inner.prop_map(|value| json!(format!("{value:#}"))),
            ]
        })
    }

    /// The text with its labels, as a copy of a dump holds it.
    fn labelled(text: &str) -> String {
        let mut spans = Vec::new();
        dirty(text.as_bytes(), People::default(), &mut spans);
        let holed = super::super::Holed::of(text.as_bytes(), &spans, None);
        holed.safe(holed.whole(), &mut super::super::Labels::default()).as_str().to_owned()
    }

    /// What is shaped like the other: objects and lists of as many members, and strings that hold JSON where JSON was held.
    fn alike(a: &serde_json::Value, b: &serde_json::Value) -> bool {
        use serde_json::Value::{Array, Object, String};
        match (a, b) {
            (Array(a), Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
            (Object(a), Object(b)) => a.keys().eq(b.keys()) && a.values().zip(b.values()).all(|(a, b)| alike(a, b)),
            (String(a), String(b)) => match (serde_json::from_str(a), serde_json::from_str(b)) {
                (Ok(a @ (Array(_) | Object(_))), Ok(b)) => alike(&a, &b),
                // A list may as well be read as the value of a name before it.
                (Ok(Array(_) | Object(_)), Err(_)) => b.starts_with('[') && b.contains("#"),
                _ => true,
            },
            (Array(_) | Object(_), _) => false,
            _ => true,
        }
    }

    #[test]
    fn the_label_of_a_number_is_a_string() {
        for (text, masked) in [
            (r#"{"a":1,"password":83920174651}"#, r#"{"a":1,"password":"[password#1]"}"#),
            (r#"{"password" : 83920174651 , "a":1}"#, r#"{"password" : "[password#1]" , "a":1}"#),
            (r#"{"auth":{"token":839201746512,"otp":482913}}"#, r#"{"auth":{"token":"[token#1]","otp":"[code#1]"}}"#),
            (r#"{"api_key":[123456789012,"x"]}"#, r#"{"api_key":["[api-key#1]","x"]}"#),
            (
                r#"{"password":[true, 12345 ,1.5e9, "ab"]}"#,
                r#"{"password":[true, "[password#1]" ,"[password#2]", "[password#3]"]}"#,
            ),
            (r#"{"password":[[12345,1],"x"]}"#, r#"{"password":[[12345,1],"x"]}"#),
            (r#"{"secret":-12345678.5}"#, r#"{"secret":"[secret#1]"}"#),
            (r#"{"m":"{\"password\":83920174651,\"a\":1}"}"#, r#"{"m":"{\"password\":\"[password#1]\",\"a\":1}"}"#),
            (
                r#"{"m":"{\u0022password\u0022:83920174651}"}"#,
                r#"{"m":"{\u0022password\u0022:\u0022[password#1]\u0022}"}"#,
            ),
            (r#"{"m":"password: 83920174651"}"#, r#"{"m":"password: [password#1]"}"#),
            (r#"{"m":"X-Api-Key:[83920174651]"}"#, r#"{"m":"X-Api-Key:[[api-key#1]]"}"#),
        ] {
            assert_eq!(labelled(text), masked);
            assert_eq!(labelled(masked), masked);
        }
    }

    proptest! {
        #[test]
        fn what_was_json_is_json_when_it_is_masked(value in json(), pretty in any::<bool>()) {
            let row = if pretty { format!("{value:#}") } else { value.to_string() };
            let masked = labelled(&row);
            let parsed: Result<serde_json::Value, _> = serde_json::from_str(&masked);
            prop_assert!(parsed.as_ref().is_ok_and(|p| alike(&value, p)), "{row}\n{masked}");
            prop_assert_eq!(labelled(&masked), masked);
        }

        /// What the needles pass over, no rule would have masked.
        #[test]
        fn needles_change_no_finding(text in texts(), lines in any::<bool>()) {
            let (mut fast, mut plain) = (Vec::new(), Vec::new());
            let mut pass = Pass::new(&text, Look { lines, peeled: false }, &mut fast);
            LITERALS.each(&text, |action, start, end| pass.visit(action, start, end));
            let public = pass.finish();
            let mut pass = Pass::new(&text, Look { lines, peeled: false }, &mut plain);
            for hit in AUTOMATON.find_overlapping_iter(&text) {
                pass.visit(LITERALS.actions[hit.pattern().as_usize()], hit.start(), hit.end());
            }
            prop_assert_eq!(pass.finish(), public);
            prop_assert_eq!(fast, plain, "{:?}", String::from_utf8_lossy(&text));
        }
    }
}
