//! Random worlds: small hostile catalogs with decks, and calls that walk their edges. All from one seed.

mod calls;

pub(crate) use calls::Cells;
use didtron_domain::catalog::*;
use didtron_domain::deck::{DeckHead, DeckRow, DeckVersion, RowPrice, RowStatus, VersionMode};
use didtron_domain::policy::GraceMode;
use didtron_domain::{
    Amount, BandSplit, Currency, Day, DialPrefix, DurationRounding, Increment, IncrementOrigin, Instant, Price,
    RoundingMode, Side,
};

/// SplitMix64.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        let at = usize::try_from(self.below(of.len() as u64)).expect("small");
        of[at].clone()
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + u8::try_from(self.below(10)).expect("a digit"))).collect()
    }
}

const AREAS: [&str; 14] =
    ["212", "718", "347", "310", "415", "512", "214", "202", "787", "939", "671", "800", "416", "876"];
const CODES: [&str; 9] = ["33", "49", "39", "44", "41", "43", "351", "420", "7"];
const ZONES: [&str; 4] = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"];
const INCREMENTS: [(u32, u32); 12] =
    [(1, 1), (6, 6), (30, 6), (60, 1), (60, 60), (90, 60), (30, 20), (0, 1), (0, 60), (60, 0), (1, 0), (7, 11)];

fn at(text: &str) -> Instant {
    Instant::parse(text).expect("an instant")
}

/// Instants around which clocks or bands change.
const CHANGES: [&str; 5] = [
    "2026-03-29T01:00:00Z",
    "2026-03-08T07:00:00Z",
    "2026-03-06T20:00:00Z",
    "2026-03-17T07:00:00Z",
    "2026-03-30T00:00:00Z",
];

fn currency(text: &str) -> Currency {
    Currency::parse(text).expect("a currency")
}

/// A catalog, and the versions of each of its decks.
pub(crate) struct Made {
    pub(crate) spec: CatalogSpec,
    pub(crate) decks: Vec<(DeckHead, Vec<DeckVersion>)>,
    pool: Vec<String>,
    edges: Vec<Instant>,
    begin: Instant,
    changes: [Instant; 5],
}

pub(crate) fn make(dice: &mut Dice) -> Made {
    let pool = pool(dice);
    let mut edges = vec![];
    let mut spec = CatalogSpec {
        base_currency: Some(currency("USD")),
        holidays: ["2026-03-17", "2026-03-30", "2026-04-03"].map(|day| Day::parse(day).expect("a day")).to_vec(),
        quotes: quotes(dice),
        origin_sets: vec![origin_set("near", &["33", "49", "12"]), origin_set("city", &["4930", "331", "1212", "43"])],
        time_classes: time_classes(dice),
        country_lists: vec![CountryLists {
            name: "union".to_owned(),
            caller: prefixes(&["33", "49", "44", "1876"]),
            called: prefixes(&["33", "49", "39", "351", "77"]),
        }],
        ..CatalogSpec::default()
    };
    let mut decks = vec![];
    for (at, side) in
        [Side::Customer, Side::Customer, Side::Customer, Side::Supplier, Side::Supplier].into_iter().enumerate()
    {
        let made = deck(dice, &format!("deck-{at}"), side, &pool, &mut edges);
        spec.decks
            .push(DeckRef { head: made.0.clone(), versions: made.1.iter().map(|version| version.number).collect() });
        decks.push(made);
    }
    for (at, side) in [Side::Customer, Side::Customer, Side::Supplier, Side::Supplier].into_iter().enumerate() {
        let plan = plan(dice, &format!("plan-{at}"), side, &decks);
        spec.plans.push(plan);
    }
    parties(dice, &mut spec, &mut edges);
    Made { spec, decks, pool, edges, begin: at("2026-02-27T00:00:00Z"), changes: CHANGES.map(at) }
}

fn prefixes(texts: &[&str]) -> Vec<DialPrefix> {
    texts.iter().map(|text| DialPrefix::parse(text).expect("a prefix")).collect()
}

fn origin_set(name: &str, texts: &[&str]) -> OriginSet {
    OriginSet { name: name.to_owned(), prefixes: prefixes(texts) }
}

fn pool(dice: &mut Dice) -> Vec<String> {
    let mut pool = vec!["1".to_owned()];
    let fronts = CODES.iter().map(|code| (*code).to_owned()).chain(AREAS.iter().map(|area| format!("1{area}")));
    for front in fronts {
        let mut nodes = vec![front];
        for _ in 0..5 {
            let count = dice.pick(&[1, 1, 2, 3]);
            let node = dice.pick(&nodes) + &dice.digits(count);
            nodes.push(node.chars().take(9).collect());
        }
        pool.extend(nodes);
    }
    pool.sort();
    pool.dedup();
    pool
}

