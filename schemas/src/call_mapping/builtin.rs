//! The mappings that come with the program.

use super::CallMapping;

/// Name and text of each, as they lie in `mappings/calls/`.
const BUILTIN: [(&str, &str); 10] = [
    ("plain", include_str!("../../mappings/calls/plain.toml")),
    ("asterisk", include_str!("../../mappings/calls/asterisk.toml")),
    ("cdr-stats", include_str!("../../mappings/calls/cdr-stats.toml")),
    ("cdr-stats-import", include_str!("../../mappings/calls/cdr-stats-import.toml")),
    ("cdr-stats-report", include_str!("../../mappings/calls/cdr-stats-report.toml")),
    ("cdr-stats-short", include_str!("../../mappings/calls/cdr-stats-short.toml")),
    ("connexcs", include_str!("../../mappings/calls/connexcs.toml")),
    ("freeswitch", include_str!("../../mappings/calls/freeswitch.toml")),
    ("jbilling", include_str!("../../mappings/calls/jbilling.toml")),
    ("yeti", include_str!("../../mappings/calls/yeti.toml")),
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
pub fn builtin(name: &str) -> Option<CallMapping> {
    let text = builtin_text(name)?;
    Some(CallMapping::parse(text).expect("a built-in mapping is valid: a test parses each"))
}
