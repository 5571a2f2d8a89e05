//! The forms in which sources write instants, and the zone of those that have no offset.

use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use serde::Deserialize;

/// One form of an instant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum InstantFormat {
    /// `rfc3339`: with its own offset.
    Rfc3339,
    /// `date`: `YYYY-MM-DD`, midnight in the mapping's zone.
    Date,
    /// `civil`: `YYYY-MM-DD HH:MM:SS`, with or without a fraction, with or without an offset (`Z`, `+02`, `+0200`, `+02:00`).
    Civil,
    /// `epoch_s`: seconds since 1970, with or without a fraction.
    EpochSeconds,
    /// `epoch_ms`: milliseconds since 1970.
    EpochMilliseconds,
    /// `epoch_us`: microseconds since 1970.
    EpochMicroseconds,
    /// A strptime pattern such as `%d.%m.%Y %H:%M:%S` or `%Y%m%d-%H%M%S`: in the mapping's zone unless it has `%z`.
    Pattern(String),
}

impl InstantFormat {
    pub(super) fn default_list() -> Vec<Self> {
        vec![Self::Rfc3339]
    }
}

impl TryFrom<String> for InstantFormat {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "rfc3339" => Ok(Self::Rfc3339),
            "date" => Ok(Self::Date),
            "civil" => Ok(Self::Civil),
            "epoch_s" => Ok(Self::EpochSeconds),
            "epoch_ms" => Ok(Self::EpochMilliseconds),
            "epoch_us" => Ok(Self::EpochMicroseconds),
            pattern if pattern.contains('%') => checked_pattern(pattern),
            _ => Err(format!(
                "{text:?} is no form of times: rfc3339, date, civil, epoch_s, epoch_ms, epoch_us or a pattern such as \
                 \"%d.%m.%Y %H:%M:%S\" is expected"
            )),
        }
    }
}

/// A pattern must be able to read what it writes, and that must name a day.
fn checked_pattern(pattern: &str) -> Result<InstantFormat, String> {
    let sample =
        jiff::civil::date(2026, 11, 23).at(13, 24, 35, 0).to_zoned(TimeZone::UTC).map_err(|e| e.to_string())?;
    let refusal = |e: jiff::Error| format!("the pattern {pattern:?} cannot be used: {e}");
    let written = strtime::format(pattern, &sample).map_err(refusal)?;
    let parts = strtime::parse(pattern, written).map_err(refusal)?;
    parts.to_date().map_err(refusal)?;
    Ok(InstantFormat::Pattern(pattern.to_owned()))
}

/// A zone's IANA name that is known to exist.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ZoneName(String);

impl ZoneName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ZoneName {
    fn default() -> Self {
        Self("UTC".to_owned())
    }
}

impl TryFrom<String> for ZoneName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match TimeZone::get(&name) {
            Ok(_) => Ok(Self(name)),
            Err(_) => Err(format!("{name:?} is no time zone: an IANA name such as Europe/Berlin is expected")),
        }
    }
}