fn quotes(dice: &mut Dice) -> Vec<Quote> {
    let mut quotes = vec![];
    let first = Day::parse("2026-02-10").expect("a day");
    for day in (0..60).map(|days| first.plus(days)) {
        let mut quote = |from, to, low: u64, spread: u64, denominator| {
            let numerator = i64::try_from(low + dice.below(spread)).expect("small");
            quotes.push(Quote {
                day,
                from: currency(from),
                to: currency(to),
                numerator,
                denominator,
                source: "ecb".to_owned(),
            });
        };
        if day.0 % 7 < 5 {
            quote("EUR", "USD", 10_600, 700, 10_000);
            if !(20_525..20_535).contains(&day.0) {
                quote("USD", "GBP", 700_000, 99_999, 1_000_000);
            }
        }
    }
    quotes
}

fn time_classes(dice: &mut Dice) -> Vec<TimeClass> {
    use DayKind::*;
    let week = vec![Monday, Tuesday, Wednesday, Thursday, Friday];
    let free = vec![Saturday, Sunday, Holiday];
    let all: Vec<DayKind> = week.iter().chain(&free).copied().collect();
    let band =
        |days: &[DayKind], from: u16, to: u16| TimeBand { days: days.to_vec(), from_minute: from, to_minute: to };
    let class = |name: &str, bands: Vec<TimeBand>| TimeClass { name: name.to_owned(), bands };
    let odd = u16::try_from(dice.below(1440)).expect("a minute");
    vec![
        class("peak", vec![band(&week, 480, 1200)]),
        class("offpeak", vec![band(&week, 0, 480), band(&week, 1200, 1440), band(&free, 0, 1440)]),
        class("night", vec![band(&all, 1320, 360)]),
        class("party", vec![band(&[Friday, Saturday, Holiday], 1260, 300)]),
        class("odd", vec![band(&[Monday, Thursday, Sunday], odd, odd)]),
    ]
}

fn deck(
    dice: &mut Dice,
    name: &str,
    direction: Side,
    pool: &[String],
    edges: &mut Vec<Instant>,
) -> (DeckHead, Vec<DeckVersion>) {
    let kind = dice.pick(&["plain", "us", "eea"]);
    let head = DeckHead {
        name: name.to_owned(),
        direction,
        currency: currency(dice.pick(&["EUR", "USD", "GBP"])),
        zone: dice.pick(&ZONES).to_owned(),
        increment: None,
        country_lists: (kind == "eea").then(|| "union".to_owned()),
    };
    let classes = dice.pick(&[
        vec!["peak", "offpeak"],
        vec!["night"],
        vec!["party"],
        vec!["odd"],
        vec!["offpeak", "peak"],
        vec![],
        vec![],
        vec![],
    ]);
    let mut versions = vec![];
    for number in 1..=1 + u32::try_from(dice.below(3)).expect("small") {
        let effective = match number {
            1 => dice.pick(&[None, Some(at("2025-01-01T00:00:00Z"))]),
            2 => Some(dice.pick(&[at("2026-03-10T00:00:00Z"), at("2026-03-08T05:00:00Z")])),
            _ => Some(dice.pick(&[at("2026-03-10T12:00:00Z"), at("2026-03-20T23:00:00Z")])),
        };
        edges.extend(effective);
        let mode = if number == 1 || dice.percent(50) { VersionMode::Full } else { VersionMode::Delta };
        let share = if mode == VersionMode::Full { 90 } else { 30 };
        let some: Vec<&String> = pool.iter().filter(|_| dice.percent(share)).collect();
        let rows = some.into_iter().flat_map(|prefix| rows_of(dice, prefix, &classes, kind)).collect();
        versions.push(DeckVersion { number, mode, effective, rows });
    }
    for version in &versions {
        edges.extend(version.rows.iter().flat_map(|row| [row.effective_from, row.effective_to]).flatten().take(20));
    }
    (head, versions)
}

