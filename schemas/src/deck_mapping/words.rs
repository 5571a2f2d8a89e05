//! How codes, prices, dates, increments and states are written, and what is allowed.

use super::super::call_mapping::instant_format::ZoneName;
use didtron_domain::{Increment, Price};
use jiff::civil::date;
use jiff::fmt::strtime;
use serde::{Deserialize, Deserializer};

/// How codes are written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CodeRules {
    /// The characters that separate the codes of a list in one cell. Default `,;|` and line ends.
    pub separators: String,
    /// What a hyphen means. Default: what every hyphen of the file can only mean, else refused.
    pub hyphen: Option<Hyphen>,
    /// Fronts that are taken off a code once, the first that fits. Default `+` and `00`.
    pub strip: Vec<String>,
    /// Digits put before every code that does not begin with them (`1` for North American lists). Default none.
    pub prepend: String,
}

impl Default for CodeRules {
    fn default() -> Self {
        Self {
            separators: ",;|\n\r".to_owned(),
            hyphen: None,
            strip: vec!["+".to_owned(), "00".to_owned()],
            prepend: String::new(),
        }
    }
}

/// What a hyphen in a code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hyphen {
    /// `49172-49174` is three codes.
    Range,
    /// `93-76` is the code 9376.
    CountryArea,
    /// A row with a hyphen is refused.
    Refuse,
}

/// How prices are written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PriceRules {
    /// `point` or `comma`. Default: what every price of the file proves, else refused.
    pub decimal_sign: Option<DecimalSign>,
    /// What 1 in a price column is worth per minute, in units of the currency: `0.0001`, or `60` for prices per second.
    /// Default 1.
    #[serde(deserialize_with = "decimal")]
    pub unit: Price,
    /// What 1 in the connect fee's column is worth, in units of the currency. Default 1.
    #[serde(deserialize_with = "decimal")]
    pub fee_unit: Price,
    /// The highest price per minute and fee; one above it is refused. Default 30.
    #[serde(deserialize_with = "decimal")]
    pub max_price: Price,
    /// Texts that may stand before or after a price (`$`, `USD`). Default none.
    pub affixes: Vec<String>,
    /// Added to every price per minute. Default none.
    pub markup: Option<Markup>,
}

impl Default for PriceRules {
    fn default() -> Self {
        const ONE: Price = Price(1_000_000_000);
        Self {
            decimal_sign: None,
            unit: ONE,
            fee_unit: ONE,
            max_price: Price(30 * ONE.0),
            affixes: Vec::new(),
            markup: None,
        }
    }
}

/// What separates the decimals of a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalSign {
    /// `0.05`
    Point,
    /// `0,05`
    Comma,
}

/// A percentage added to every price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Markup {
    /// In percent, decimal text.
    #[serde(deserialize_with = "decimal")]
    pub percent: Price,
    /// Decimals that the sum is rounded up to, 0 to 9. Default 9.
    #[serde(default = "Markup::decimals_default")]
    pub decimals: u8,
}

impl Markup {
    const fn decimals_default() -> u8 {
        Price::DECIMALS
    }
}

/// How dates are written and what they mean.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DateRules {
    /// The order of dates in figures: `day_first`, `month_first` or `iso` (nothing else than `YYYY-MM-DD`).
    /// Default: what the file proves, else refused.
    pub order: Option<DateOrder>,
    /// strptime patterns that are tried before anything else, such as `%d-%b-%Y` or `%Y%m%d %H:%M`. Default none.
    pub patterns: Vec<String>,
    /// The zone of the sheet, where it is another than the deck's. Default: the deck's.
    pub zone: Option<ZoneName>,
    /// Words that mean as soon as possible: from the instant of the import. Default `asap`, `immediate`,
    /// `immediately`, `now`.
    pub asap: Vec<String>,
    /// What an effective date before the import means. Default `keep`.
    pub past: PastDates,
    /// Whether the day in `effective_to` is the last day in force, rather than the first that is not. Default no.
    pub last_day_inclusive: bool,
}

impl Default for DateRules {
    fn default() -> Self {
        Self {
            order: None,
            patterns: Vec::new(),
            zone: None,
            asap: ["asap", "immediate", "immediately", "now"].map(str::to_owned).to_vec(),
            past: PastDates::Keep,
            last_day_inclusive: false,
        }
    }
}

