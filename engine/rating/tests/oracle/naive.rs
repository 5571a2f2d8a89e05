//! The second rater: rating.md read rule by rule, with texts, fractions, scans and a calendar per call.

use crate::fraction::Fraction;
use crate::states;
use didtron_domain::catalog::{CatalogSpec, Interconnect, Plan, Service};
use didtron_domain::deck::{DeckHead, DeckRow, DeckVersion, RowPrice, RowStatus, VersionMode};
use didtron_domain::policy::GraceMode;
use didtron_domain::{
    Amount, BandSplit, CallRecord, Currency, Day, DurationRounding, IncrementOrigin, Instant, Jurisdiction, Price,
    Reason, RoundingMode, Side,
};
use jiff::{Timestamp, civil, tz::TimeZoneDatabase};

const COUNTRIES: &[&str] = &["1", "33", "49", "39", "44", "41", "43", "351", "420", "212", "7"];
const CHARGE_MAX: i128 = 1_000_000_000_000_000;
/// Beyond ten years a call under `split` is none.
const SPLIT_SECONDS_MAX: i128 = 10 * 366 * 86_400;

/// A row with its true validity.
#[derive(Clone, Debug)]
pub(crate) struct Laid {
    pub(crate) row: DeckRow,
    pub(crate) version: u32,
    pub(crate) begin: Instant,
    pub(crate) end: Instant,
}

#[derive(Clone, Debug)]
pub(crate) struct NaiveDeck {
    pub(crate) head: DeckHead,
    pub(crate) rows: Vec<Laid>,
}

impl NaiveDeck {
    /// Lays versions over each other (rating.md section 4).
    pub(crate) fn new(head: &DeckHead, versions: &[DeckVersion]) -> Self {
        let mut rows: Vec<Laid> = Vec::new();
        for version in versions {
            let effective = version.effective.unwrap_or(Instant::MIN);
            let news: Vec<Laid> = version
                .rows
                .iter()
                .map(|row| Laid {
                    row: row.clone(),
                    version: version.number,
                    begin: row.effective_from.unwrap_or(effective),
                    end: row.effective_to.unwrap_or(Instant::MAX),
                })
                .collect();
            let key = |laid: &Laid| (laid.row.prefix, laid.row.origin_set.clone(), laid.row.time_class.clone());
            for old in &mut rows {
                let first = news.iter().filter(|new| key(new) == key(old)).map(|new| new.begin).min();
                let lacking = if version.mode == VersionMode::Full { effective } else { Instant::MAX };
                old.end = old.end.min(first.unwrap_or(lacking));
            }
            rows.extend(news);
        }
        Self { head: head.clone(), rows }
    }
}

pub(crate) struct World {
    pub(crate) spec: CatalogSpec,
    pub(crate) decks: Vec<NaiveDeck>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FoundRow {
    pub(crate) prefix: String,
    pub(crate) destination: String,
    pub(crate) group: Option<String>,
    pub(crate) deck: String,
    pub(crate) version: u32,
    pub(crate) rate: Price,
    pub(crate) jurisdiction: Option<&'static str>,
    pub(crate) currency: String,
}

/// What the second rater found of a side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) carrier: Option<String>,
    pub(crate) interconnect: Option<String>,
    pub(crate) service: Option<String>,
    pub(crate) number: Option<String>,
    pub(crate) looked_up: Option<String>,
    pub(crate) row: Option<FoundRow>,
    pub(crate) blocked: bool,
    pub(crate) whole_s: u64,
    pub(crate) billed_s: u64,
    pub(crate) charge: i128,
    pub(crate) amount: i128,
    pub(crate) account_currency: Option<String>,
    pub(crate) fx_rate: Option<i128>,
    pub(crate) fx_day: Option<Day>,
    pub(crate) base_amount: i128,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The customer's side and the supplier's.
    Rated(Box<[Option<Found>; 2]>),
    Rejected(Reason, Option<Side>, Option<i128>, Option<i128>),
}

/// (prefix length, minus layer, origin length, time class): the greatest is chosen.
type Precedence = (usize, i64, usize, bool);
type Candidate<'a> = (Precedence, &'a NaiveDeck, &'a Laid);

