//! The tables of a catalog, key by key, with every default.

use super::DeckFile;
use super::read::{Cell, Item, ReadVersion};
use didtron_domain::catalog::{
    BillingModel, Carrier, CarrierKind, CatalogSpec, CountryLists, DayKind, DeckRef, Interconnect, OriginSet, Plan,
    Policies, Quote, Service, ServicePlan, TimeBand, TimeClass, Translation,
};
use didtron_domain::deck::{DeckHead, VersionMode};
use didtron_domain::{
    Amount, BandSplit, Currency, Day, DialPrefix, DurationRounding, GraceMode, Increment, IncrementOrigin, Instant,
    RoundingMode, Side,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;

const KEYS: &[&str] = &[
    "base_currency",
    "holidays",
    "fx",
    "origin_set",
    "time_class",
    "country_lists",
    "deck",
    "plan",
    "carrier",
    "interconnect",
    "service",
];

pub(super) fn catalog<V>(top: &Item<'_, '_>, version: ReadVersion<V>) -> Option<(CatalogSpec, Vec<Vec<V>>)> {
    top.only(KEYS);
    let base_currency = top.or("base_currency", None, |cell| currency(cell).map(Some));
    let holidays = top.or("holidays", Vec::new(), |cell| cell.list(|_, day| day.parse(Day::parse)));
    let (decks, versions) = top.each("deck", |item| deck(item, version)).into_iter().unzip();
    let spec = CatalogSpec {
        quotes: top.each("fx", quote),
        origin_sets: top.each("origin_set", origin_set),
        time_classes: top.each("time_class", time_class),
        country_lists: top.each("country_lists", country_lists),
        decks,
        plans: top.each("plan", plan),
        carriers: top.each("carrier", carrier),
        interconnects: top.each("interconnect", interconnect),
        services: top.each("service", service),
        base_currency: base_currency?,
        holidays: holidays?,
    };
    Some((spec, versions))
}

fn currency(cell: Cell<'_, '_>) -> Option<Currency> {
    cell.parse(Currency::parse)
}

fn name(item: &Item<'_, '_>) -> Option<String> {
    item.need("name")?.name()
}

fn quote(item: &Item<'_, '_>) -> Option<Quote> {
    item.only(&["day", "from", "to", "rate", "source"]);
    let day = item.need("day").and_then(|cell| cell.parse(Day::parse));
    let from = item.need("from").and_then(currency);
    let to = item.need("to").and_then(currency);
    let rate = item.need("rate").and_then(|cell| cell.parse(ratio));
    let source = item.or("source", String::new(), |cell| cell.text().map(str::to_owned));
    let (numerator, denominator) = rate?;
    Some(Quote { day: day?, from: from?, to: to?, numerator, denominator, source: source? })
}

/// Decimal text as an exact ratio: its digits over a power of ten.
fn ratio(text: &str) -> Result<(i64, i64), String> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{decimals}");
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let numerator = if plain { digits.trim_start_matches('0').parse::<i64>().ok() } else { None };
    match (numerator, decimals.len()) {
        (Some(numerator @ 1..1_000_000_000_000_000_000), 0..=18) => Ok((numerator, 10i64.pow(decimals.len() as u32))),
        _ => Err(format!("{text:?} is not a rate; expected a positive decimal of at most 18 digits, such as 1.0834")),
    }
}

fn prefixes(cell: Cell<'_, '_>) -> Option<Vec<DialPrefix>> {
    cell.list(|_, element| {
        element.parse(|text| {
            DialPrefix::parse(text).ok_or_else(|| format!("{text:?} is not 1 to 15 digits that do not begin with 0"))
        })
    })
}

fn origin_set(item: &Item<'_, '_>) -> Option<OriginSet> {
    item.only(&["name", "prefixes"]);
    let (name, prefixes) = (name(item), item.need("prefixes").and_then(prefixes));
    Some(OriginSet { name: name?, prefixes: prefixes? })
}

fn country_lists(item: &Item<'_, '_>) -> Option<CountryLists> {
    item.only(&["name", "caller", "called"]);
    let (name, caller) = (name(item), item.need("caller").and_then(prefixes));
    let called = item.need("called").and_then(prefixes);
    Some(CountryLists { name: name?, caller: caller?, called: called? })
}

