//! Rows of a plain deck file.

use crate::figures::{push_integer, push_price};
use crate::increments::Increments;
use crate::prices::Class;

const HEADER: &str = "prefix,destination,rate_per_min,initial_interval_s,next_interval_s,connect_fee,effective_from,\
                      effective_to,status,group\n";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Open,
    Blocked,
    Closed,
}

impl Status {
    const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Blocked => "blocked",
            Self::Closed => "closed",
        }
    }
}

/// One row; empty dates are absent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeckRow<'a> {
    pub(crate) digits: u64,
    pub(crate) destination: &'a str,
    pub(crate) class: Class,
    /// In nano-units of the deck's currency.
    pub(crate) rate: Option<u64>,
    pub(crate) increments: Increments,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) status: Status,
}

impl DeckRow<'_> {
    pub(crate) const fn closed(self) -> Self {
        Self { rate: None, status: Status::Closed, ..self }
    }
}

/// A deck file while its rows are added.
#[derive(Debug)]
pub(crate) struct DeckRows {
    pub(crate) bytes: Vec<u8>,
}

impl DeckRows {
    pub(crate) fn with_room_for(row_count: usize) -> Self {
        let mut bytes = Vec::with_capacity(HEADER.len() + row_count * 80);
        bytes.extend_from_slice(HEADER.as_bytes());
        Self { bytes }
    }

    pub(crate) fn add(&mut self, row: &DeckRow<'_>) {
        let out = &mut self.bytes;
        push_integer(out, row.digits);
        out.push(b',');
        out.extend_from_slice(row.destination.as_bytes());
        out.push(b',');
        if let Some(rate) = row.rate {
            push_price(out, rate);
        }
        out.push(b',');
        push_integer(out, row.increments.initial_s.into());
        out.push(b',');
        push_integer(out, row.increments.next_s.into());
        out.push(b',');
        if row.rate.is_some() && row.class == Class::Premium {
            out.extend_from_slice(b"0.05");
        }
        for text in [row.from, row.to, row.status.word(), row.class.word()] {
            out.push(b',');
            out.extend_from_slice(text.as_bytes());
        }
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_header_s_cells() {
        let row = DeckRow {
            digits: 4930,
            destination: "Germany - Berlin",
            class: Class::Premium,
            rate: Some(12_300_000),
            increments: Increments { initial_s: 60, next_s: 1 },
            from: "2026-01-01",
            to: "",
            status: Status::Open,
        };
        let mut rows = DeckRows::with_room_for(2);
        rows.add(&row);
        rows.add(&row.closed());
        let text = String::from_utf8(rows.bytes).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "4930,Germany - Berlin,0.0123,60,1,0.05,2026-01-01,,open,premium");
        assert_eq!(lines[2], "4930,Germany - Berlin,,60,1,,2026-01-01,,closed,premium");
        assert!(lines.iter().all(|line| line.matches(',').count() == 9));
    }
}
