//! A journal of two batches: ratings, a correction, absent sides, and records that wait or no longer do.

use didtron_domain::catalog::{BillingModel, CarrierKind};
use didtron_domain::deck::VersionMode;
use didtron_domain::{
    Amount, ContentHash, Currency, Day, E164, IdentityKey, Instant, Jurisdiction, NameId, Price, RatedCall, RatedRow,
    RatedSide, Reason, Rejection, Side,
};
use didtron_parquet::ParquetStore;
use didtron_ports::{
    Claim, ClaimRequest, Feed, Journal, RowPlace, StoredFile, SuspenseCause, SuspenseRow, UsageRow, UsageStore,
};
use didtron_query::{BatchCause, BatchKind, CarrierRow, DeckRow, Format, Session, Source};
use std::sync::Arc;
use tempfile::TempDir;

pub const NAMES: [&str; 10] = [
    "switch-a",
    "acme",
    "acme-in",
    "acme-premium",
    "Germany, mobile",
    "europe",
    "base-out",
    "sol",
    "sol-out",
    "sol-std",
];

pub fn name(text: &str) -> NameId {
    let at = NAMES.iter().position(|known| *known == text).unwrap();
    NameId(u32::try_from(at).unwrap() + 1)
}

pub fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

pub fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

/// The store's folder, which lives as long as the world, and what a session needs.
pub struct World {
    pub folder: TempDir,
    pub files: Vec<StoredFile>,
    pub batches: Vec<BatchCause>,
}

impl World {
    pub fn empty() -> Self {
        Self { folder: TempDir::new().unwrap(), files: Vec::new(), batches: Vec::new() }
    }

    /// Two batches; the second takes a rating and a waiting record of the first back.
    pub async fn new() -> Self {
        let mut world = Self::empty();
        world.write(1, first_batch()).await;
        world.write(2, second_batch()).await;
        world
    }

    /// A batch of a file.
    pub async fn write(&mut self, seq: u64, journal: Journal) {
        self.write_of(BatchCause { partition: 0, seq, kind: BatchKind::File, id: None }, journal).await;
    }

    pub async fn write_of(&mut self, batch: BatchCause, journal: Journal) {
        let seq = batch.seq;
        self.batches.push(batch);
        let store = ParquetStore::new(self.folder.path());
        self.files.extend(store.write(&claim(seq), Arc::new(journal)).await.unwrap());
    }

    pub fn source(&self) -> Source {
        let names = (1..).map(NameId).zip(NAMES.map(str::to_owned)).collect();
        Source {
            root: self.folder.path().to_owned(),
            files: self.files.clone(),
            names,
            carriers: vec![carrier()],
            decks: vec![deck()],
            batches: self.batches.clone(),
        }
    }

    pub async fn session(&self) -> Session {
        Session::open(self.source(), 2).await.unwrap()
    }
}

/// A session over the two batches, and the folder that must outlive it.
pub async fn small() -> (TempDir, Session) {
    let world = World::new().await;
    let session = world.session().await;
    (world.folder, session)
}

/// An answer as text.
pub async fn ask(session: &Session, format: Format, sql: &str) -> String {
    let mut out = Vec::new();
    session.sql(sql).await.unwrap().write(format, &mut out).await.unwrap();
    String::from_utf8(out).unwrap()
}

/// The lines of an answer as CSV, without the header.
pub async fn lines(session: &Session, sql: &str) -> Vec<String> {
    ask(session, Format::Csv, sql).await.lines().skip(1).map(str::to_owned).collect()
}

fn claim(seq: u64) -> Claim {
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
        claimed_at: at("2026-06-03T00:00:00Z"),
        horizon: None,
    };
    Claim { request, first_open_day: Day::parse("2026-06-01").unwrap() }
}

fn carrier() -> CarrierRow {
    CarrierRow {
        name: "acme".to_owned(),
        kind: CarrierKind::Customer,
        billing_model: BillingModel::Wholesaler,
        currency: currency("EUR"),
    }
}

fn deck() -> DeckRow {
    DeckRow {
        deck: "base-out".to_owned(),
        direction: Side::Customer,
        currency: currency("USD"),
        zone: "UTC".to_owned(),
        version: 1,
        mode: VersionMode::Full,
        effective: None,
        rows: 3,
        imported_at: at("2026-05-01T00:00:00.000001Z"),
        source_file: "base.csv".to_owned(),
        in_catalog: true,
    }
}

pub fn customer(base_micros: i64) -> RatedSide {
    RatedSide {
        carrier: Some(name("acme")),
        interconnect: Some(name("acme-in")),
        service: Some(name("acme-premium")),
        number: E164::from_value(49_170_123_456_789),
        looked_up: E164::from_value(491_719_999),
        row: Some(RatedRow {
            prefix_length: 5,
            destination: name("Germany, mobile"),
            group: Some(name("europe")),
            deck: name("base-out"),
            deck_version: 2,
            rate: Price::parse("0.0101").unwrap(),
            jurisdiction: Some(Jurisdiction::Eea),
            currency: currency("USD"),
        }),
        blocked: false,
        whole_s: 60,
        billed_s: 66,
        charge: Amount(base_micros),
        amount: Amount(base_micros / 2),
        account_currency: Some(currency("EUR")),
        fx_rate: Some(500_000_000_000),
        fx_day: Some(Day::parse("2026-05-31").unwrap()),
        base_amount: Amount(base_micros),
    }
}