fn time_class(item: &Item<'_, '_>) -> Option<TimeClass> {
    item.only(&["name", "bands"]);
    let name = name(item);
    let bands = item.need("bands").and_then(|cell| cell.list(|at, band| time_band(&band.nested(at)?)));
    Some(TimeClass { name: name?, bands: bands? })
}

fn time_band(item: &Item<'_, '_>) -> Option<TimeBand> {
    item.only(&["days", "from", "to"]);
    let days = item.need("days").and_then(|cell| cell.list(|_, day| day.word(DayKind::parse, DayKind::WORDS)));
    let from_minute = item.need("from").and_then(|cell| cell.parse(|text| minute(text, 1439)));
    let to_minute = item.need("to").and_then(|cell| cell.parse(|text| minute(text, 1440)));
    Some(TimeBand { days: days?, from_minute: from_minute?, to_minute: to_minute? })
}

/// `HH:MM` as minutes after midnight.
fn minute(text: &str, latest: u16) -> Result<u16, String> {
    let read = || {
        let [h1, h2, b':', m1, m2] = *text.as_bytes() else { return None };
        let digit = |byte: u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
        let (hour, minute) = (digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?);
        Some(hour * 60 + minute).filter(|at| minute < 60 && *at <= latest)
    };
    read().ok_or_else(|| format!("{text:?} is not a time from 00:00 to {:02}:{:02}", latest / 60, latest % 60))
}

fn deck<V>(item: &Item<'_, '_>, version: ReadVersion<V>) -> Option<(DeckRef, Vec<V>)> {
    item.only(&["name", "direction", "currency", "zone", "increments", "country_lists", "versions"]);
    let name = name(item);
    let direction = item.need("direction").and_then(|cell| cell.word(Side::parse, Side::WORDS));
    let currency = item.need("currency").and_then(currency);
    let zone = item.or("zone", ("UTC".to_owned(), TimeZone::UTC), |cell| cell.parse(zone));
    let increment = item.or("increments", None, |cell| cell.parse(increments).map(Some));
    let country_lists = item.or("country_lists", None, |cell| cell.name().map(Some));
    // Where the zone is wrong that is the finding, not every date of the deck.
    let of_versions = zone.as_ref().map(|(_, zone)| zone);
    let versions = item.need("versions").and_then(|cell| cell.list(|at, cell| version(cell, at, of_versions)));
    let (name, zone) = (name?, zone?.0);
    let head = DeckHead {
        name,
        direction: direction?,
        currency: currency?,
        zone,
        increment: increment?,
        country_lists: country_lists?,
    };
    Some((DeckRef { head, versions: Vec::new() }, versions?))
}

fn zone(text: &str) -> Result<(String, TimeZone), String> {
    let found = TimeZone::get(text)
        .map_err(|_| format!("{text:?} is not a zone; expected an IANA name such as Europe/Berlin"))?;
    Ok((text.to_owned(), found))
}

fn increments(text: &str) -> Result<Increment, String> {
    let seconds = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten();
    text.split_once('/')
        .and_then(|(initial, next)| Increment::new(seconds(initial)?, seconds(next)?))
        .ok_or_else(|| format!("{text:?} is not an increment; expected initial/next in seconds, such as 60/1 (R4)"))
}

/// A version of the file form: `{ file, mode, effective }`.
pub(super) fn file_version(cell: &Cell<'_, '_>, at: usize, zone: Option<&TimeZone>) -> Option<DeckFile> {
    let item = cell.nested(at)?;
    item.only(&["file", "mode", "effective"]);
    let file = item.need("file").and_then(|cell| cell.name());
    let mode = item.or("mode", VersionMode::Full, |cell| cell.word(VersionMode::parse, VersionMode::WORDS));
    let effective = item.or("effective", None, |cell| match zone {
        Some(zone) => cell.parse(|text| instant(text, zone)).map(Some),
        None => None,
    });
    for key in ["mode", "effective"] {
        if at > 0 && item.get(key).is_none() {
            item.wrong(key, "is missing; only the first version of a deck may leave it out");
        }
    }
    Some(DeckFile { file: file?, mode: mode?, effective: effective? })
}

/// A version of the canonical form: its number.
pub(super) fn version_number(cell: &Cell<'_, '_>, _at: usize, _zone: Option<&TimeZone>) -> Option<u32> {
    cell.integer(1..=u32::MAX)
}

