//! Expiry cliff: how many credentials are left after each lapse.

use super::WIDTH;
use super::svg::Svg;
use crate::record::time::{self, Nanos};
use crate::report::zone;
use serde_json::Value;

const TOP: i64 = 14;
const BOTTOM: i64 = 184;
const START: i64 = 50;
const RIGHT: i64 = 20;

/// Draws the object of `check`. `None` when fewer than two files have an instant to draw.
pub fn cliff(object: &Value) -> Option<String> {
    let mut lapses: Vec<(Nanos, &str)> = object
        .get("files")?
        .as_array()?
        .iter()
        .filter_map(|file| {
            let at =
                ["lapses_at", "expires_at"].iter().find_map(|key| file.get(*key)?.as_str().and_then(time::parse))?;
            Some((at, file.get("path").and_then(Value::as_str).unwrap_or("")))
        })
        .collect();
    lapses.sort_unstable();
    let as_of = object.pointer("/scope/as_of").and_then(Value::as_str).and_then(time::parse);
    let (first, last) = (lapses.first()?.0, lapses.last()?.0);
    if first == last {
        return None;
    }
    let first = as_of.map_or(first, |at| at.min(first));
    let last = as_of.map_or(last, |at| at.max(last));
    let x = |at: Nanos| {
        let share = (i128::from(at) - i128::from(first)) * i128::from(WIDTH - START - RIGHT)
            / (i128::from(last) - i128::from(first));
        START + i64::try_from(share).unwrap_or(0)
    };
    let total = lapses.len() as i64;
    let y = |left: i64| BOTTOM - (BOTTOM - TOP) * left / total;
    let mut svg = Svg::new("Credentials left over time", WIDTH, BOTTOM + 40);
    let (mut from, mut left) = (START, total);
    for (at, path) in &lapses {
        let here = x(*at);
        svg.line(from, y(left), here, y(left), 2);
        svg.line(here, y(left), here, y(left - 1), 2);
        left -= 1;
        svg.bar(
            here - 2,
            y(left) - 2,
            5,
            5,
            100,
            &format!("{} lapses {}: {left} left", path, zone::utc(&time::format(*at), false)),
        );
        from = here;
    }
    svg.line(from, BOTTOM, WIDTH - RIGHT, BOTTOM, 1);
    svg.text(START - 8, y(total) + 4, &total.to_string(), "end", 13);
    svg.text(START - 8, BOTTOM + 4, "0", "end", 13);
    let instant = |at| zone::utc(&time::format(at), false);
    svg.text(START, BOTTOM + 32, &instant(first), "start", 13);
    svg.text(WIDTH - RIGHT, BOTTOM + 32, &instant(last), "end", 13);
    if let Some(as_of) = as_of {
        svg.dashes(x(as_of), TOP, BOTTOM, "as of");
        svg.text(x(as_of), BOTTOM + 16, "as of", "middle", 13);
    }
    Some(svg.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lapses_make_a_cliff_and_one_makes_none() {
        let file = |at: &str| serde_json::json!({"path": "a\"<b>", "expires_at": at});
        let two = serde_json::json!({"scope": {"as_of": "2026-01-01T00:00:00Z"},
            "files": [file("2026-01-02T00:00:00Z"), file("2026-01-03T00:00:00Z"), {"path": "x", "expires_at": null}]});
        let svg = cliff(&two).expect("a drawing");
        assert!(svg.contains("1 left") && !svg.contains("<b>"));
        assert_eq!(cliff(&serde_json::json!({"files": [file("2026-01-02T00:00:00Z")]})), None);
        assert_eq!(cliff(&serde_json::json!({})), None);
    }
}
