//! The deck mappings that come with the program.

use super::DeckMapping;

/// Name and text of each, as they lie in `mappings/decks/`.
const BUILTIN: [(&str, &str); 10] = [
    ("plain", include_str!("../../mappings/decks/plain.toml")),
    ("astpp", include_str!("../../mappings/decks/astpp.toml")),
    ("caribbeano", include_str!("../../mappings/decks/caribbeano.toml")),
    ("cdrtool", include_str!("../../mappings/decks/cdrtool.toml")),
    ("cucm", include_str!("../../mappings/decks/cucm.toml")),
    ("cucm-buy", include_str!("../../mappings/decks/cucm-buy.toml")),
    ("notice", include_str!("../../mappings/decks/notice.toml")),
    ("npanxx", include_str!("../../mappings/decks/npanxx.toml")),
    ("open-rate-card", include_str!("../../mappings/decks/open-rate-card.toml")),
    ("tcxc", include_str!("../../mappings/decks/tcxc.toml")),
];

/// The names of the built-in mappings, `plain` first.
pub fn builtin_names() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|&(name, _)| name)
}

/// The TOML of a built-in mapping, to show or to begin one's own with.
#[must_use]
pub fn builtin_text(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|(known, _)| *known == name).map(|&(_, text)| text)
}

/// A built-in mapping.
#[must_use]
pub fn builtin(name: &str) -> Option<DeckMapping> {
    let text = builtin_text(name)?;
    Some(DeckMapping::parse(text).expect("a built-in mapping is valid: a test parses each"))
}