/// RFC 3339, or a bare date as its midnight in `zone` (the first instant of that day where the clock leaps over it).
fn instant(text: &str, zone: &TimeZone) -> Result<Instant, String> {
    let Ok(day) = Day::parse(text) else {
        return Instant::parse(text).map_err(|_| {
            format!(
                "{text:?} is not a time; expected RFC 3339 such as 2026-06-01T12:00:00Z, or a date such as 2026-06-01"
            )
        });
    };
    let (year, month, of_month) = day.civil();
    let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(of_month));
    let (Ok(year), Ok(month), Ok(of_month)) = parts else { return Err(format!("{text:?} is out of range")) };
    let midnight = Date::new(year, month, of_month).and_then(|date| date.to_zoned(zone.clone()));
    midnight.map(|at| Instant(at.timestamp().as_microsecond())).map_err(|error| format!("{text:?}: {error}"))
}

/// A begin (or end) of a validity outside decks.
fn bound(item: &Item<'_, '_>, key: &str, absent: Instant) -> Option<Instant> {
    item.or(key, absent, |cell| cell.parse(|text| instant(text, &TimeZone::UTC)))
}

fn plan(item: &Item<'_, '_>) -> Option<Plan> {
    item.only(&[
        "name",
        "decks",
        "attempt_fee",
        "duration_rounding",
        "grace_s",
        "grace_mode",
        "increment_origin",
        "decimals",
        "mode",
        "min_charge",
        "max_charge",
        "band_split",
        "use_lrn",
        "fx_lag_days",
        "fx_max_age_days",
    ]);
    let (name, policies) = (name(item), policies(item));
    let decks = item.need("decks").and_then(|cell| cell.list(|_, deck| deck.name()));
    Some(Plan { name: name?, decks: decks?, policies: policies? })
}

fn policies(item: &Item<'_, '_>) -> Option<Policies> {
    let default = Policies::default();
    let amount = |key| item.or(key, None, |cell| cell.parse(charge).map(Some));
    let days = |key, absent| {
        item.or(key, absent, |cell| cell.integer(0..=u32::from(u16::MAX)).and_then(|days| u16::try_from(days).ok()))
    };
    let (attempt_fee, min_charge, max_charge) = (amount("attempt_fee"), amount("min_charge"), amount("max_charge"));
    let duration_rounding = item.or("duration_rounding", default.duration_rounding, |cell| {
        cell.word(DurationRounding::parse, DurationRounding::WORDS)
    });
    let grace_s = item.or("grace_s", default.grace_s, |cell| cell.integer(0..=u32::MAX));
    let grace_mode = item.or("grace_mode", default.grace_mode, |cell| cell.word(GraceMode::parse, GraceMode::WORDS));
    let increment_origin = item.or("increment_origin", default.increment_origin, |cell| {
        cell.word(IncrementOrigin::parse, IncrementOrigin::WORDS)
    });
    let decimals = item.or("decimals", default.decimals, |cell| {
        cell.integer(0..=u32::from(Amount::DECIMALS)).and_then(|count| u8::try_from(count).ok())
    });
    let mode = item.or("mode", default.mode, |cell| cell.word(RoundingMode::parse, RoundingMode::WORDS));
    let band_split = item.or("band_split", default.band_split, |cell| cell.word(BandSplit::parse, BandSplit::WORDS));
    let use_lrn = item.or("use_lrn", default.use_lrn, |cell| cell.boolean());
    let (lag, age) = (days("fx_lag_days", default.fx_lag_days), days("fx_max_age_days", default.fx_max_age_days));
    Some(Policies {
        attempt_fee: attempt_fee?,
        duration_rounding: duration_rounding?,
        grace_s: grace_s?,
        grace_mode: grace_mode?,
        increment_origin: increment_origin?,
        decimals: decimals?,
        mode: mode?,
        min_charge: min_charge?,
        max_charge: max_charge?,
        band_split: band_split?,
        use_lrn: use_lrn?,
        fx_lag_days: lag?,
        fx_max_age_days: age?,
    })
}

fn charge(text: &str) -> Result<Amount, String> {
    let amount = Amount::parse(text).map_err(|error| format!("{text:?} {error}"))?;
    match amount.0 {
        0.. => Ok(amount),
        _ => Err(format!("{text:?} is negative")),
    }
}