impl DateRules {
    /// Why a pattern cannot be used; `None` for a usable one. It must be able to read what it writes, and name a day.
    #[must_use]
    pub fn pattern_fault(pattern: &str) -> Option<String> {
        let sample = date(2026, 11, 23).at(13, 24, 35, 0);
        let back = strtime::format(pattern, sample).and_then(|text| strtime::parse(pattern, text)?.to_date());
        match back {
            Ok(day) if day == sample.date() => None,
            Ok(_) => Some(format!("the pattern {pattern:?} does not name a whole day")),
            Err(error) => Some(format!("the pattern {pattern:?} cannot be used: {error}")),
        }
    }
}

/// The order of a date in figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// `23/09/2026`
    DayFirst,
    /// `09/23/2026`
    MonthFirst,
    /// `2026-09-23` alone.
    Iso,
}

/// What an effective date before the import means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PastDates {
    /// What it says: calls that were rated already stay as they are (rating.md section 4).
    #[default]
    Keep,
    /// The instant of the import.
    Now,
    /// The row is refused.
    Refuse,
}

/// How increments are written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IncrementRules {
    /// For rows without any, before the deck's own. Default none.
    #[serde(deserialize_with = "increment")]
    pub default: Option<Increment>,
    /// What `0/0` stands for. Default: it is refused.
    #[serde(deserialize_with = "increment")]
    pub zero: Option<Increment>,
    /// For destinations by name, for rows without any; the longest name that fits is taken.
    pub rules: Vec<IncrementRule>,
}

/// The increments of the destinations whose name begins with the words of another.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncrementRule {
    /// Words; case and everything but letters and digits do not count.
    pub destination: String,
    /// Such as `60/1`.
    #[serde(deserialize_with = "legal_increment")]
    pub increment: Increment,
}

/// What the words of a status column and of flags mean, in any case.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StatusWords {
    /// Rates as any other. An empty cell is one too.
    pub open: Vec<String>,
    /// Blocked; also in the place of a price.
    pub blocked: Vec<String>,
    /// Closed; also in the place of a price.
    pub closed: Vec<String>,
    /// What another word means: `refuse` (default) or `open`.
    pub unknown: UnknownWords,
    /// A flag that is set.
    pub yes: Vec<String>,
    /// A flag that is not; an empty cell is not either.
    pub no: Vec<String>,
}

impl Default for StatusWords {
    fn default() -> Self {
        let words = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect();
        Self {
            open: words(&[
                "open",
                "active",
                "enabled",
                "new",
                "new code",
                "increase",
                "increased",
                "decrease",
                "decreased",
                "unchanged",
                "no change",
                "current",
                "same",
                "changed",
                "change",
            ]),
            blocked: words(&["blocked", "block", "barred", "forbidden"]),
            closed: words(&[
                "closed",
                "close",
                "withdrawn",
                "withdrawal",
                "discontinued",
                "deleted",
                "delete",
                "removed",
                "remove",
                "code removal",
                "inactive",
            ]),
            unknown: UnknownWords::Refuse,
            yes: words(&["1", "yes", "y", "true"]),
            no: words(&["0", "no", "n", "false"]),
        }
    }
}

/// What a status word that no list has means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownWords {
    /// The row is refused.
    #[default]
    Refuse,
    /// The row is a rate.
    Open,
}

/// Reads `60/1`, `60+1`, or `60` for `60/60`, with or without spaces, as two counts of seconds that need not be legal
/// increments (`0/0`).
///
/// ```
/// use didtron_schemas::deck_mapping::increment_pair;
/// assert_eq!(increment_pair("60 / 1"), Some((60, 1)));
/// assert_eq!(increment_pair("30+6"), Some((30, 6)));
/// assert_eq!(increment_pair("60"), Some((60, 60)));
/// assert_eq!(increment_pair("60/1 s"), None);
/// ```
#[must_use]
pub fn increment_pair(text: &str) -> Option<(u32, u32)> {
    let seconds = |text: &str| {
        let text = text.trim();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) { None } else { text.parse().ok() }
    };
    match text.split_once(['/', '+']) {
        Some((initial, next)) => Some((seconds(initial)?, seconds(next)?)),
        None => seconds(text).map(|both| (both, both)),
    }
}

fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Price, D::Error> {
    let text = String::deserialize(deserializer)?;
    match Price::parse(&text) {
        Ok(price) if price > Price(0) => Ok(price),
        Ok(_) => Err(serde::de::Error::custom(format!("{text:?} is not above 0"))),
        Err(error) => Err(serde::de::Error::custom(format!("{text:?} {error}"))),
    }
}

fn legal_increment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Increment, D::Error> {
    let text = String::deserialize(deserializer)?;
    increment_pair(&text)
        .and_then(|(initial, next)| Increment::new(initial, next))
        .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no increment: one such as 60/1 is expected")))
}

fn increment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Increment>, D::Error> {
    legal_increment(deserializer).map(Some)
}
