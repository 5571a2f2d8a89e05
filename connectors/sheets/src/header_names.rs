//! The names under which sheets commonly know their columns, for sheets that no mapping describes.
//!
//! Whatever looks like a price counts as one, so that two of them are noticed and nobody chooses between them here.

use didtron_schemas::deck_mapping::DeckField;

/// A name as it is compared: lower case, everything but letters and digits a space.
pub(crate) fn normal(name: &str) -> String {
    let words: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    words.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a column of this name is, as far as sheets agree on it. The name is in its normal form.
pub(crate) fn field_of(name: &str) -> Option<DeckField> {
    let known = NAMES.iter().find(|(_, names)| names.contains(&name)).map(|&(field, _)| field);
    known.or_else(|| is_price(name).then_some(DeckField::Rate))
}

/// The rank among names of one field that do not concern money, where a sheet has several: the first wins.
pub(crate) fn rank(field: DeckField, name: &str) -> usize {
    let names = NAMES.iter().find(|(known, _)| *known == field).map_or(&[][..], |&(_, names)| names);
    names.iter().position(|known| *known == name).unwrap_or(names.len())
}

fn is_price(name: &str) -> bool {
    const WORDS: [&str; 12] = [
        "rate", "rates", "price", "prices", "cost", "costs", "tariff", "charge", "charges", "buyrate", "sellrate",
        "peak",
    ];
    const OTHER: [&str; 10] =
        ["id", "name", "type", "plan", "date", "status", "card", "currency", "change", "effective"];
    let has = |list: &[&str]| name.split(' ').any(|word| list.contains(&word));
    has(&WORDS) && !has(&OTHER)
}

const NAMES: &[(DeckField, &[&str])] = &[
    (
        DeckField::Prefix,
        &[
            "prefix",
            "prefixes",
            "code",
            "codes",
            "dial code",
            "dial codes",
            "dialcode",
            "dialcodes",
            "dialing code",
            "dialing codes",
            "dialling code",
            "dialling codes",
            "dial prefix",
            "dialprefix",
            "dialled digits",
            "digits",
            "destination code",
            "destination codes",
            "dest code",
            "number prefix",
            "city code",
            "city codes",
            "city code s",
            "area code",
            "area codes",
            "area code s",
            "dial code s",
            "code s",
            "npanxx",
            "npa nxx",
        ],
    ),
    (DeckField::CountryCode, &["country code", "country codes", "countrycode", "cc", "country code s"]),
    (DeckField::Country, &["country", "country name"]),
    (
        DeckField::Destination,
        &[
            "destination",
            "destination name",
            "destinations",
            "dest name",
            "network",
            "description",
            "name",
            "operator",
            "location",
            "breakout",
            "destination description",
            "zone",
        ],
    ),
    (
        DeckField::ConnectFee,
        &[
            "connect fee",
            "connection fee",
            "connect cost",
            "connection cost",
            "connection charge",
            "connect charge",
            "setup fee",
            "set up fee",
            "setup cost",
            "setup charge",
            "connect",
            "connection cost usd",
        ],
    ),
    (
        DeckField::InitialInterval,
        &[
            "initial interval",
            "initial interval s",
            "initial increment",
            "first interval",
            "first increment",
            "interval 1",
            "initial",
            "min duration",
            "minimum duration",
            "min dur",
            "initblock",
            "mcd",
            "initial billing interval",
        ],
    ),
    (
        DeckField::NextInterval,
        &[
            "next interval",
            "next interval s",
            "next increment",
            "subsequent interval",
            "subsequent increment",
            "interval n",
            "recurring interval",
            "additional increment",
            "next",
        ],
    ),
    (
        DeckField::Increment,
        &[
            "billing increment",
            "billing increments",
            "increment",
            "increments",
            "billing",
            "bi type",
            "pulse",
            "billing pulse",
            "billing interval",
            "billing cycle",
            "rounding",
            "increment s",
            "interval",
            "increments s",
            "charging interval",
        ],
    ),
    (DeckField::Grace, &["grace time", "grace period", "grace"]),
    (
        DeckField::EffectiveFrom,
        &[
            "effective date",
            "effective from",
            "effective",
            "rate effective date",
            "effective date from",
            "valid from",
            "start date",
            "date from",
            "from date",
            "validity",
            "effective datetime",
            "date effective",
        ],
    ),
    (DeckField::EffectiveTime, &["effective time"]),
    (
        DeckField::EffectiveTo,
        &[
            "effective to",
            "effective till",
            "effective until",
            "valid to",
            "valid until",
            "end date",
            "expiry date",
            "expiration date",
            "date to",
            "expires",
            "effective date to",
        ],
    ),
    (DeckField::Status, &["status", "change", "changes", "change type", "rate change", "code status", "rate status"]),
    (DeckField::Blocked, &["blocked", "forbidden", "block"]),
    (DeckField::Closed, &["closed", "discontinued", "withdrawn"]),
    (
        DeckField::Inter,
        &["interstate", "inter", "inter rate", "interrate", "interstate rate", "inter per min", "inter state"],
    ),
    (
        DeckField::Intra,
        &["intrastate", "intra", "intra rate", "intrarate", "intrastate rate", "intra per min", "intra state"],
    ),
    (
        DeckField::Indeterminate,
        &["indeterminate", "ij", "ijrate", "ij rate", "indeterminate rate", "indeterminate per min", "indet"],
    ),
    (DeckField::Currency, &["currency", "rate currency"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_sheets_call_their_columns() {
        let cases = [
            ("City Code(s)", Some(DeckField::Prefix)),
            ("Price($)", Some(DeckField::Rate)),
            ("Rate/Min", Some(DeckField::Rate)),
            ("Rate Off-peak", Some(DeckField::Rate)),
            ("Initial Rate per Minute", Some(DeckField::Rate)),
            ("Cost / Min (USD)", Some(DeckField::Rate)),
            ("Rate Id", None),
            ("BI Type", Some(DeckField::Increment)),
            ("BI Effective Date", None),
            ("Effective Date", Some(DeckField::EffectiveFrom)),
            ("Rate change", Some(DeckField::Status)),
            ("Connection Cost (USD)", Some(DeckField::ConnectFee)),
            ("INTER_RATE", Some(DeckField::Inter)),
            ("Comments", None),
            ("Service Level", None),
        ];
        for (name, field) in cases {
            assert_eq!(field_of(&normal(name)), field, "{name}");
        }
    }
}
