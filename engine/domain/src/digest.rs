//! The order-free digest of usage: what two runs over the same calls must agree on, whatever their batches were.

use crate::identity::IdentityKey;
use crate::rated::{RatedCall, RatedSide};
use twox_hash::XxHash64;

/// A sum modulo 2^128 of `sign x hash(row)`, so that it adds up over batches and a reversal takes its row out again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageDigest(pub u128);

impl UsageDigest {
    /// Adds a row with its sign.
    pub fn add(&mut self, sign: i8, row: u128) {
        self.0 = if sign < 0 { self.0.wrapping_sub(row) } else { self.0.wrapping_add(row) };
    }

    /// Adds another digest.
    pub fn merge(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }
}

/// One side's part of a row's hash: charge in micro-units, prefix value and length, billed seconds; `None` where the
/// side is absent.
pub type DigestSide = Option<(i64, u64, u8, u64)>;

/// The hash of one row: identity, both charges, prefixes and billed seconds; nothing of versions or batches. Two
/// XXH64: it finds mistakes, and need not withstand anybody.
///
/// ```
/// use didtron_domain::{IdentityKey, digest::row_hash};
/// let key = IdentityKey(7);
/// assert_ne!(row_hash(key, Some((0, 49, 2, 0)), None), row_hash(key, None, Some((0, 49, 2, 0))));
/// ```
#[must_use]
pub fn row_hash(identity: IdentityKey, customer: DigestSide, supplier: DigestSide) -> u128 {
    let mut bytes = [0u8; 16 + 2 * 26];
    bytes[..16].copy_from_slice(&identity.0.to_le_bytes());
    for (at, side) in [(16, customer), (42, supplier)] {
        if let Some((charge, prefix, length, billed_s)) = side {
            bytes[at] = 1;
            bytes[at + 1..at + 9].copy_from_slice(&charge.to_le_bytes());
            bytes[at + 9..at + 17].copy_from_slice(&prefix.to_le_bytes());
            bytes[at + 17] = length;
            bytes[at + 18..at + 26].copy_from_slice(&billed_s.to_le_bytes());
        }
    }
    let [high, low] = [1, 2].map(|seed| XxHash64::oneshot(seed, &bytes));
    u128::from(high) << 64 | u128::from(low)
}

/// The hash of a rated call.
#[must_use]
pub fn call_hash(identity: IdentityKey, call: &RatedCall) -> u128 {
    let part = |side: &Option<RatedSide>| {
        side.as_ref().map(|s| {
            let (prefix, length) = s.prefix().map_or((0, 0), |prefix| (prefix.value(), prefix.length()));
            (s.charge.0, prefix, length, s.billed_s)
        })
    };
    row_hash(identity, part(&call.customer), part(&call.supplier))
}
