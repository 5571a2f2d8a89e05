//! The small world's records: their text, how it is understood, what they cost under each catalog version.
//!
//! A line is `c<call> <version or -> <content>`. `!` before it makes it malformed until the mapping is mended. Content
//! is a number from which everything else follows: answer day, whether and from which catalog version on it can be
//! rated, and what it costs.

use didtron_domain::{
    Amount, CallBatch, CallRecord, Currency, Day, IdentityKey, Instant, NameId, RatedCall, RatedColumns, RatedSide,
    Reason, Rejection, Side,
};
use didtron_pipeline::Rate;
use didtron_ports::{CallSource, Chunk, Decode, Error};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the mappings are in their later form.
pub type Mended = Arc<AtomicBool>;

pub const HEADER: &str = "call version content";
pub const FIRST_DAY: Day = Day(20_000);
/// This content answers two days after the world began.
pub const LATE_ANSWER: u32 = 9;
pub const CONTENTS: u32 = 12;
pub const CATALOGS: u32 = 4;

/// A line as the mapping understands it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    pub call: u32,
    pub version: Option<i64>,
    pub content: u32,
}

impl Line {
    pub fn understand(text: &str, is_mended: bool) -> Option<Self> {
        let text = if is_mended { text.trim_start_matches('!') } else { text };
        let mut words = text.strip_prefix('c')?.split(' ');
        let (call, version, content) = (words.next()?, words.next()?, words.next()?);
        Some(Self { call: call.parse().ok()?, version: version.parse().ok(), content: content.parse().ok()? })
    }

    pub fn start(self) -> Instant {
        FIRST_DAY.midnight().plus_micros(i64::from(self.call) * 1_000_000)
    }

    pub fn answer(self) -> Instant {
        let day = if self.content == LATE_ANSWER { 9 } else { i64::from(self.content % 5) };
        FIRST_DAY.midnight().plus_micros((day * 86_400 + i64::from(self.content)) * 1_000_000)
    }

    pub fn identity(self, mapping: &str) -> IdentityKey {
        IdentityKey::of_call(mapping, &format!("c{}", self.call), "", self.start())
    }

    fn push(self, batch: &mut CallBatch, span: Range<usize>, line: u64) {
        let call_id = format!("c{}", self.call);
        let call = CallRecord {
            source: &batch.mapping.clone(),
            call_id: &call_id,
            version: self.version,
            start: self.start(),
            answer: self.answer(),
            duration_ms: u64::from(self.content),
            marked_answered: true,
            ..CallRecord::PLACEHOLDER
        };
        batch.push(span, line, self.identity(&batch.mapping.clone()), &call);
    }
}

/// What a content costs, or why it cannot be rated, under a catalog version.
pub fn verdict(content: u32, version: u32) -> Result<RatedCall, Rejection> {
    let [customer, supplier] = [Side::Customer, Side::Supplier].map(|side| side_verdict(side, content, version));
    let charge = |side: Result<RatedSide, Reason>| side.ok().map(|side| side.charge);
    let (side, reason) = match (customer, supplier) {
        (Ok(customer), Ok(supplier)) => {
            return Ok(RatedCall { customer: Some(customer), supplier: Some(supplier) });
        }
        (_, Err(reason)) => (Side::Supplier, reason),
        (Err(reason), Ok(_)) => (Side::Customer, reason),
    };
    let (customer_charge, supplier_charge) = (charge(customer), charge(supplier));
    Err(Rejection { reason, side: Some(side), customer_charge, supplier_charge })
}

/// Likewise of one side.
pub fn side_verdict(side: Side, content: u32, version: u32) -> Result<RatedSide, Reason> {
    match side {
        Side::Customer => {
            let from = [1, 1, 2, 3][content as usize % 4];
            match version + 1 {
                next if next > from => Ok(rated_side(1, content, version)),
                next if next == from => Err(Reason::NoRate),
                _ => Err(Reason::UnknownCustomer),
            }
        }
        Side::Supplier => {
            let is_blocked = content % 6 == 5 && version >= 2;
            if is_blocked { Err(Reason::BlockedDestination) } else { Ok(rated_side(2, content, version)) }
        }
    }
}

/// Some contents, and some sides of others, cost the same under versions 2 and 3.
fn rated_side(carrier: u32, content: u32, version: u32) -> RatedSide {
    let step = if [0, carrier].contains(&(content % 3)) { version / 2 } else { version };
    let amount = i64::from(content * 1000 + step * 10 + carrier);
    RatedSide {
        carrier: Some(NameId(carrier)),
        billed_s: u64::from(content),
        charge: Amount(amount),
        amount: Amount(amount),
        account_currency: Some(currency()),
        base_amount: Amount(2 * amount),
        ..RatedSide::default()
    }
}

pub fn currency() -> Currency {
    Currency::parse("EUR").expect("a currency")
}

/// One catalog version of the world.
#[derive(Debug)]
pub struct FakeCatalog(pub u32);

