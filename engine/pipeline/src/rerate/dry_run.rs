//! What a re-rate would do: the same scan and the same judgement, added up and not booked.

use crate::error::RunError;
use crate::outside::Rate;
use crate::rerate::again::{reversed, target};
use crate::rerate::judge::{CutBy, Judge, Judged, LOCKED, Part, Parts, Window};
use crate::rerate::kept::{FirstKept, SeeKept};
use crate::rerate::target::of;
use didtron_domain::{Currency, Day, Found, IdentityKey, NameId, RatedColumns, Side, SideColumns};
use didtron_ports::{Error, Fields, Kept, KeptCall, RowPlace, Scan, Scope, See, StoredFile, StoredRows, UsageStore};
use rustc_hash::FxHashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

/// What changed calls come to, new less old, in micro-units of the base currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// How many.
    pub calls: u64,
    /// What customers owe.
    pub revenue: i128,
    /// What suppliers are owed.
    pub cost: i128,
}

impl Change {
    /// What is left of revenue after cost.
    #[must_use]
    pub const fn margin(&self) -> i128 {
        self.revenue - self.cost
    }

    fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.revenue += other.revenue;
        self.cost += other.cost;
    }
}

/// An account, the day of the calls, and the day that the change posts to: another one where that day is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MovedAccount {
    /// Whose.
    pub carrier: NameId,
    /// As what.
    pub side: Side,
    /// The account's.
    pub currency: Currency,
    /// Of the answers.
    pub answer_day: Day,
    /// Of the accruals.
    pub posting_day: Day,
}

/// A call that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangedCall {
    /// Its row in force.
    pub place: RowPlace,
    /// Revenue and cost as they are, micro-units of the base currency.
    pub old: (i64, i64),
    /// As they would be.
    pub new: (i64, i64),
}

impl ChangedCall {
    fn margin_difference(&self) -> i128 {
        let margin = |(revenue, cost): (i64, i64)| i128::from(revenue) - i128::from(cost);
        margin(self.new) - margin(self.old)
    }
}

/// What a re-rate would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Calls in scope.
    pub calls: u64,
    /// What all changed ones come to.
    pub total: Change,
    /// Those that keep their rating, by why; none with 0.
    pub kept: Vec<(Kept, u64)>,
    /// The first of them by place.
    pub kept_calls: Vec<KeptCall>,
    /// By account and days, in micro-units of the account's currency; none with 0.
    pub moved: Vec<(MovedAccount, i128)>,
    /// By the customer's carrier.
    pub customers: Vec<(Option<NameId>, Change)>,
    /// By the supplier's carrier.
    pub suppliers: Vec<(Option<NameId>, Change)>,
    /// By destination: the customer's, else the supplier's.
    pub routes: Vec<(Option<NameId>, Change)>,
    /// By the day of the answer.
    pub days: Vec<(Day, Change)>,
    /// Those whose margin changes most, first the greatest.
    pub greatest: Vec<ChangedCall>,
}

/// How many of the calls that change most are named.
const GREATEST_MAX: usize = 20;

/// Looks at calls that change, some at a time, in any order and from several threads at once: their rows in force, what
/// they would be, and which of both. All columns are filled.
pub type SeeChanged = Arc<dyn Fn(&StoredRows, &RatedColumns, &[u32]) -> Result<(), Error> + Send + Sync>;

/// A re-rate to be tried.
#[derive(Clone)]
pub struct Trial<R> {
    /// What calls are rated by; it need not be published.
    pub catalog: Arc<R>,
    /// What they are rated by to be compared; `None`: with what they cost.
    pub against: Option<Arc<R>>,
    /// Which calls.
    pub scope: Scope,
    /// Where differences of closed days would post.
    pub first_open_day: Day,
    /// Shown every call that changes.
    pub see_changed: Option<SeeChanged>,
    /// Shown every call that keeps its rating.
    pub see_kept: Option<SeeKept>,
}

/// Rates what is in scope again and says what would change. Nothing is written.
///
/// The same figures as a [`crate::Pipeline::rerate`] books over the same files.
pub async fn try_rerate<S: UsageStore, R: Rate + 'static>(
    store: &S,
    files: &[StoredFile],
    trial: Trial<R>,
) -> Result<Differences, RunError> {
    let Trial { catalog, against, scope, first_open_day, see_changed, see_kept } = trial;
    let is_shown = see_changed.is_some() || see_kept.is_some();
    let fields = if is_shown { Fields::Whole } else { Fields::Judged };
    let against = against.map(|catalog| target(catalog, &scope)).transpose()?;
    let target = target(catalog, &scope)?;
    let parts = Parts(vec![Part { range: 0..IdentityKey::RANGE_END, before: u64::MAX }]);
    let reversed = reversed(store, files, &parts).await?;
    let window = Window { parts, cut_by: CutBy { place: false }, reversed };
    let answers = target.answers();
    let seen = Arc::new((Judge::new(target, against, window), Mutex::new(Sums::default())));
    let seeing = Arc::clone(&seen);
    let see: See = Arc::new(move |rows| {
        let (judge, sums) = &*seeing;
        let judged = judge.judge(rows);
        let changed = judged.changed();
        if let (Some(see), false) = (&see_changed, changed.is_empty()) {
            see(&judged.old, &judged.new, &changed)?;
        }
        let kept = judged.kept();
        if let (Some(see), false) = (&see_kept, kept.is_empty()) {
            see(&judged.old, &kept)?;
        }
        let mut sums = sums.lock().expect(LOCKED);
        sums.kept.add(&kept);
        sums.add(&judged, &changed, first_open_day);
        Ok(Vec::new())
    });
    store.scan(files, Scan { fields, answers, batches: None }, see).await?;
    let (judge, sums) = &*seen;
    judge.check()?;
    let tally = judge.cells.lock().expect(LOCKED).tally(&(0..IdentityKey::RANGE_END));
    let sums = std::mem::take(&mut *sums.lock().expect(LOCKED));
    Ok(Differences { calls: tally.calls, kept: tally.kept, ..sums.into_differences() })
}

