//! What a catalog version says, as data: carriers, interconnects, services, plans, decks by reference and FX.
//! Its legality and its compiled form belong to `didtron-rating`.

use crate::amount::Amount;
use crate::currency::Currency;
use crate::deck::DeckHead;
use crate::instant::{Day, Instant};
use crate::number::DialPrefix;
use crate::policy::{BandSplit, DurationRounding, GraceMode, IncrementOrigin, words};
use crate::rejection::Side;
use crate::rounding::RoundingMode;

/// A catalog version's contents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogSpec {
    /// Of the margin; `None` in a catalog that holds decks only and cannot rate.
    pub base_currency: Option<Currency>,
    /// Days that are `holiday` and no weekday.
    pub holidays: Vec<Day>,
    /// Quotes, in the order given.
    pub quotes: Vec<Quote>,
    /// Named sets of caller prefixes.
    pub origin_sets: Vec<OriginSet>,
    /// Named sets of hours.
    pub time_classes: Vec<TimeClass>,
    /// Named pairs of country lists.
    pub country_lists: Vec<CountryLists>,
    /// The decks and the versions that are laid over each other, in order.
    pub decks: Vec<DeckRef>,
    /// Rating plans.
    pub plans: Vec<Plan>,
    /// Carriers.
    pub carriers: Vec<Carrier>,
    /// Interconnects.
    pub interconnects: Vec<Interconnect>,
    /// Services.
    pub services: Vec<Service>,
}

/// 1 `from` = `rate` `to` on `day`; `rate` is `numerator / denominator` exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The day it is dated.
    pub day: Day,
    /// The currency of which it prices one unit.
    pub from: Currency,
    /// The currency of the price.
    pub to: Currency,
    /// The rate's decimal text without its point, positive and below 10^18.
    pub numerator: i64,
    /// The power of ten of its decimals.
    pub denominator: i64,
    /// Who said so.
    pub source: String,
}

/// Callers by the front of their numbers (R12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginSet {
    /// Named by deck rows.
    pub name: String,
    /// A caller belongs to the set by the longest of them that its number begins with.
    pub prefixes: Vec<DialPrefix>,
}

/// Days of the week, and `Holiday`, which takes a day out of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum DayKind {
    /// `mon` in files.
    Monday = 0,
    /// `tue` in files.
    Tuesday,
    /// `wed` in files.
    Wednesday,
    /// `thu` in files.
    Thursday,
    /// `fri` in files.
    Friday,
    /// `sat` in files.
    Saturday,
    /// `sun` in files.
    Sunday,
    /// `holiday` in files.
    Holiday,
}
words!(DayKind {
    Monday = "mon",
    Tuesday = "tue",
    Wednesday = "wed",
    Thursday = "thu",
    Friday = "fri",
    Saturday = "sat",
    Sunday = "sun",
    Holiday = "holiday",
});

/// Hours by the clock on the wall of the deck's zone (R11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeClass {
    /// Named by deck rows.
    pub name: String,
    /// It holds where any of them does.
    pub bands: Vec<TimeBand>,
}

/// A span of the day on some days. It may pass midnight: then the hours after belong to the day it began on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeBand {
    /// The days on which it begins.
    pub days: Vec<DayKind>,
    /// Minutes after midnight, 0 to 1439.
    pub from_minute: u16,
    /// Exclusive, 0 to 1440; at or below `from_minute` it passes midnight.
    pub to_minute: u16,
}

/// E.164 country codes for EEA-style rows (R12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountryLists {
    /// Named by decks.
    pub name: String,
    /// Countries of the caller for the `eea` price.
    pub caller: Vec<DialPrefix>,
    /// Countries called for the `eea` price.
    pub called: Vec<DialPrefix>,
}

/// A deck and the numbers of the versions that hold in this catalog, in the order in which they are laid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeckRef {
    /// What its versions have in common.
    pub head: DeckHead,
    /// Numbers of its versions, in the order in which they are laid.
    pub versions: Vec<u32>,
}

/// A rating plan: layered decks and the policies of R1 to R13.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Named by services.
    pub name: String,
    /// Highest layer first.
    pub decks: Vec<String>,
    /// How its calls are priced.
    pub policies: Policies,
}

