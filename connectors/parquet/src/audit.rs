//! What the usage journal itself says: accruals, totals, counts and digests, recomputed from its rows alone.

use crate::damage::{illegal, spoilt};
use crate::file::{Cut, OpenFile, positions};
use crate::parallel;
use arrow::array::{Array, ArrowPrimitiveType, AsArray, PrimitiveArray, RecordBatch};
use arrow::datatypes::{Date32Type, Decimal64Type, Int8Type, UInt8Type, UInt32Type, UInt64Type};
use didtron_domain::digest::{DigestSide, row_hash};
use didtron_domain::{Currency, Day, E164, IdentityKey, NameId, Side, UsageDigest};
use didtron_ports::{Error, JournalKind, StoredFile};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// What an accrual is kept by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccrualKey {
    pub carrier: NameId,
    pub side: Side,
    /// The account's currency.
    pub currency: Currency,
    /// The posting day.
    pub day: Day,
}

/// What the rows of one batch add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchSums {
    /// Rows of both signs.
    pub rows: u64,
    /// Rows in force: ratings less reversals.
    pub calls: i64,
    pub digest: UsageDigest,
}

/// Signed sums over rows, which are sums over the rows in force; micro-units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CurrencyTotals {
    pub revenue: i128,
    pub cost: i128,
}

impl CurrencyTotals {
    /// Revenue less cost.
    #[must_use]
    pub const fn margin(self) -> i128 {
        self.revenue - self.cost
    }
}

/// What the usage journal adds up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditSums {
    /// Micro-units by account and posting day, as settling adds them up; a sum of zero is here where it has rows.
    pub accruals: BTreeMap<AccrualKey, i128>,
    /// By base currency.
    pub totals: BTreeMap<Currency, CurrencyTotals>,
    /// By partition and batch.
    pub batches: BTreeMap<(u32, u64), BatchSums>,
    /// Rows of both signs.
    pub rows: u64,
    /// Identities with a rating in force.
    pub calls: i64,
    /// The digest of the current truth.
    pub digest: UsageDigest,
}

impl AuditSums {
    fn merge(&mut self, part: Self) {
        for (key, amount) in part.accruals {
            *self.accruals.entry(key).or_default() += amount;
        }
        for (currency, totals) in part.totals {
            let sum = self.totals.entry(currency).or_default();
            sum.revenue += totals.revenue;
            sum.cost += totals.cost;
        }
        for (batch, sums) in part.batches {
            let sum = self.batches.entry(batch).or_default();
            sum.rows += sums.rows;
            sum.calls += sums.calls;
            sum.digest.merge(sums.digest);
        }
        self.rows += part.rows;
        self.calls += part.calls;
        self.digest.merge(part.digest);
    }
}

/// In the order of the layout, which is the order in which they are read.
const HEAD: [&str; 7] = ["partition", "seq", "sign", "identity_high", "identity_low", "posting_day", "base_currency"];
const SIDE: [&str; 9] = [
    "carrier",
    "number",
    "looked_up",
    "prefix_length",
    "billed_s",
    "charge",
    "amount",
    "account_currency",
    "base_amount",
];

/// Sums up the usage files among `files`, row group by row group in parallel.
pub(crate) fn audit(root: &Path, files: &[StoredFile]) -> Result<AuditSums, Error> {
    let files: Vec<_> = files.iter().filter(|file| file.journal == JournalKind::Usage).collect();
    let open = parallel::each(&files, |stored| OpenFile::open(root, stored, false))?;
    let parts: Vec<_> =
        open.iter().flat_map(|file| (0..file.row_group_count()).map(move |row_group| (file, row_group))).collect();
    let sums = parallel::each(&parts, |(file, row_group)| sums_of(file, *row_group))?;
    let mut all = AuditSums::default();
    sums.into_iter().for_each(|part| all.merge(part));
    Ok(all)
}

fn sums_of(file: &OpenFile<'_>, row_group: usize) -> Result<AuditSums, Error> {
    let mut names: Vec<String> = HEAD.iter().map(|&name| name.to_owned()).collect();
    for side in ["customer_", "supplier_"] {
        names.extend(SIDE.iter().map(|name| format!("{side}{name}")));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let columns = positions(JournalKind::Usage, &names);
    let mut sums = Sums::default();
    let cut = Cut { row_group: Some(row_group), columns: Some(columns), ..Cut::default() };
    file.read(cut, |batch| sums.add(&batch).map_err(|why| spoilt(file.stored, why)))?;
    sums.finish().map_err(|why| spoilt(file.stored, why))
}

/// Sums with currencies still as bits, which hash and compare faster.
#[derive(Default)]
struct Sums {
    accruals: HashMap<(u32, Side, u32, i32), i128>,
    totals: HashMap<u32, CurrencyTotals>,
    batches: BTreeMap<(u32, u64), BatchSums>,
}

fn column<T: ArrowPrimitiveType>(batch: &RecordBatch, at: usize) -> &PrimitiveArray<T> {
    batch.column(at).as_primitive()
}

fn valid<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, at: usize) -> Option<T::Native> {
    array.is_valid(at).then(|| array.value(at))
}