fn carrier(item: &Item<'_, '_>) -> Option<Carrier> {
    item.only(&["name", "kind", "billing_model", "currency"]);
    let name = name(item);
    let kind = item.need("kind").and_then(|cell| cell.word(CarrierKind::parse, CarrierKind::WORDS));
    let billing_model = item.need("billing_model").and_then(|cell| cell.word(BillingModel::parse, BillingModel::WORDS));
    let currency = item.need("currency").and_then(currency);
    Some(Carrier { name: name?, kind: kind?, billing_model: billing_model?, currency: currency? })
}

/// `ingress` is the customer's side.
fn direction(item: &Item<'_, '_>) -> Option<Side> {
    let read = |word: &str| match word {
        "ingress" => Some(Side::Customer),
        "egress" => Some(Side::Supplier),
        _ => None,
    };
    item.need("direction")?.word(read, &["ingress", "egress"])
}

fn interconnect(item: &Item<'_, '_>) -> Option<Interconnect> {
    item.only(&[
        "name",
        "carrier",
        "direction",
        "international_prefixes",
        "national",
        "tech_prefix_required",
        "translations",
    ]);
    let (name, direction) = (name(item), direction(item));
    let carrier = item.need("carrier").and_then(|cell| cell.name());
    let usual = || vec!["+".to_owned(), "00".to_owned()];
    let international = item.or("international_prefixes", usual(), |cell| cell.list(|_, prefix| prefix.name()));
    let national = item.or("national", false, |cell| {
        let read = |word: &str| [("", false), ("+1", true)].into_iter().find(|(known, _)| *known == word).map(|x| x.1);
        cell.word(read, &["\"\"", "\"+1\""])
    });
    let required = item.or("tech_prefix_required", false, |cell| cell.boolean());
    let translations = item.or("translations", Vec::new(), |cell| cell.list(|at, rule| translation(&rule.nested(at)?)));
    Some(Interconnect {
        name: name?,
        carrier: carrier?,
        direction: direction?,
        international_prefixes: international?,
        national_plus_one: national?,
        tech_prefix_required: required?,
        translations: translations?,
    })
}

fn translation(item: &Item<'_, '_>) -> Option<Translation> {
    item.only(&["strip", "add"]);
    let text = |key| item.need(key).and_then(|cell| cell.text().map(str::to_owned));
    let (strip, add) = (text("strip"), text("add"));
    Some(Translation { strip: strip?, add: add? })
}

fn service(item: &Item<'_, '_>) -> Option<Service> {
    item.only(&["name", "interconnect", "direction", "plan", "plans", "tech_prefix", "from", "to"]);
    let (name, direction) = (name(item), direction(item));
    let interconnect = item.need("interconnect").and_then(|cell| cell.name());
    let plans = service_plans(item);
    let tech_prefix = item.or("tech_prefix", String::new(), |cell| cell.text().map(str::to_owned));
    let (from, to) = (bound(item, "from", Instant::MIN), bound(item, "to", Instant::MAX));
    Some(Service {
        name: name?,
        interconnect: interconnect?,
        direction: direction?,
        plans: plans?,
        tech_prefix: tech_prefix?,
        from: from?,
        to: to?,
    })
}

fn service_plans(item: &Item<'_, '_>) -> Option<Vec<ServicePlan>> {
    match (item.get("plan"), item.get("plans")) {
        (Some(one), None) => Some(vec![ServicePlan { plan: one.name()?, from: Instant::MIN, to: Instant::MAX }]),
        (None, Some(several)) => several.list(|at, span| service_plan(&span.nested(at)?)),
        (Some(one), Some(_)) => {
            one.wrong("stands beside plans; give one of the two");
            None
        }
        (None, None) => {
            item.wrong("plan", "is missing; expected plan, or plans for several that follow each other");
            None
        }
    }
}

fn service_plan(item: &Item<'_, '_>) -> Option<ServicePlan> {
    item.only(&["name", "from", "to"]);
    let plan = name(item);
    let (from, to) = (bound(item, "from", Instant::MIN), bound(item, "to", Instant::MAX));
    Some(ServicePlan { plan: plan?, from: from?, to: to? })
}