pub fn supplier(base_micros: i64) -> RatedSide {
    RatedSide {
        carrier: Some(name("sol")),
        interconnect: Some(name("sol-out")),
        service: Some(name("sol-std")),
        number: E164::from_value(49_170_123_456_789),
        looked_up: E164::from_value(49_170_123_456_789),
        blocked: true,
        charge: Amount(base_micros),
        amount: Amount(base_micros),
        account_currency: Some(currency("USD")),
        base_amount: Amount(base_micros),
        ..RatedSide::default()
    }
}

pub struct Call<'a> {
    pub id: &'a str,
    pub answer: &'a str,
    pub duration_ms: u64,
    pub customer: Option<RatedSide>,
    pub supplier: Option<RatedSide>,
}

pub fn usage(seq: u64, row: u32, call: &Call<'_>) -> UsageRow<'static> {
    let answer = at(call.answer);
    UsageRow {
        place: RowPlace { seq, row },
        partition: 0,
        sign: 1,
        reverses: None,
        identity: IdentityKey::of_call("switch-a", call.id, "", answer),
        content: ContentHash(u64::from(row)),
        posting_day: answer.day(),
        catalog_version: 1,
        base_currency: currency("USD"),
        source: name("switch-a"),
        call_id: call.id.to_owned().into(),
        branch: "".into(),
        version: None,
        start: answer.plus_micros(-5_000_000),
        answer,
        duration_ms: call.duration_ms,
        marked_answered: call.duration_ms > 0,
        last_attempt: false,
        clean: false,
        ingress: "acme-in".into(),
        egress: "sol-out".into(),
        caller: "+4930123".into(),
        called: "0049170123456789".into(),
        called_egress: "".into(),
        lrn: "".into(),
        stated_revenue: Price::parse("0.5").ok(),
        stated_cost: None,
        rated: RatedCall { customer: call.customer, supplier: call.supplier },
    }
}

pub const CORRECTED: Call<'static> =
    Call { id: "c1", answer: "2026-06-01T10:00:30Z", duration_ms: 60_000, customer: None, supplier: None };

fn first_batch() -> Journal {
    let mut journal = Journal::default();
    let both = Call { customer: Some(customer(1_500_000)), supplier: Some(supplier(1_000_000)), ..CORRECTED };
    let calls = [
        both,
        Call {
            id: "c2",
            answer: "2026-06-01T10:00:59.5Z",
            duration_ms: 30_000,
            supplier: Some(supplier(250_000)),
            ..CORRECTED
        },
        Call { id: "c3", answer: "2026-06-01T10:01:00Z", duration_ms: 0, customer: Some(customer(0)), ..CORRECTED },
        Call {
            id: "c4",
            answer: "2026-06-02T00:00:00Z",
            duration_ms: 20_000,
            customer: Some(customer(100_000)),
            supplier: Some(supplier(400_000)),
        },
    ];
    for (row, call) in (0..).zip(&calls) {
        journal.usage.push(&usage(1, row, call));
    }
    journal.suspense.push(&waiting(1, 0, b"broken \xff,line", None));
    journal.suspense.push(&waiting(1, 1, b"c8,...", Some("c8")));
    journal.suspense.push(&waiting(1, 2, b"c9,...", Some("c9")));
    journal
}

fn second_batch() -> Journal {
    let mut journal = Journal::default();
    let old = Call { customer: Some(customer(-1_500_000)), supplier: Some(supplier(-1_000_000)), ..CORRECTED };
    let reverses = Some(RowPlace { seq: 1, row: 0 });
    journal.usage.push(&UsageRow { sign: -1, reverses, ..usage(2, 0, &old) });
    let new = Call {
        duration_ms: 90_000,
        customer: Some(customer(2_000_000)),
        supplier: Some(supplier(1_000_000)),
        ..CORRECTED
    };
    journal.usage.push(&UsageRow { version: Some(7), branch: "b".into(), ..usage(2, 1, &new) });
    let out = SuspenseRow {
        sign: -1,
        cause: SuspenseCause::Redriven,
        takes_out: Some(RowPlace { seq: 1, row: 1 }),
        ..waiting(2, 0, b"c8,...", Some("c8"))
    };
    journal.suspense.push(&out);
    journal
}

fn waiting(seq: u64, row: u32, record: &'static [u8], call_id: Option<&'static str>) -> SuspenseRow<'static> {
    let rejection = match call_id {
        None => Rejection { reason: Reason::MalformedRecord, side: None, customer_charge: None, supplier_charge: None },
        Some(_) => Rejection {
            reason: Reason::NoRate,
            side: Some(Side::Customer),
            customer_charge: None,
            supplier_charge: Some(Amount(125_000)),
        },
    };
    SuspenseRow {
        place: RowPlace { seq, row },
        partition: 0,
        sign: 1,
        cause: SuspenseCause::Rejected,
        takes_out: None,
        identity: IdentityKey(u128::from(row)),
        content: ContentHash(u64::from(row)),
        version: None,
        record: record.into(),
        mapping: "plain".into(),
        header: "call_id,start".into(),
        at: format!("calls.csv:{}", row + 2).into(),
        source: call_id.map(|_| name("switch-a")),
        call_id: call_id.unwrap_or_default().into(),
        branch: "".into(),
        start: call_id.map(|_| at("2026-06-01T09:00:00Z")),
        rejection,
        note: if call_id.is_none() { "start: not an instant".into() } else { "".into() },
        first_seen: at("2026-06-03T00:00:00Z"),
    }
}
