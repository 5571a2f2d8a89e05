//! What a report can be split by, and which columns that is.

use crate::columns::of_side;
use crate::functions::{DateTrunc, Functions};
use crate::views::route;
use arrow::datatypes::DataType;
use datafusion::logical_expr::{Expr, ScalarUDF, cast, col, lit};
use didtron_domain::Side;

/// A way to split the calls of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    Customer,
    Supplier,
    /// The customer's, else the supplier's.
    Destination,
    /// Customer, supplier and destination together.
    Route,
    /// The UTC day of the answer.
    Day,
    /// The UTC hour of the answer.
    Hour,
    /// The switch.
    Source,
    CustomerDeck,
    SupplierDeck,
    CustomerService,
    SupplierService,
}

impl Dimension {
    const ALL: [Self; 11] = [
        Self::Customer,
        Self::Supplier,
        Self::Destination,
        Self::Route,
        Self::Day,
        Self::Hour,
        Self::Source,
        Self::CustomerDeck,
        Self::SupplierDeck,
        Self::CustomerService,
        Self::SupplierService,
    ];

    /// Every word, in the order of declaration.
    pub const WORDS: &'static [&'static str] = &[
        "customer",
        "supplier",
        "destination",
        "route",
        "day",
        "hour",
        "source",
        "customer_deck",
        "supplier_deck",
        "customer_service",
        "supplier_service",
    ];

    /// The dimension behind a word; `None` when there is none.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.as_str() == word)
    }

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    pub(crate) const fn columns(self) -> &'static [Column] {
        match self {
            Self::Customer => &[Column::Customer],
            Self::Supplier => &[Column::Supplier],
            Self::Destination => &[Column::Destination],
            Self::Route => &[Column::Customer, Column::Supplier, Column::Destination],
            Self::Day => &[Column::Day],
            Self::Hour => &[Column::Hour],
            Self::Source => &[Column::Source],
            Self::CustomerDeck => &[Column::Deck(Side::Customer)],
            Self::SupplierDeck => &[Column::Deck(Side::Supplier)],
            Self::CustomerService => &[Column::Service(Side::Customer)],
            Self::SupplierService => &[Column::Service(Side::Supplier)],
        }
    }
}

/// A column of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Customer,
    Supplier,
    Destination,
    Day,
    Hour,
    Source,
    Deck(Side),
    Service(Side),
}

impl Column {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Supplier => "supplier",
            Self::Destination => "destination",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Source => "source",
            Self::Deck(Side::Customer) => "customer_deck",
            Self::Deck(Side::Supplier) => "supplier_deck",
            Self::Service(Side::Customer) => "customer_service",
            Self::Service(Side::Supplier) => "supplier_service",
        }
    }

    pub(crate) const fn is_time(self) -> bool {
        matches!(self, Self::Day | Self::Hour)
    }

    /// What is grouped by: the id of a name, the beginning of a time.
    pub(crate) fn group(self) -> Expr {
        let [customer, supplier, destination] = route();
        let truncated = |to| ScalarUDF::from(DateTrunc::default()).call(vec![lit(to), col("answer")]);
        let stored = match self {
            Self::Customer => customer,
            Self::Supplier => supplier,
            Self::Destination => destination,
            Self::Day => truncated("day"),
            Self::Hour => truncated("hour"),
            Self::Source => col("source"),
            Self::Deck(side) => col(of_side(side, "deck")),
            Self::Service(side) => col(of_side(side, "service")),
        };
        stored.alias(self.grouped_as())
    }

    /// The key as people read it.
    pub(crate) fn shown(self, functions: &Functions) -> Expr {
        let grouped = col(self.grouped_as());
        let shown = match self {
            Self::Day => cast(grouped, DataType::Date32),
            Self::Hour => grouped,
            _ => functions.name(grouped),
        };
        shown.alias(self.as_str())
    }

    fn grouped_as(self) -> String {
        format!("{}_key", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back() {
        for (word, dimension) in Dimension::WORDS.iter().zip(Dimension::ALL) {
            assert_eq!(dimension.as_str(), *word);
            assert_eq!(Dimension::parse(word), Some(dimension));
        }
        assert_eq!(Dimension::parse("moon"), None);
    }
}