/// For which callers and hours a prefix has rows: one for all of them in a deck without classes.
fn keys_of(dice: &mut Dice, classes: &[&'static str]) -> Vec<(Option<&'static str>, Option<&'static str>)> {
    let Some(&low) = classes.first() else { return vec![(None, None)] };
    let each: Vec<_> = classes.iter().map(|class| (None, Some(*class))).collect();
    let near: Vec<_> = classes.iter().map(|class| (Some("near"), Some(*class))).collect();
    dice.pick(&[
        vec![(None, None)],
        vec![(None, None)],
        vec![(None, None)],
        vec![(None, None)],
        vec![(None, None)],
        each.clone(),
        each,
        vec![(None, None), (None, Some(low))],
        vec![(None, Some(low))],
        vec![(Some("near"), None), (Some("city"), None), (None, None)],
        vec![(Some("near"), None)],
        near,
        vec![(Some("near"), None), (None, Some(low))],
        vec![(Some("near"), Some(low)), (Some("near"), None), (None, None)],
    ])
}

fn rows_of(dice: &mut Dice, prefix: &str, classes: &[&'static str], kind: &str) -> Vec<DeckRow> {
    let mut rows = vec![];
    for (origin, class) in keys_of(dice, classes) {
        let status = match dice.below(12) {
            0 => RowStatus::Blocked,
            1 => RowStatus::Closed,
            _ => RowStatus::Open,
        };
        let spans = match dice.below(12) {
            0 => {
                &[(Some("2026-01-01T00:00:00Z"), Some("2026-03-12T00:00:00Z")), (Some("2026-03-12T00:00:00Z"), None)][..]
            }
            1 => &[(Some("2026-03-12T00:00:00Z"), Some("2026-03-22T09:00:00Z"))],
            2 => &[(Some("2026-05-01T00:00:00Z"), None)],
            3 => &[(None, Some("2026-03-28T00:00:00Z"))],
            _ => &[(None, None)],
        };
        for &(from, to) in spans {
            // A row that would end before its version begins is no row: versions of this world begin by mid-March at the latest.
            rows.push(row(dice, prefix, (origin, class), (from.map(at), to.map(at)), (status, kind)));
        }
    }
    rows
}

fn row(
    dice: &mut Dice,
    prefix: &str,
    (origin, class): (Option<&str>, Option<&str>),
    (from, to): (Option<Instant>, Option<Instant>),
    (status, kind): (RowStatus, &str),
) -> DeckRow {
    let mut price = || {
        let top = dice.pick(&[1_000_000, 10_000_000, 100_000_000, 1_000_000_000]);
        Price(i64::try_from(dice.below(top)).expect("small"))
    };
    let (a, b, c) = (price(), price(), price());
    let special = dice.percent(75);
    let price = match kind {
        "us" if special && prefix.starts_with('1') => RowPrice::Us { inter: a, intra: b, indeterminate: c },
        "eea" if special => RowPrice::Eea { local: a, eea: b, international: c },
        _ => RowPrice::One { rate: a, initial_rate: dice.percent(30).then_some(b) },
    };
    let priced = status == RowStatus::Open || dice.percent(50);
    let (first, next) = dice.pick(&INCREMENTS);
    DeckRow {
        prefix: DialPrefix::parse(prefix).expect("a prefix"),
        destination: format!("Place {}", &prefix[..prefix.len().min(4)]),
        price: priced.then_some(price),
        increment: priced.then(|| Increment::new(first, next).expect("legal")),
        connect_fee: dice.pick(&[Price(0), Price(0), Price(50_000_000), Price(500), Price(123_456_789)]),
        grace_s: dice.pick(&[None, None, None, None, Some(0), Some(3), Some(30)]),
        effective_from: from,
        effective_to: to,
        status,
        origin_set: origin.map(str::to_owned),
        time_class: class.map(str::to_owned),
        group: dice.pick(&[None, Some("fixed".to_owned()), Some("mobile".to_owned())]),
    }
}

fn plan(dice: &mut Dice, name: &str, side: Side, decks: &[(DeckHead, Vec<DeckVersion>)]) -> Plan {
    let mut own: Vec<String> =
        decks.iter().filter(|deck| deck.0.direction == side).map(|deck| deck.0.name.clone()).collect();
    if dice.percent(50) {
        own.reverse();
    }
    own.truncate(1 + usize::try_from(dice.below(3)).expect("small"));
    let word = |dice: &mut Dice, words: &'static [&'static str]| dice.pick(words);
    Plan {
        name: name.to_owned(),
        decks: own,
        policies: Policies {
            attempt_fee: dice.pick(&[None, None, Some(Amount(3_001)), Some(Amount(500))]),
            duration_rounding: DurationRounding::parse(word(dice, DurationRounding::WORDS)).expect("a word"),
            grace_s: dice.pick(&[0, 0, 2, 6]),
            grace_mode: GraceMode::parse(word(dice, GraceMode::WORDS)).expect("a word"),
            increment_origin: IncrementOrigin::parse(word(dice, IncrementOrigin::WORDS)).expect("a word"),
            decimals: dice.pick(&[6, 6, 5, 4, 3, 2, 1, 0]),
            mode: RoundingMode::parse(word(dice, RoundingMode::WORDS)).expect("a word"),
            min_charge: dice.pick(&[None, None, Some(Amount(5_050))]),
            max_charge: dice.pick(&[None, None, Some(Amount(1_999_950))]),
            band_split: BandSplit::parse(word(dice, BandSplit::WORDS)).expect("a word"),
            use_lrn: dice.percent(50),
            fx_lag_days: dice.pick(&[1, 1, 0, 2]),
            fx_max_age_days: dice.pick(&[7, 7, 3, 4]),
        },
    }
}

fn parties(dice: &mut Dice, spec: &mut CatalogSpec, edges: &mut Vec<Instant>) {
    for (at, side) in [Side::Customer, Side::Customer, Side::Customer, Side::Supplier, Side::Supplier, Side::Supplier]
        .into_iter()
        .enumerate()
    {
        let carrier = format!("carrier-{at}");
        let kind = match side {
            Side::Customer => dice.pick(&[CarrierKind::Customer, CarrierKind::Bilateral]),
            Side::Supplier => dice.pick(&[CarrierKind::Supplier, CarrierKind::Bilateral]),
        };
        let money = currency(dice.pick(&["EUR", "USD", "GBP"]));
        spec.carriers.push(Carrier {
            name: carrier.clone(),
            kind,
            billing_model: BillingModel::Wholesaler,
            currency: money,
        });
        let required = dice.percent(15);
        let name = format!("trunk-{at}");
        let fronts = dice.pick(&[vec!["+", "00"], vec!["+", "00", "011"], vec!["+", "011"]]);
        let translations =
            dice.pick(&[vec![], vec![("00", "+"), ("0", "+49")], vec![("", ""), ("0", "x")], vec![("9", "49")]]);
        spec.interconnects.push(Interconnect {
            name: name.clone(),
            carrier,
            direction: side,
            international_prefixes: fronts.into_iter().map(str::to_owned).collect(),
            national_plus_one: dice.percent(30),
            tech_prefix_required: required,
            translations: translations
                .into_iter()
                .map(|(strip, add)| Translation { strip: strip.to_owned(), add: add.to_owned() })
                .collect(),
        });
        services(dice, spec, (&name, side, required), edges);
    }
}

fn services(
    dice: &mut Dice,
    spec: &mut CatalogSpec,
    (trunk, direction, required): (&str, Side, bool),
    edges: &mut Vec<Instant>,
) {
    let plans: Vec<String> = {
        let fits = |plan: &&Plan| {
            spec.decks.iter().any(|deck| plan.decks[0] == deck.head.name && deck.head.direction == direction)
        };
        spec.plans.iter().filter(fits).map(|plan| plan.name.clone()).collect()
    };
    let techs = if required {
        vec!["9901", "99012", "7#"]
    } else {
        dice.pick(&[
            vec![""],
            vec![""],
            vec!["", "55#", "55#9"],
            vec!["", "55#", "55#9"],
            vec!["", "33"],
            vec!["44#"],
            vec!["1#", "2#"],
        ])
    };
    let (from, to) = (at("2026-03-01T00:00:00Z"), at("2026-03-28T12:00:00Z"));
    edges.extend([from, to]);
    for tech in techs {
        let (one, other) = (dice.pick(&plans), dice.pick(&plans));
        let span = |plan: &String, from, to| ServicePlan { plan: plan.clone(), from, to };
        let plans = dice.pick(&[
            vec![span(&one, Instant::MIN, Instant::MAX)],
            vec![span(&one, Instant::MIN, Instant::MAX)],
            vec![span(&one, Instant::MIN, to), span(&other, to, Instant::MAX)],
            vec![span(&one, Instant::MIN, to), span(&other, to, Instant::MAX)],
            vec![span(&one, from, to), span(&other, to, Instant::MAX)],
        ]);
        let spans = dice.pick(&[
            vec![(Instant::MIN, Instant::MAX)],
            vec![(Instant::MIN, Instant::MAX)],
            vec![(Instant::MIN, Instant::MAX)],
            vec![(Instant::MIN, Instant::MAX)],
            vec![(Instant::MIN, Instant::MAX)],
            vec![(Instant::MIN, to), (to, Instant::MAX)],
            vec![(Instant::MIN, to), (to, Instant::MAX)],
            vec![(Instant::MIN, to), (to, Instant::MAX)],
            vec![(from, to)],
        ]);
        for (from, to) in spans {
            let name = format!("service-{}", spec.services.len());
            spec.services.push(Service {
                name,
                interconnect: trunk.to_owned(),
                direction,
                plans: plans.clone(),
                tech_prefix: tech.to_owned(),
                from,
                to,
            });
        }
    }
}
