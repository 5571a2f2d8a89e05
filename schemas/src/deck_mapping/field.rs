//! The fields of a deck row as sheets have them, and how a mapping says in which column each is.

use serde::Deserialize;

macro_rules! fields {
    ($($(#[$doc:meta])* $field:ident = $name:literal),+ $(,)?) => {
        /// A field of a deck row, or a part of one, that a column can hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
        pub enum DeckField {
            $($(#[$doc])* #[serde(rename = $name)] $field),+
        }

        impl DeckField {
            /// Every field, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$field),+];

            /// Its name in mappings.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$field => $name),+ }
            }
        }
    };
}

fields! {
    /// The code or codes: a prefix, a list, a range; an area code where `country_code` has a column.
    Prefix = "prefix",
    /// Put before each code of the row.
    CountryCode = "country_code",
    /// The first part of the destination's name.
    Country = "country",
    /// The destination's name, or its last part.
    Destination = "destination",
    /// The price per minute.
    Rate = "rate",
    /// The price per minute of the first increment (R5).
    InitialRate = "initial_rate",
    /// Due once per answered call (R5).
    ConnectFee = "connect_fee",
    /// Both increments in one cell: `60/1`, `60+1`, or `60` for both.
    Increment = "increment",
    /// Seconds of the first increment.
    InitialInterval = "initial_interval",
    /// Seconds of each later increment.
    NextInterval = "next_interval",
    /// Seconds of grace (R3).
    Grace = "grace",
    /// In force from this day or instant.
    EffectiveFrom = "effective_from",
    /// The time of day that belongs to `effective_from`.
    EffectiveTime = "effective_time",
    /// In force until this day or instant.
    EffectiveTo = "effective_to",
    /// Open, blocked or closed, by the words of `[status]`.
    Status = "status",
    /// A flag: the row is blocked.
    Blocked = "blocked",
    /// A flag: the row is closed.
    Closed = "closed",
    /// The name of the callers that the row is for.
    OriginSet = "origin_set",
    /// The name of the hours that the row is for.
    TimeClass = "time_class",
    /// The destination group.
    Group = "group",
    /// US price between two states.
    Inter = "inter",
    /// US price within a state.
    Intra = "intra",
    /// US price without a state.
    Indeterminate = "indeterminate",
    /// EEA-style price within a country.
    Local = "local",
    /// EEA-style price within the lists.
    Eea = "eea",
    /// EEA-style price for the rest.
    International = "international",
    /// Must be the deck's currency.
    Currency = "currency",
}

/// Where a column is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub enum ColumnRef {
    /// By its name in the header: the first of these that the sheet has. `join:` before a name means the joined file.
    Names(Vec<String>),
    /// By its position, counted from 1; a mapping may also write `{ letter = "C" }`.
    Position(usize),
}

/// The forms in which a mapping writes a column.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a column is a name, a list of names, a position counted from 1 or { letter = \"C\" }")]
enum Written {
    Position(usize),
    Name(String),
    Names(Vec<String>),
    Letter(Letter),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Letter {
    letter: String,
}

impl TryFrom<Written> for ColumnRef {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Position(at) => Ok(Self::Position(at)),
            Written::Name(name) => Ok(Self::Names(vec![name])),
            Written::Names(names) => Ok(Self::Names(names)),
            Written::Letter(Letter { letter }) => position_of(&letter)
                .map(Self::Position)
                .ok_or_else(|| format!("{letter:?} is no column letter: one to three capital letters are expected")),
        }
    }
}

/// `A` is 1, `Z` 26, `AA` 27.
fn position_of(letters: &str) -> Option<usize> {
    if letters.is_empty() || letters.len() > 3 || !letters.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    Some(letters.bytes().fold(0, |sum, letter| sum * 26 + usize::from(letter - b'A') + 1))
}

/// The letters of the column at a position counted from 1.
///
/// ```
/// use didtron_schemas::deck_mapping::field::letters_of;
/// assert_eq!((letters_of(1), letters_of(26), letters_of(28)), ("A".to_owned(), "Z".to_owned(), "AB".to_owned()));
/// ```
#[must_use]
pub fn letters_of(position: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = position;
    while rest > 0 {
        letters.push(b'A' + u8::try_from((rest - 1) % 26).expect("a remainder of 26 fits"));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().map(|&letter| char::from(letter)).collect()
}
