//! Every rule that a report is made with, as text: what its digest is taken of. A registry that is not told here is one
//! whose change no digest shows.

use super::classes::CLASSES;
use super::detectors::{DETECTORS, limit};
use super::subtypes::SUBTYPES;
use super::symptoms::ROWS;
use super::vocabulary::FILES;
use super::{audit, cliproxy, messages};

/// Tells every rule, registry by registry, in the order of each.
pub fn each(mut tell: impl FnMut(&str)) {
    for class in CLASSES {
        tell(&format!("{class:?}"));
    }
    for (class, subtypes) in SUBTYPES {
        subtypes.iter().for_each(|(word, means)| tell(&format!("{} {word}: {means}", class.label)));
    }
    for rule in audit::RULES {
        let then = match &rule.then {
            audit::Then::Fixed(class, subtype, origin, confidence) => {
                format!("{} {subtype:?} {origin} {confidence}", class.label)
            }
            audit::Then::By(_) => "by the record".to_owned(),
            audit::Then::Healthy => "no failure".to_owned(),
        };
        tell(&format!("{} {}: {then}", rule.row.number(), rule.title));
    }
    for (text, line) in messages::LINES {
        tell(&format!("{text} {line:?}"));
    }
    for (vendor, rows) in FILES {
        tell(vendor);
        tell(rows);
    }
    for template in cliproxy::templates() {
        tell(&format!("{} {} {:?}", template.prefix, template.means, template.rows));
    }
    for row in ROWS {
        let words = [row.symptom, row.condition, row.confirms, row.refutes, row.near_misses, row.fix, row.correction];
        tell(&format!("{} {} {words:?}", row.row, row.id));
    }
    for d in DETECTORS {
        let limits: Vec<_> = d.thresholds.iter().map(|(name, parts)| (*name, limit::told(parts))).collect();
        tell(&format!("{} {} {} {} {limits:?} {}", d.id, d.name, d.finds, d.needs, d.would_change));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::vocabulary;

    #[test]
    fn no_registry_is_left_out() {
        let mut all = String::new();
        each(|rule| {
            all.push_str(rule);
            all.push('\n');
        });
        let holds = |text: &str| assert!(all.contains(text), "{text}");
        CLASSES
            .iter()
            .for_each(|class| [class.label, class.retry, class.fixer, class.verify].into_iter().for_each(holds));
        audit::RULES.iter().for_each(|rule| holds(rule.title));
        messages::LINES.iter().for_each(|(text, _)| holds(text));
        vocabulary::entries().iter().for_each(|entry| holds(entry.literal));
        cliproxy::templates().for_each(|template| holds(template.prefix));
        ROWS.iter().for_each(|row| holds(row.id));
        DETECTORS.iter().flat_map(|d| d.thresholds).for_each(|(_, parts)| holds(&limit::told(parts)));
    }
}