/// One side's columns of a batch.
struct SideArrays<'a> {
    side: Side,
    carrier: &'a PrimitiveArray<UInt32Type>,
    number: &'a PrimitiveArray<UInt64Type>,
    looked_up: &'a PrimitiveArray<UInt64Type>,
    prefix_length: &'a PrimitiveArray<UInt8Type>,
    billed_s: &'a PrimitiveArray<UInt64Type>,
    charge: &'a PrimitiveArray<Decimal64Type>,
    amount: &'a PrimitiveArray<Decimal64Type>,
    account_currency: &'a PrimitiveArray<UInt32Type>,
    base_amount: &'a PrimitiveArray<Decimal64Type>,
}

impl<'a> SideArrays<'a> {
    fn new(batch: &'a RecordBatch, side: Side) -> Self {
        let first = HEAD.len() + if side == Side::Supplier { SIDE.len() } else { 0 };
        Self {
            side,
            carrier: column(batch, first),
            number: column(batch, first + 1),
            looked_up: column(batch, first + 2),
            prefix_length: column(batch, first + 3),
            billed_s: column(batch, first + 4),
            charge: column(batch, first + 5),
            amount: column(batch, first + 6),
            account_currency: column(batch, first + 7),
            base_amount: column(batch, first + 8),
        }
    }

    /// The side's part of the row's hash: a reversal stores the negated charge of the row that it takes back.
    fn digest_part(&self, at: usize, sign: i8) -> Result<DigestSide, String> {
        if self.charge.is_null(at) {
            return Ok(None);
        }
        let (prefix, length) = match valid(self.prefix_length, at) {
            None => (0, 0),
            Some(length) => {
                let number = valid(self.looked_up, at).or_else(|| valid(self.number, at));
                let number = number.and_then(E164::from_value).ok_or_else(|| illegal("prefix_length", length))?;
                (number.prefix(length).value(), length)
            }
        };
        Ok(Some((self.charge.value(at) * i64::from(sign), prefix, length, self.billed_s.value(at))))
    }
}

impl Sums {
    fn add(&mut self, batch: &RecordBatch) -> Result<(), String> {
        let (partition, seq) = (column::<UInt32Type>(batch, 0).values(), column::<UInt64Type>(batch, 1).values());
        let sign = column::<Int8Type>(batch, 2).values();
        let (high, low) = (column::<UInt64Type>(batch, 3).values(), column::<UInt64Type>(batch, 4).values());
        let day = column::<Date32Type>(batch, 5).values();
        let base_currency = column::<UInt32Type>(batch, 6).values();
        let sides = [SideArrays::new(batch, Side::Customer), SideArrays::new(batch, Side::Supplier)];
        for at in 0..batch.num_rows() {
            let identity = IdentityKey(u128::from(high[at]) << 64 | u128::from(low[at]));
            let [customer, supplier] = [sides[0].digest_part(at, sign[at])?, sides[1].digest_part(at, sign[at])?];
            let sums = self.batches.entry((partition[at], seq[at])).or_default();
            sums.rows += 1;
            sums.calls += i64::from(sign[at]);
            sums.digest.add(sign[at], row_hash(identity, customer, supplier));
            self.add_money(&sides, at, day[at], base_currency[at])?;
        }
        Ok(())
    }

    fn add_money(&mut self, sides: &[SideArrays<'_>; 2], at: usize, day: i32, base: u32) -> Result<(), String> {
        for side in sides {
            let amount = valid(side.amount, at).unwrap_or(0);
            match (valid(side.carrier, at), valid(side.account_currency, at)) {
                (Some(carrier), Some(currency)) => {
                    *self.accruals.entry((carrier, side.side, currency, day)).or_default() += i128::from(amount);
                }
                _ if amount == 0 => {}
                _ => return Err(illegal("amount", format_args!("{amount} without an account"))),
            }
        }
        let totals = self.totals.entry(base).or_default();
        totals.revenue += i128::from(valid(sides[0].base_amount, at).unwrap_or(0));
        totals.cost += i128::from(valid(sides[1].base_amount, at).unwrap_or(0));
        Ok(())
    }

    fn finish(self) -> Result<AuditSums, String> {
        let currency = |bits| Currency::from_bits(bits).ok_or_else(|| illegal("currency", bits));
        let mut sums = AuditSums::default();
        for ((carrier, side, bits, day), amount) in self.accruals {
            let key = AccrualKey { carrier: NameId(carrier), side, currency: currency(bits)?, day: Day(day) };
            sums.accruals.insert(key, amount);
        }
        for (bits, totals) in self.totals {
            sums.totals.insert(currency(bits)?, totals);
        }
        for batch in self.batches.values() {
            sums.rows += batch.rows;
            sums.calls += batch.calls;
            sums.digest.merge(batch.digest);
        }
        sums.batches = self.batches;
        Ok(sums)
    }
}
