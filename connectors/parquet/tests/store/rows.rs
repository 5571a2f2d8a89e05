//! Journals with rows of every shape, drawn from a seed.

use didtron_domain::{
    Amount, ContentHash, Currency, Day, E164, IdentityKey, Instant, Jurisdiction, NameId, Price, RatedCall, RatedRow,
    RatedSide, Reason, Rejection, Side,
};
use didtron_ports::{Claim, ClaimRequest, Feed, Journal, RowPlace, SuspenseCause, SuspenseRow, UsageColumns, UsageRow};
use std::borrow::Cow;

/// SplitMix64.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 0
    }

    fn small(&mut self, end: u32) -> u32 {
        u32::try_from(self.below(end.into())).unwrap()
    }

    fn name(&mut self) -> NameId {
        NameId(self.small(50))
    }

    /// Money of either sign, at times the greatest that one call may cost.
    fn amount(&mut self) -> Amount {
        match self.below(10) {
            0 => Amount::CHARGE_MAX,
            1 => Amount(-Amount::CHARGE_MAX.0),
            _ => Amount(i64::try_from(self.below(10_000_000)).unwrap() - 5_000_000),
        }
    }

    fn price(&mut self) -> Price {
        Price(i64::try_from(self.below(30_000_000_000)).unwrap())
    }

    fn currency(&mut self) -> Currency {
        Currency::parse(["USD", "EUR", "JPY"][self.below(3) as usize]).unwrap()
    }

    fn text(&mut self) -> Cow<'static, str> {
        Cow::Borrowed(
            ["", "", "a", "+4930123", "Zürich, \"trunk\"\n2", "0123456789012345678901234567890123456789"]
                [self.below(6) as usize],
        )
    }

    fn number(&mut self) -> E164 {
        let digits = 1 + self.below(15);
        E164::from_value(10u64.pow(digits as u32 - 1) + self.below(10u64.pow(digits as u32 - 1))).unwrap()
    }

    fn option<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag().then(|| value(self))
    }

    /// Within a few days, so that a batch has rows of several.
    fn instant(&mut self) -> Instant {
        Instant(20_000 * 86_400_000_000 + i64::try_from(self.below(4 * 86_400_000_000)).unwrap())
    }
}

fn rated_row(dice: &mut Dice, looked_up: E164) -> RatedRow {
    let length = 1 + dice.small(looked_up.digit_count().into()) as u8;
    RatedRow {
        prefix_length: length,
        destination: dice.name(),
        group: dice.option(Dice::name),
        deck: dice.name(),
        deck_version: 1 + dice.small(9),
        rate: dice.price(),
        jurisdiction: dice.option(|dice| Jurisdiction::from_code(1 + dice.small(6) as u8).unwrap()),
        currency: dice.currency(),
    }
}

/// A side with whatever was found, down to nothing.
fn side(dice: &mut Dice) -> RatedSide {
    if dice.below(8) == 0 {
        return RatedSide::default();
    }
    let number = dice.number();
    let looked_up = if dice.flag() { number } else { dice.number() };
    RatedSide {
        carrier: Some(dice.name()),
        interconnect: Some(dice.name()),
        service: dice.option(Dice::name),
        number: Some(number),
        looked_up: Some(looked_up),
        row: dice.option(|dice| rated_row(dice, looked_up)),
        blocked: dice.flag(),
        whole_s: dice.below(4000),
        billed_s: dice.below(4000),
        charge: dice.amount(),
        amount: dice.amount(),
        account_currency: Some(dice.currency()),
        fx_rate: dice.option(|dice| i128::from(dice.next()) << 20),
        fx_day: dice.option(|dice| Day(20_000 + i32::try_from(dice.below(9)).unwrap())),
        base_amount: dice.amount(),
    }
}

fn place(dice: &mut Dice) -> RowPlace {
    RowPlace { seq: dice.below(1 << 32), row: dice.small(1 << 24) }
}