impl Rate for FakeCatalog {
    fn rate(&self, batch: &CallBatch, rows: Range<usize>, out: &mut RatedColumns) {
        for duration_ms in &batch.duration_ms[rows] {
            let content = u32::try_from(*duration_ms).expect("a content");
            let (row, verdict) = (out.len(), verdict(content, self.0));
            out.push(verdict);
            if verdict.is_err() {
                // What is known of a rejected call's sides is there nevertheless.
                for (side, columns) in [(Side::Customer, &mut out.customer), (Side::Supplier, &mut out.supplier)] {
                    columns.set(row, &side_verdict(side, content, self.0).unwrap_or_default());
                }
            }
        }
    }

    fn version(&self) -> u32 {
        self.0
    }

    fn base_currency(&self) -> Option<Currency> {
        Some(currency())
    }
}

/// A file as it was when it was opened.
#[derive(Clone, Debug)]
pub struct FakeSource {
    bytes: Arc<[u8]>,
    mapping: &'static str,
    is_mended: Mended,
    offset: usize,
    line: u64,
}

impl FakeSource {
    pub fn new(bytes: &[u8], mapping: &'static str, is_mended: Mended) -> Self {
        Self { bytes: bytes.into(), mapping, is_mended, offset: 0, line: 1 }
    }

    fn take(&self, range: Range<u64>, first_line: u64) -> Option<Chunk> {
        let raw = self.bytes.get(range.start as usize..range.end as usize)?.to_vec();
        let line_count = raw.iter().filter(|byte| **byte == b'\n').count() as u64;
        Some(Chunk { range, first_line, line_count, digest: *blake3::hash(&raw).as_bytes(), raw })
    }
}

impl CallSource for FakeSource {
    fn seek(&mut self, offset: u64, line: u64) -> Result<(), Error> {
        (self.offset, self.line) = (offset as usize, line);
        Ok(())
    }

    fn next_chunk(&mut self, record_count: usize) -> Result<Option<Chunk>, Error> {
        let rest = &self.bytes[self.offset..];
        let ends = rest.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        let Some(end) = ends.take(record_count).last() else { return Ok(None) };
        let range = self.offset as u64..(self.offset + end) as u64;
        let chunk = self.take(range, self.line).expect("the range lies within");
        (self.offset, self.line) = (self.offset + end, self.line + chunk.line_count);
        Ok(Some(chunk))
    }

    fn chunk(&mut self, range: Range<u64>, first_line: u64) -> Result<Chunk, Error> {
        self.take(range, first_line).ok_or_else(|| Error::Damaged("the file is shorter than it was".to_owned()))
    }

    fn head_digest(&mut self, bytes: u64) -> Result<Option<[u8; 32]>, Error> {
        Ok(self.bytes.get(..bytes as usize).map(|head| *blake3::hash(head).as_bytes()))
    }

    fn decode(&self, chunk: Chunk) -> CallBatch {
        let is_mended = self.is_mended.load(Ordering::Relaxed);
        let mut batch = empty(self.mapping, is_mended);
        let mut begin = 0;
        let mut line = chunk.first_line;
        batch.raw = chunk.raw;
        while begin < batch.raw.len() {
            let length = batch.raw[begin..].iter().position(|byte| *byte == b'\n').expect("whole lines");
            push(&mut batch, begin..begin + length, line, is_mended);
            (begin, line) = (begin + length + 1, line + 1);
        }
        batch
    }
}

fn empty(mapping: &str, is_mended: bool) -> CallBatch {
    CallBatch {
        mapping: mapping.to_owned(),
        header: HEADER.to_owned(),
        file: "calls".to_owned(),
        rewrites: rewrites(mapping, is_mended),
        ..CallBatch::default()
    }
}

/// The mapping `strict` says that its source does not rewrite calls, until it is mended.
pub fn rewrites(mapping: &str, is_mended: bool) -> bool {
    mapping != "strict" || is_mended
}

fn push(batch: &mut CallBatch, span: Range<usize>, line: u64, is_mended: bool) {
    let text = str::from_utf8(&batch.raw[span.clone()]).expect("text").to_owned();
    match Line::understand(&text, is_mended) {
        Some(call) => call.push(batch, span, line),
        None => batch.push_malformed(span, line, "it begins with an exclamation mark".to_owned()),
    }
}

/// Both mappings in their present form.
#[derive(Debug, Default)]
pub struct FakeDecoder {
    pub is_mended: Mended,
}

impl Decode for FakeDecoder {
    fn decode_records(&self, mapping: &str, header: &str, records: &[(Vec<u8>, String)]) -> Result<CallBatch, Error> {
        assert_eq!(header, HEADER, "a record comes back with its header");
        let is_mended = self.is_mended.load(Ordering::Relaxed);
        let mut batch = empty(mapping, is_mended);
        for (text, _) in records {
            let begin = batch.raw.len();
            batch.raw.extend_from_slice(text);
            let end = batch.raw.len();
            push(&mut batch, begin..end, 1, is_mended);
        }
        Ok(batch)
    }
}
