//! Manifests in JSON, at any depth of strings.

use super::{FRAMES, Found, Kind, MEMBERS, flattened, kind};

/// Reads JSON whose quotes stand `depth` deep in strings. A quote of a string around it ends everything.
pub(super) fn read(mut found: Found<'_, '_>, depth: usize, from: usize, to: usize) {
    let text = found.text;
    let own = (1 << depth) - 1;
    let (mut slashes, mut inside, mut last, mut name) = (0_usize, None, None, None);
    // Objects beyond those that are told apart.
    let mut deeper = 0_usize;
    for at in from..to {
        let byte = text[at];
        let before = slashes;
        slashes = if byte == b'\\' { before + 1 } else { 0 };
        match byte {
            b'"' => {
                let quote = before.trailing_ones() as usize;
                if quote < depth {
                    cut(&mut found, inside.filter(|_| name.is_some() && deeper == 0), at - before);
                    (inside, last, name, deeper) = (None, None, None, 0);
                } else if quote == depth {
                    let Some(start) = inside.take() else {
                        inside = Some(at + 1);
                        continue;
                    };
                    // A string does not end in `{` before a name: there was a quote too many in the prose before.
                    if text[..at - own].ends_with(b"{") && text.get(at + 1).is_some_and(u8::is_ascii_alphabetic) {
                        found.close_all();
                        found.open(false, 0);
                        (inside, last, name, deeper) = (Some(at + 1), None, None, 0);
                        continue;
                    }
                    let string = (start, (at - own).max(start));
                    match name.take() {
                        Some(name) if deeper == 0 => member(&mut found, name, string),
                        Some(_) => {}
                        None => last = Some(string),
                    }
                }
            }
            _ if inside.is_some() => {}
            b':' => name = last.take(),
            b',' => (last, name) = (None, None),
            b'{' if found.frames.len() >= FRAMES => deeper += 1,
            b'{' => {
                let holds = found.frames.last().is_some_and(|f| f.holds)
                    || name.take().is_some_and(|(start, end)| MEMBERS.contains(&&text[start..end]));
                found.open(holds, 0);
                last = None;
            }
            b'}' if deeper > 0 => deeper -= 1,
            b'}' => found.close(),
            _ => {}
        }
    }
    cut(&mut found, inside.filter(|_| name.is_some() && deeper == 0), to);
}

/// The text ends here, perhaps within a value.
fn cut(found: &mut Found<'_, '_>, value: Option<usize>, end: usize) {
    if let Some(start) = value.filter(|_| found.frames.last().is_some_and(|f| f.holds)) {
        found.value(start, end);
    }
    found.close_all();
}

/// A name and its text in the innermost object.
fn member(found: &mut Found<'_, '_>, name: (usize, usize), value: (usize, usize)) {
    let text = found.text;
    let (label, word) = (&text[name.0..name.1], &text[value.0..value.1]);
    let Some(frame) = found.frames.last_mut() else { return };
    if frame.holds {
        found.value(value.0, value.1);
    } else if label == b"kind" {
        if kind(word) == Kind::Secret {
            frame.secrets.insert(b"");
        }
        found.says(word);
    } else if let Some(object) = label.strip_suffix(b".kind") {
        if kind(word) == Kind::Secret {
            frame.secrets.insert(object);
        }
    } else if let Some((object, _)) = flattened(label) {
        frame.flat.push((object, value));
    }
}
