//! The fields of a call record, and how a mapping points at the columns of a file.

use serde::Deserialize;

/// A field of a call record as the engine knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The switch that made the record.
    Source,
    /// The switch's own id of the call.
    CallId,
    /// What tells two legs of one call apart.
    Branch,
    /// An integer, the greater the newer (R16).
    Version,
    /// When the attempt began.
    Start,
    /// When it was answered; else start + ring + pdd (R11).
    Answer,
    /// How long it rang.
    Ring,
    /// Post-dial delay.
    Pdd,
    /// Talk time, never the time billed.
    Duration,
    /// What tells whether it was answered.
    Status,
    /// The interconnect on the customer's side.
    Ingress,
    /// The interconnect on the supplier's side.
    Egress,
    /// The caller's own number.
    Caller,
    /// The number as the customer sent it.
    Called,
    /// The number as it went to the supplier.
    CalledEgress,
    /// The location routing number.
    Lrn,
    /// Whether the record is the last attempt of its call.
    LastAttempt,
    /// The switch's own charge to the customer.
    StatedRevenue,
    /// The switch's own cost.
    StatedCost,
}

impl Field {
    /// All of them in the order of a plain file.
    pub const ALL: [Self; 19] = [
        Self::Source,
        Self::CallId,
        Self::Branch,
        Self::Version,
        Self::Start,
        Self::Answer,
        Self::Ring,
        Self::Pdd,
        Self::Duration,
        Self::Status,
        Self::Ingress,
        Self::Egress,
        Self::Caller,
        Self::Called,
        Self::CalledEgress,
        Self::Lrn,
        Self::LastAttempt,
        Self::StatedRevenue,
        Self::StatedCost,
    ];

    /// Its name in a mapping.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::CallId => "call_id",
            Self::Branch => "branch",
            Self::Version => "version",
            Self::Start => "start",
            Self::Answer => "answer",
            Self::Ring => "ring",
            Self::Pdd => "pdd",
            Self::Duration => "duration",
            Self::Status => "status",
            Self::Ingress => "ingress",
            Self::Egress => "egress",
            Self::Caller => "caller",
            Self::Called => "called",
            Self::CalledEgress => "called_egress",
            Self::Lrn => "lrn",
            Self::LastAttempt => "last_attempt",
            Self::StatedRevenue => "stated_revenue",
            Self::StatedCost => "stated_cost",
        }
    }
}

/// A side's party field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The customer's side.
    Ingress,
    /// The supplier's side.
    Egress,
}

impl Party {
    pub(super) fn both() -> Vec<Self> {
        vec![Self::Ingress, Self::Egress]
    }
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(untagged, expecting = "expected a column: its name, or its position counted from 1")]
pub enum ColumnRef {
    /// By its name in the header, or as a JSON key.
    Name(String),
    /// By its place in the line, counted from 1.
    Position(usize),
}

impl std::fmt::Display for ColumnRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Position(position) => write!(f, "column {position}"),
        }
    }
}
