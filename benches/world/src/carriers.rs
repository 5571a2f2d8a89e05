//! Who calls and who carries: invented carriers with their currencies, habits and policies.

/// A currency of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Currency {
    Usd,
    Eur,
    Gbp,
}

impl Currency {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Usd => "USD",
            Self::Eur => "EUR",
            Self::Gbp => "GBP",
        }
    }

    /// What one is worth, in 10^-4 USD, about.
    pub(crate) const fn worth(self) -> u64 {
        match self {
            Self::Usd => 10_000,
            Self::Eur => 10_850,
            Self::Gbp => 12_700,
        }
    }
}

/// How a carrier's numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    Plain,
    /// A customer has a second service behind it; a supplier demands it.
    Tech(&'static str),
    /// American: ten digits are a national number, and 011 leads abroad.
    National,
}

/// One carrier.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Carrier {
    pub(crate) name: &'static str,
    pub(crate) currency: Currency,
    pub(crate) billing_model: &'static str,
    /// The calling code of its callers; 0 of a supplier.
    pub(crate) home: u64,
    /// Its share of the calls; 0 of a supplier.
    pub(crate) share: u64,
    /// Rows of its own deck in a world of the demo's size.
    pub(crate) deck_size: u64,
    pub(crate) habit: Habit,
    /// Lines of its plan; none: every default.
    pub(crate) policies: &'static [&'static str],
}

use Currency::{Eur, Gbp, Usd};
use Habit::{National, Plain, Tech};

const fn customer(
    name: &'static str,
    (currency, billing_model): (Currency, &'static str),
    (home, share, deck_size): (u64, u64, u64),
    habit: Habit,
    policies: &'static [&'static str],
) -> Carrier {
    Carrier { name, currency, billing_model, home, share, deck_size, habit, policies }
}

const fn supplier(
    name: &'static str,
    currency: Currency,
    deck_size: u64,
    habit: Habit,
    policies: &'static [&'static str],
) -> Carrier {
    Carrier { name, currency, billing_model: "wholesaler", home: 0, share: 0, deck_size, habit, policies }
}

pub(crate) const CUSTOMERS: [Carrier; 20] = [
    customer("northgate-voice", (Usd, "wholesaler"), (44, 200, 20_000), Plain, &[]),
    customer("calder-telecom", (Gbp, "wholesaler"), (44, 140, 15_000), Plain, &["duration_rounding = \"half_up\""]),
    customer("brightline", (Usd, "wholesaler"), (1, 110, 12_000), National, &[]),
    customer("meridian-talk", (Eur, "wholesaler"), (49, 90, 9_000), Tech("77#"), &[]),
    customer("harborcall", (Usd, "call_center"), (63, 70, 8_000), Plain, &["decimals = 4", "mode = \"up\""]),
    customer("atlas-connect", (Eur, "wholesaler"), (212, 60, 6_000), Plain, &[]),
    customer("kestrel-networks", (Gbp, "wholesaler"), (44, 50, 5_000), Plain, &[]),
    customer("juniper-voice", (Usd, "wholesaler"), (91, 45, 4_000), Plain, &["increment_origin = \"from_zero\""]),
    customer("polarlink", (Eur, "wholesaler"), (46, 40, 3_000), Plain, &[]),
    customer("silverwire", (Usd, "enterprise"), (1, 35, 2_500), Plain, &["min_charge = \"0.0005\""]),
    customer("tandem-calls", (Eur, "wholesaler"), (33, 30, 2_000), Plain, &[]),
    customer(
        "oakfield-office",
        (Gbp, "enterprise"),
        (353, 25, 1_800),
        Plain,
        &["decimals = 4", "mode = \"half_even\""],
    ),
    customer("bluepeak", (Usd, "wholesaler"), (52, 22, 1_500), Plain, &[]),
    customer("cobalt-dialers", (Usd, "call_center"), (57, 20, 1_200), Plain, &["grace_s = 2"]),
    customer("vireo", (Eur, "small_business"), (34, 16, 1_000), Plain, &["max_charge = \"40\""]),
    customer("quayside", (Gbp, "small_business"), (44, 14, 900), Plain, &[]),
    customer("everline", (Usd, "wholesaler"), (234, 12, 800), Plain, &["duration_rounding = \"down\""]),
    customer("marlow-retail", (Eur, "individual"), (39, 9, 700), Plain, &["decimals = 3", "min_charge = \"0.002\""]),
    customer("sunhaven", (Usd, "small_business"), (61, 7, 600), Plain, &[]),
    customer("tern-mobile", (Eur, "wholesaler"), (48, 5, 500), Plain, &[]),
];

pub(crate) const SUPPLIERS: [Carrier; 10] = [
    supplier("transmarine", Usd, 20_000, Plain, &[]),
    supplier("baltic-transit", Eur, 16_000, Plain, &["duration_rounding = \"half_up\""]),
    supplier("costa-wholesale", Eur, 12_000, Plain, &[]),
    supplier("gulf-gateway", Usd, 8_000, Tech("188#"), &["decimals = 5"]),
    supplier("orient-carrier", Usd, 6_000, Plain, &[]),
    supplier("cordillera", Usd, 4_000, Plain, &["increment_origin = \"from_zero\""]),
    supplier("delta-transit", Usd, 2_500, Plain, &[]),
    supplier("danubia", Eur, 1_500, Plain, &["mode = \"half_even\""]),
    supplier("islands-route", Gbp, 900, Plain, &[]),
    supplier("savanna-link", Usd, 500, Plain, &["decimals = 4"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = CUSTOMERS.iter().chain(&SUPPLIERS).map(|carrier| carrier.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 30);
        assert!(CUSTOMERS.iter().all(|customer| customer.share > 0 && customer.home > 0));
    }
}