/// The named policies, each with its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies {
    /// Due on an unanswered record that names a supplier, in the carrier's currency (R1).
    pub attempt_fee: Option<Amount>,
    /// R2.
    pub duration_rounding: DurationRounding,
    /// For rows that have none.
    pub grace_s: u32,
    /// R3.
    pub grace_mode: GraceMode,
    /// R4.
    pub increment_origin: IncrementOrigin,
    /// 0 to 6.
    pub decimals: u8,
    /// R6.
    pub mode: RoundingMode,
    /// Least charge of a call with billed seconds, in the deck's currency (R7).
    pub min_charge: Option<Amount>,
    /// Greatest charge, likewise.
    pub max_charge: Option<Amount>,
    /// R11.
    pub band_split: BandSplit,
    /// Whether the LRN is looked up where there is one (R9).
    pub use_lrn: bool,
    /// How many days before the answer's the latest usable quote is dated (R13).
    pub fx_lag_days: u16,
    /// How much older it may be (R13).
    pub fx_max_age_days: u16,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            attempt_fee: None,
            duration_rounding: DurationRounding::default(),
            grace_s: 0,
            grace_mode: GraceMode::default(),
            increment_origin: IncrementOrigin::default(),
            decimals: 6,
            mode: RoundingMode::default(),
            min_charge: None,
            max_charge: None,
            band_split: BandSplit::default(),
            use_lrn: false,
            fx_lag_days: 1,
            fx_max_age_days: 7,
        }
    }
}

/// What a carrier is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CarrierKind {
    /// It sends calls.
    Customer,
    /// It carries calls.
    Supplier,
    /// Both.
    Bilateral,
}
words!(CarrierKind { Customer = "customer", Supplier = "supplier", Bilateral = "bilateral" });

/// How a carrier pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BillingModel {
    /// Prepaid.
    Individual,
    /// Prepaid.
    SmallBusiness,
    /// Postpaid.
    Enterprise,
    /// Postpaid.
    Wholesaler,
    /// Postpaid.
    CallCenter,
}
words!(BillingModel {
    Individual = "individual",
    SmallBusiness = "small_business",
    Enterprise = "enterprise",
    Wholesaler = "wholesaler",
    CallCenter = "call_center",
});

/// A commercial entity with one balance in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carrier {
    /// Unique among carriers.
    pub name: String,
    /// Which directions its interconnects may have.
    pub kind: CarrierKind,
    /// Prepaid or postpaid.
    pub billing_model: BillingModel,
    /// Of its account.
    pub currency: Currency,
}

/// A trunk of a carrier, and how numbers arrive on it (R9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interconnect {
    /// Unique among interconnects; call records name it as their party.
    pub name: String,
    /// Whose trunk it is.
    pub carrier: String,
    /// `Customer` for ingress, `Supplier` for egress.
    pub direction: Side,
    /// One of these is taken off the front, the first that fits.
    pub international_prefixes: Vec<String>,
    /// Whether `+1` is put before ten digits that had no international prefix.
    pub national_plus_one: bool,
    /// Every call must carry a tech prefix; one of digits only counts.
    pub tech_prefix_required: bool,
    /// The first that fits the front of the number applies.
    pub translations: Vec<Translation>,
}

/// What to strip from the front of a number and what to put there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    /// The front that it fits.
    pub strip: String,
    /// What replaces it.
    pub add: String,
}

/// Links an interconnect to a plan, for a time and a tech prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Unique among services.
    pub name: String,
    /// The trunk that it serves.
    pub interconnect: String,
    /// `Customer` for ingress, `Supplier` for egress.
    pub direction: Side,
    /// One for all times, or several that follow each other.
    pub plans: Vec<ServicePlan>,
    /// Empty: none.
    pub tech_prefix: String,
    /// Valid from here.
    pub from: Instant,
    /// Exclusive.
    pub to: Instant,
}

/// A plan of a service, and from when to when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePlan {
    /// The plan by name.
    pub plan: String,
    /// In force from here.
    pub from: Instant,
    /// Exclusive.
    pub to: Instant,
}
