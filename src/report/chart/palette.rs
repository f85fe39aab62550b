//! Colours of who refused. Each is told in words beside its mark too, and each stands out from light, dark and printed
//! ground alike, so that a drawing needs no style sheet.

use crate::finding::Origin;

/// The colour of an origin; grey for what has none.
pub fn color(origin: Option<Origin>) -> &'static str {
    match origin {
        Some(Origin::Upstream) => "#2f79c4",
        Some(Origin::TokenEndpoint) => "#9558b8",
        Some(Origin::LocalProxy) => "#b3690f",
        Some(Origin::SecretStore) => "#d0434b",
        Some(Origin::Mesh) => "#1c8a7c",
        Some(Origin::Client) => "#7b8018",
        Some(Origin::Unknown) | None => "#767e86",
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Contrast of two colours as WCAG 2 defines it, 1 to 21.
    pub fn contrast(a: &str, b: &str) -> f64 {
        let luminance = |hex: &str| {
            let hex = hex.trim_start_matches('#');
            let digit = |n: usize| if hex.len() == 3 { hex[n..=n].repeat(2) } else { hex[2 * n..2 * n + 2].to_owned() };
            let channel = |n: usize| {
                let c = f64::from(u8::from_str_radix(&digit(n), 16).expect("a colour")) / 255.0;
                if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * channel(0) + 0.7152 * channel(1) + 0.0722 * channel(2)
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The variables of each scheme of the style sheet: light, dark, print.
    pub fn schemes() -> Vec<Vec<(String, String)>> {
        let css = include_str!("../html.css");
        css.split(":root{")
            .skip(1)
            .map(|rest| {
                let block = rest.split('}').next().expect("a block ends");
                let pairs = block.split(';').filter_map(|d| d.strip_prefix("--")?.split_once(':'));
                pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
            })
            .collect()
    }

    #[test]
    fn marks_stand_out_from_every_ground() {
        assert!((contrast("#000", "#ffffff") - 21.0).abs() < 0.01);
        for scheme in schemes() {
            let ground = &scheme.iter().find(|(name, _)| name == "bg").expect("a ground").1;
            for origin in Origin::ALL.iter().copied().map(Some).chain([None]) {
                let found = contrast(color(origin), ground);
                assert!(found >= 3.0, "{origin:?} on {ground}: {found:.2}");
            }
        }
    }

    #[test]
    fn text_can_be_read_on_every_ground() {
        let schemes = schemes();
        assert_eq!(schemes.len(), 3);
        for scheme in &schemes {
            let of = |name: &str| &scheme.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no {name}")).1;
            for text in ["fg", "soft", "link", "bad", "warn", "good"] {
                for ground in ["bg", "box"] {
                    let found = contrast(of(text), of(ground));
                    assert!(found >= 4.5, "{text} on {ground}: {found:.2}");
                }
            }
        }
    }
}