pub fn usage_row(dice: &mut Dice, place_of: RowPlace) -> UsageRow<'static> {
    let reverses = dice.option(place);
    UsageRow {
        place: place_of,
        partition: 0,
        sign: if reverses.is_some() { -1 } else { 1 },
        reverses,
        identity: IdentityKey(u128::from(dice.next()) << 64 | u128::from(dice.next())),
        content: ContentHash(dice.next()),
        posting_day: Day(20_000 + i32::try_from(dice.below(4)).unwrap()),
        catalog_version: dice.small(9),
        base_currency: dice.currency(),
        source: dice.name(),
        call_id: Cow::Owned(format!("call-{}", dice.below(40))),
        branch: dice.text(),
        version: dice.option(|dice| dice.next().cast_signed()),
        start: dice.instant(),
        answer: dice.instant(),
        duration_ms: if dice.below(9) == 0 { u64::MAX } else { dice.below(4_000_000) },
        marked_answered: dice.flag(),
        last_attempt: dice.flag(),
        clean: dice.flag(),
        ingress: dice.text(),
        egress: dice.text(),
        caller: dice.text(),
        called: dice.text(),
        called_egress: dice.text(),
        lrn: dice.text(),
        stated_revenue: dice.option(Dice::price),
        stated_cost: dice.option(Dice::price),
        rated: RatedCall { customer: dice.option(side), supplier: dice.option(side) },
    }
}

fn suspense_row(dice: &mut Dice, place_of: RowPlace) -> SuspenseRow<'static> {
    let takes_out = dice.option(place);
    SuspenseRow {
        place: place_of,
        partition: 0,
        sign: if takes_out.is_some() { -1 } else { 1 },
        cause: SuspenseCause::from_code(1 + dice.small(6) as u8).unwrap(),
        takes_out,
        identity: IdentityKey(u128::from(dice.next())),
        content: ContentHash(dice.next()),
        version: dice.option(|dice| dice.next().cast_signed()),
        record: Cow::Borrowed([&b""[..], b"c1,2026-06-01", b"\xff\x00not UTF-8"][dice.below(3) as usize]),
        mapping: Cow::Borrowed("plain"),
        header: dice.text(),
        at: dice.text(),
        source: dice.option(Dice::name),
        call_id: Cow::Owned(format!("call-{}", dice.below(40))),
        branch: dice.text(),
        start: dice.option(Dice::instant),
        rejection: Rejection {
            reason: Reason::from_code(1 + dice.small(13) as u8).unwrap(),
            side: [None, Some(Side::Customer), Some(Side::Supplier)][dice.below(3) as usize],
            customer_charge: dice.option(Dice::amount),
            supplier_charge: dice.option(Dice::amount),
        },
        note: dice.text(),
        first_seen: dice.instant(),
    }
}

pub fn claim(seq: u64) -> Claim {
    let request = ClaimRequest {
        partition: 0,
        seq,
        id: format!("claim_{seq}"),
        predecessor: None,
        feed: Feed::File { feed: 1 },
        range: 0..1,
        first_line: 1,
        line_count: 1,
        digest: [0; 32],
        catalog_version: 1,
        rating_revision: 1,
        claimed_at: Instant(0),
        horizon: None,
    };
    Claim { request, first_open_day: Day(0) }
}

/// A batch's rows, as they were pushed and as columns.
pub struct Batch {
    pub claim: Claim,
    pub usage: Vec<UsageRow<'static>>,
    pub suspense: Vec<SuspenseRow<'static>>,
}

impl Batch {
    pub fn new(dice: &mut Dice, seq: u64, row_count: u32) -> Self {
        let places = || (0..row_count).map(move |row| RowPlace { seq, row });
        let usage = places().map(|place| usage_row(dice, place)).collect();
        let suspense = places().map(|place| suspense_row(dice, place)).collect();
        Self { claim: claim(seq), usage, suspense }
    }

    pub fn journal(&self) -> Journal {
        let mut journal = Journal { usage: UsageColumns::default(), ..Journal::default() };
        self.usage.iter().for_each(|row| journal.usage.push(row));
        self.suspense.iter().for_each(|row| journal.suspense.push(row));
        journal
    }
}