struct Walk<'a> {
    found: Found,
    plan: Option<&'a Plan>,
    stop: Option<Reason>,
    beyond_ledger: bool,
}

impl World {
    pub(crate) fn rate(&self, call: &CallRecord<'_>) -> Outcome {
        let billable = call.marked_answered && call.duration_ms > 0;
        if call.ingress.is_empty() && call.egress.is_empty() {
            return Outcome::Rejected(Reason::MalformedRecord, None, None, None);
        }
        let customer = (!call.ingress.is_empty()).then(|| self.side(call, Side::Customer, None, billable));
        let number = customer.as_ref().and_then(|side| side.found.number.clone());
        let supplier = (!call.egress.is_empty()).then(|| self.side(call, Side::Supplier, number, billable));
        if billable {
            let mut stops: Vec<(Reason, bool, Side)> = Vec::new();
            for (walk, side) in [(&customer, Side::Customer), (&supplier, Side::Supplier)] {
                if let Some(walk) = walk {
                    stops.extend(walk.stop.map(|reason| (reason, !walk.beyond_ledger, side)));
                }
            }
            stops.sort();
            if let Some((reason, _, side)) = stops.first() {
                let charge = |walk: &Option<Walk<'_>>| {
                    let shown = |walk: &&Walk<'_>| {
                        walk.stop.is_none() || (walk.stop == Some(Reason::AmountOverflow) && !walk.beyond_ledger)
                    };
                    walk.as_ref().filter(shown).map(|walk| walk.found.charge)
                };
                return Outcome::Rejected(*reason, Some(*side), charge(&customer), charge(&supplier));
            }
        }
        Outcome::Rated(Box::new([customer, supplier].map(|side| side.map(|walk| walk.found))))
    }

    fn side(&self, call: &CallRecord<'_>, side: Side, customers: Option<String>, billable: bool) -> Walk<'_> {
        let mut walk = Walk { found: Found::default(), plan: None, stop: None, beyond_ledger: false };
        walk.stop = self.steps(call, (side, customers), billable, &mut walk);
        if !billable {
            self.attempt_fee(call, side, &mut walk);
        }
        walk
    }

    fn steps<'a>(
        &'a self,
        call: &CallRecord<'_>,
        (side, customers): (Side, Option<String>),
        billable: bool,
        walk: &mut Walk<'a>,
    ) -> Option<Reason> {
        let name = if side == Side::Customer { call.ingress } else { call.egress };
        let Some(interconnect) = self.interconnect(name, side) else {
            return Some(if side == Side::Customer { Reason::UnknownCustomer } else { Reason::UnknownSupplier });
        };
        let account = self.currency_of(interconnect);
        walk.found.carrier = Some(interconnect.carrier.clone());
        walk.found.interconnect = Some(interconnect.name.clone());
        walk.found.account_currency = Some(account.to_string());
        let own = match side {
            Side::Customer => Some(call.called),
            Side::Supplier if !call.called_egress.is_empty() => Some(call.called_egress),
            Side::Supplier => call.ingress.is_empty().then_some(call.called),
        };
        let telling = own.filter(|_| !call.clean);
        let Some(service) = self.service(interconnect, telling, call.answer) else { return Some(Reason::NoService) };
        walk.found.service = Some(service.name.clone());
        walk.found.number = match own {
            None => customers,
            Some(text) if call.clean => last_steps(text, interconnect),
            Some(text) => {
                let text = text.strip_prefix(service.tech_prefix.as_str()).unwrap_or(text);
                let rule = interconnect.translations.iter().find(|rule| text.starts_with(&rule.strip));
                let translated = rule.map(|rule| format!("{}{}", rule.add, &text[rule.strip.len()..]));
                last_steps(translated.as_deref().unwrap_or(text), interconnect)
            }
        };
        walk.found.looked_up = walk.found.number.clone();
        let span = service.plans.iter().find(|span| span.from <= call.answer && call.answer < span.to);
        let Some(span) = span else { return Some(Reason::NoPlanInForce) };
        let plan = self.spec.plans.iter().find(|plan| plan.name == span.plan).expect("a plan of the catalog");
        walk.plan = Some(plan);
        let Some(number) = walk.found.number.clone() else { return Some(Reason::InvalidNumber) };
        let habits = self
            .interconnect(call.ingress, Side::Customer)
            .or_else(|| self.interconnect(call.egress, Side::Supplier))
            .expect("one is known");
        let caller = last_steps(call.caller, habits);
        let lrn = last_steps(call.lrn, habits);
        let looked_up = if plan.policies.use_lrn { lrn.unwrap_or(number) } else { number };
        walk.found.looked_up = Some(looked_up.clone());
        let asked = Asked { number: &looked_up, caller: caller.as_deref(), at: call.answer };
        let mut candidates = self.candidates(plan, asked, call.answer);
        candidates.sort_by_key(|candidate| candidate.0);
        let Some((_, _, best)) = candidates.last() else { return Some(Reason::NoRate) };
        walk.found.blocked = best.row.status == RowStatus::Blocked;
        if walk.found.blocked && side == Side::Customer && billable {
            return Some(Reason::BlockedDestination);
        }
        if best.row.price.is_none() {
            candidates.retain(|(_, _, laid)| laid.row.status == RowStatus::Open);
        }
        let Some((_, deck, laid)) = candidates.last().copied() else { return Some(Reason::NoRate) };
        let (jurisdiction, rate) = self.price_of(deck, &laid.row, asked);
        walk.found.row = Some(FoundRow {
            prefix: laid.row.prefix.to_string(),
            destination: laid.row.destination.clone(),
            group: laid.row.group.clone(),
            deck: deck.head.name.clone(),
            version: laid.version,
            rate,
            jurisdiction,
            currency: deck.head.currency.to_string(),
        });
        if !billable {
            return None;
        }
        if let Some(reason) = self.bill(call, (deck, laid), asked, walk) {
            return Some(reason);
        }
        self.convert(call.answer.day(), plan, (deck.head.currency, account), walk)
    }

    fn interconnect(&self, name: &str, side: Side) -> Option<&Interconnect> {
        self.spec.interconnects.iter().find(|x| x.name == name && x.direction == side)
    }

    fn currency_of(&self, interconnect: &Interconnect) -> Currency {
        self.spec.carriers.iter().find(|carrier| carrier.name == interconnect.carrier).expect("a carrier").currency
    }

    fn service(&self, interconnect: &Interconnect, own: Option<&str>, at: Instant) -> Option<&Service> {
        let valid: Vec<&Service> = self
            .spec
            .services
            .iter()
            .filter(|s| s.interconnect == interconnect.name && s.from <= at && at < s.to)
            .collect();
        let plain = valid.iter().copied().find(|service| service.tech_prefix.is_empty());
        let Some(text) = own else {
            return if valid.len() == 1 { Some(valid[0]) } else { plain };
        };
        let digits = |tech: &str| tech.chars().all(|c| c.is_ascii_digit());
        let fits = |s: &&&Service| {
            !s.tech_prefix.is_empty()
                && text.starts_with(&s.tech_prefix)
                && (!digits(&s.tech_prefix) || interconnect.tech_prefix_required)
        };
        valid.iter().filter(fits).max_by_key(|s| s.tech_prefix.len()).copied().or(plain)
    }

    /// Every candidate, with the classes of `band`.
    fn candidates(&self, plan: &Plan, asked: Asked<'_>, band: Instant) -> Vec<Candidate<'_>> {
        let mut found = Vec::new();
        for (layer, name) in plan.decks.iter().enumerate() {
            let deck = self.decks.iter().find(|deck| deck.head.name == *name).expect("a deck of the catalog");
            for laid in &deck.rows {
                let prefix = laid.row.prefix.to_string();
                let in_force = laid.begin <= asked.at && asked.at < laid.end && laid.row.status != RowStatus::Closed;
                if !asked.number.starts_with(&prefix) || !in_force {
                    continue;
                }
                let Some(origin) = self.origin_length(&laid.row, asked.caller) else { continue };
                if laid.row.time_class.as_ref().is_some_and(|class| !self.holds(deck, class, band)) {
                    continue;
                }
                let layer = i64::try_from(layer).expect("few layers");
                found.push(((prefix.len(), -layer, origin, laid.row.time_class.is_some()), deck, laid));
            }
        }
        found
    }

    fn origin_length(&self, row: &DeckRow, caller: Option<&str>) -> Option<usize> {
        let Some(name) = &row.origin_set else { return Some(0) };
        let set = self.spec.origin_sets.iter().find(|set| set.name == *name).expect("an origin set");
        let texts = set.prefixes.iter().map(ToString::to_string);
        texts.filter(|prefix| caller.is_some_and(|caller| caller.starts_with(prefix))).map(|prefix| prefix.len()).max()
    }

    fn holds(&self, deck: &NaiveDeck, class: &str, at: Instant) -> bool {
        let zone = TimeZoneDatabase::bundled().get(&deck.head.zone).expect("a zone");
        let local = zone.to_datetime(Timestamp::from_microsecond(at.0).expect("in range"));
        let clock = format!("{:02}:{:02}", local.hour(), local.minute());
        let (today, yesterday) =
            (self.day_name(local.date()), self.day_name(local.date().yesterday().expect("in range")));
        let class = self.spec.time_classes.iter().find(|known| known.name == class).expect("a time class");
        class.bands.iter().any(|band| {
            let text = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
            let (begin, end) = (text(band.from_minute), text(band.to_minute));
            let on = |name: &str| band.days.iter().any(|day| day.as_str() == name);
            if begin < end {
                on(today) && begin <= clock && clock < end
            } else {
                (on(today) && clock >= begin) || (on(yesterday) && clock < end)
            }
        })
    }

    fn day_name(&self, date: civil::Date) -> &'static str {
        if self.spec.holidays.iter().any(|day| day.to_string() == date.to_string()) {
            return "holiday";
        }
        let week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        week[usize::try_from(date.weekday().to_monday_zero_offset()).expect("0 to 6")]
    }

    fn price_of(&self, deck: &NaiveDeck, row: &DeckRow, asked: Asked<'_>) -> (Option<&'static str>, Price) {
        match row.price.expect("a row with a price") {
            RowPrice::One { rate, .. } => (None, rate),
            RowPrice::Us { inter, intra, indeterminate } => {
                let state = |number: Option<&str>| {
                    states::state(number.filter(|x| x.starts_with('1')).and_then(|x| x.get(1..4))?)
                };
                match (state(Some(asked.number)), state(asked.caller)) {
                    (Some(there), Some(here)) if there == here => (Some(Jurisdiction::Intra.as_str()), intra),
                    (Some(_), Some(_)) => (Some(Jurisdiction::Inter.as_str()), inter),
                    _ => (Some(Jurisdiction::Indeterminate.as_str()), indeterminate),
                }
            }
            RowPrice::Eea { local, eea, international } => {
                let lists = self
                    .spec
                    .country_lists
                    .iter()
                    .find(|x| Some(&x.name) == deck.head.country_lists.as_ref())
                    .expect("lists");
                let texts =
                    |list: &[didtron_domain::DialPrefix]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
                let (callers, called) = (texts(&lists.caller), texts(&lists.called));
                let country = |number: Option<&str>| {
                    let own = callers.iter().chain(&called).map(String::as_str);
                    let codes = own.chain(COUNTRIES.iter().copied());
                    codes
                        .filter(|code| number.is_some_and(|x| x.starts_with(code)))
                        .max_by_key(|code| code.len())
                        .map(str::to_owned)
                };
                match (country(Some(asked.number)), country(asked.caller)) {
                    (Some(there), Some(here)) if there == here => (Some("local"), local),
                    (Some(there), Some(here)) if called.contains(&there) && callers.contains(&here) => {
                        (Some("eea"), eea)
                    }
                    _ => (Some("international"), international),
                }
            }
        }
    }

    fn bill(
        &self,
        call: &CallRecord<'_>,
        (deck, laid): (&NaiveDeck, &Laid),
        asked: Asked<'_>,
        walk: &mut Walk<'_>,
    ) -> Option<Reason> {
        let policies = &walk.plan.expect("a plan").policies;
        let row = &laid.row;
        let mode = match policies.duration_rounding {
            DurationRounding::Up => RoundingMode::Up,
            DurationRounding::Down => RoundingMode::Down,
            DurationRounding::HalfUp => RoundingMode::HalfUp,
            DurationRounding::HalfDown => RoundingMode::HalfDown,
        };
        let whole = Fraction::new(call.duration_ms.into(), 1000).round(mode);
        walk.found.whole_s = u64::try_from(whole).expect("seconds");
        let grace = i128::from(row.grace_s.unwrap_or(policies.grace_s));
        if whole == 0 || whole <= grace {
            return None;
        }
        let due = if policies.grace_mode == GraceMode::AfterGrace { whole - grace } else { whole };
        let increment = row.increment.expect("a row with a price");
        let (first, step) = (i128::from(increment.initial_s()), i128::from(increment.next_s()));
        let steps = |seconds: i128| Fraction::new(seconds, step).round(RoundingMode::Up);
        let from_zero = policies.increment_origin == IncrementOrigin::FromZero;
        let billed = match (step, from_zero) {
            (0, _) => first,
            (_, true) => first.max(steps(due) * step),
            (_, false) => {
                if due <= first {
                    first
                } else {
                    first + steps(due - first) * step
                }
            }
        };
        walk.found.billed_s = u64::try_from(billed).expect("seconds");
        let rate = walk.found.row.as_ref().expect("a row").rate;
        let first_rate = match row.price {
            Some(RowPrice::One { initial_rate: Some(initial), .. }) => initial,
            _ => rate,
        };
        let over = |rate: Price, seconds: i128| Fraction::new(i128::from(rate.0) * seconds, 60);
        let mut exact = Fraction::whole(row.connect_fee.0.into()).plus(over(first_rate, billed.min(first)));
        if policies.band_split == BandSplit::Split && billed > first {
            if billed > SPLIT_SECONDS_MAX {
                walk.beyond_ledger = true;
                return Some(Reason::AmountOverflow);
            }
            let mut begin = first;
            while begin < billed {
                let end = if from_zero { (begin / step + 1) * step } else { begin + step }.min(billed);
                let at = Instant(call.answer.0 + i64::try_from(begin).expect("a short call") * 1_000_000);
                let Some(rate) = self.rate_at(deck, row, asked, at) else { return Some(Reason::NoRate) };
                exact = exact.plus(over(rate, end - begin));
                begin = end;
            }
        } else {
            exact = exact.plus(over(rate, billed - billed.min(first)));
        }
        let place = 10i128.pow(6 - u32::from(policies.decimals));
        let mut charge = exact.times(Fraction::new(1, 1000 * place)).round(policies.mode) * place;
        charge = policies.min_charge.map_or(charge, |least| charge.max(least.0.into()));
        walk.found.charge = policies.max_charge.map_or(charge, |most| charge.min(most.0.into()));
        None
    }

    /// The rate of an increment that begins at `at`; none where no open row of the chosen one's key is for it.
    fn rate_at(&self, deck: &NaiveDeck, row: &DeckRow, asked: Asked<'_>, at: Instant) -> Option<Price> {
        let rows = deck.rows.iter().filter(|other| {
            other.row.prefix == row.prefix
                && other.row.origin_set == row.origin_set
                && other.row.status != RowStatus::Closed
                && other.begin <= asked.at
                && asked.at < other.end
                && other.row.time_class.as_ref().is_none_or(|class| self.holds(deck, class, at))
        });
        let other = rows.max_by_key(|other| other.row.time_class.is_some())?;
        (other.row.status != RowStatus::Blocked).then(|| self.price_of(deck, &other.row, asked).1)
    }

    fn ratio(&self, from: Currency, to: Currency, reach: (i32, i32)) -> Option<(Fraction, Option<Day>)> {
        if from == to {
            return Some((Fraction::whole(1), None));
        }
        for (a, b, turn) in [(from, to, false), (to, from, true)] {
            let quotes: Vec<_> = self.spec.quotes.iter().filter(|quote| quote.from == a && quote.to == b).collect();
            if quotes.is_empty() {
                continue;
            }
            let quote = quotes
                .into_iter()
                .filter(|quote| (reach.0..=reach.1).contains(&quote.day.0))
                .max_by_key(|quote| quote.day)?;
            let ratio = Fraction::new(quote.numerator.into(), quote.denominator.into());
            return Some((if turn { ratio.inverse() } else { ratio }, Some(quote.day)));
        }
        let base = self.spec.base_currency.expect("a base currency");
        if from == base || to == base {
            return None;
        }
        let (there, on) = (self.ratio(from, base, reach)?, self.ratio(base, to, reach)?);
        Some((there.0.times(on.0), there.1.min(on.1)))
    }

    fn reach(plan: &Plan, day: Day) -> (i32, i32) {
        let last = day.0 - i32::from(plan.policies.fx_lag_days);
        (last - i32::from(plan.policies.fx_max_age_days), last)
    }

    fn convert(
        &self,
        day: Day,
        plan: &Plan,
        (deck, account): (Currency, Currency),
        walk: &mut Walk<'_>,
    ) -> Option<Reason> {
        let reach = Self::reach(plan, day);
        let base = self.spec.base_currency.expect("a base currency");
        let (Some(to_account), Some(to_base)) = (self.ratio(deck, account, reach), self.ratio(deck, base, reach))
        else {
            return Some(Reason::NoFxRate);
        };
        let charge = Fraction::whole(walk.found.charge);
        walk.found.amount = charge.times(to_account.0).round(RoundingMode::HalfEven);
        walk.found.base_amount = charge.times(to_base.0).round(RoundingMode::HalfEven);
        if deck != account {
            let trillion = Fraction::whole(1_000_000_000_000);
            walk.found.fx_rate = Some(to_account.0.times(trillion).round(RoundingMode::HalfEven));
            walk.found.fx_day = to_account.1;
        }
        let greatest = walk.found.charge.max(walk.found.amount).max(walk.found.base_amount);
        walk.beyond_ledger = greatest >= 1 << 63;
        (greatest > CHARGE_MAX).then_some(Reason::AmountOverflow)
    }

    fn attempt_fee(&self, call: &CallRecord<'_>, side: Side, walk: &mut Walk<'_>) {
        let Some((plan, fee)) = walk.plan.and_then(|plan| plan.policies.attempt_fee.map(|Amount(fee)| (plan, fee)))
        else {
            return;
        };
        if call.marked_answered || call.egress.is_empty() || (side == Side::Customer && !call.last_attempt) {
            return;
        }
        let account = walk.found.account_currency.clone().expect("a plan has a carrier");
        let from = Currency::parse(&account).expect("a currency");
        let base = self.spec.base_currency.expect("a base currency");
        let reach = Self::reach(plan, call.answer.day());
        let ratio = self.ratio(from, base, reach).or_else(|| self.ratio(from, base, (i32::MIN, reach.1)));
        let ratio = ratio.or_else(|| self.ratio(from, base, (i32::MIN, i32::MAX))).expect("a quote");
        walk.found.charge = fee.into();
        walk.found.amount = fee.into();
        walk.found.base_amount = Fraction::whole(fee.into()).times(ratio.0).round(RoundingMode::HalfEven);
        if let Some(row) = &mut walk.found.row {
            row.currency = account;
        }
    }
}

#[derive(Clone, Copy)]
struct Asked<'a> {
    number: &'a str,
    caller: Option<&'a str>,
    at: Instant,
}

fn last_steps(text: &str, interconnect: &Interconnect) -> Option<String> {
    let front = interconnect.international_prefixes.iter().find(|front| text.starts_with(front.as_str()));
    let rest = front.map_or(text, |front| &text[front.len()..]);
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let number = match front {
        None if interconnect.national_plus_one && rest.len() == 10 && digits(rest) => format!("1{rest}"),
        _ => rest.to_owned(),
    };
    let usable = (1..=15).contains(&number.len()) && digits(&number) && !number.starts_with('0');
    usable.then_some(number)
}