/// What was added up so far.
#[derive(Debug, Default)]
struct Sums {
    total: Change,
    moved: FxHashMap<MovedAccount, i128>,
    customers: FxHashMap<Option<NameId>, Change>,
    suppliers: FxHashMap<Option<NameId>, Change>,
    routes: FxHashMap<Option<NameId>, Change>,
    days: FxHashMap<Day, Change>,
    greatest: Vec<ChangedCall>,
    kept: FirstKept,
}

impl Sums {
    fn add(&mut self, Judged { old, new, .. }: &Judged, changed: &[u32], first_open_day: Day) {
        for row in changed.iter().map(|row| *row as usize) {
            let rated = &old.columns.rated;
            let amounts = |rated: &RatedColumns| (rated.customer.base_amount[row], rated.supplier.base_amount[row]);
            let call = ChangedCall { place: RowPlace::unpack(old.places[row]), old: amounts(rated), new: amounts(new) };
            let less = |new: i64, old: i64| i128::from(new) - i128::from(old);
            let change = Change { calls: 1, revenue: less(call.new.0, call.old.0), cost: less(call.new.1, call.old.1) };
            let name = |side: Side, found, column: fn(&SideColumns) -> &[u32]| {
                let of_rated = |rated| of(rated, side).value(found, column(of(rated, side)), row).map(NameId);
                of_rated(rated).or_else(|| of_rated(new))
            };
            let carrier = |side| name(side, Found::CARRIER, |side| &side.carrier);
            let destination = |side| name(side, Found::ROW, |side| &side.destination);
            let day = old.columns.calls.answer[row].day();
            self.total.add(change);
            self.customers.entry(carrier(Side::Customer)).or_default().add(change);
            self.suppliers.entry(carrier(Side::Supplier)).or_default().add(change);
            let route = destination(Side::Customer).or_else(|| destination(Side::Supplier));
            self.routes.entry(route).or_default().add(change);
            self.days.entry(day).or_default().add(change);
            self.add_moved((rated, -1), row, (day, first_open_day));
            self.add_moved((new, 1), row, (day, first_open_day));
            self.add_greatest(call);
        }
    }

    fn add_moved(&mut self, (rated, sign): (&RatedColumns, i128), row: usize, (day, first_open_day): (Day, Day)) {
        for side in [Side::Customer, Side::Supplier] {
            let own = of(rated, side);
            let currency = own.value(Found::ACCOUNT_CURRENCY, &own.account_currency, row).and_then(Currency::from_bits);
            let carrier = own.value(Found::CARRIER, &own.carrier, row).map(NameId);
            let Some((carrier, currency)) = carrier.zip(currency) else { continue };
            let posting_day = day.max(first_open_day);
            let account = MovedAccount { carrier, side, currency, answer_day: day, posting_day };
            *self.moved.entry(account).or_default() += sign * i128::from(own.amount[row]);
        }
    }

    fn add_greatest(&mut self, call: ChangedCall) {
        let order = |call: &ChangedCall| (std::cmp::Reverse(call.margin_difference().unsigned_abs()), call.place);
        let at = self.greatest.partition_point(|known| order(known) < order(&call));
        if at < GREATEST_MAX {
            self.greatest.insert(at, call);
            self.greatest.truncate(GREATEST_MAX);
        }
    }

    fn into_differences(self) -> Differences {
        let Self { total, moved, customers, suppliers, routes, days, greatest, kept } = self;
        Differences {
            calls: 0,
            total,
            kept: Vec::new(),
            kept_calls: kept.into_calls(),
            moved: in_order(moved).into_iter().filter(|(_, amount)| *amount != 0).collect(),
            customers: in_order(customers),
            suppliers: in_order(suppliers),
            routes: in_order(routes),
            days: in_order(days),
            greatest,
        }
    }
}

fn in_order<K: Ord + Hash, V>(sums: FxHashMap<K, V>) -> Vec<(K, V)> {
    let mut sums: Vec<(K, V)> = sums.into_iter().collect();
    sums.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    sums
}
