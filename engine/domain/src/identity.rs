//! What makes a call one and the same (R16): its identity, and the content seen under it.

use crate::call::CallRecord;
use crate::instant::Instant;
use std::fmt;
use twox_hash::XxHash64;

/// The 128-bit key of a call's identity: a BLAKE3 digest of its canonical bytes, cut to 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdentityKey(pub u128);

impl IdentityKey {
    /// The identity (source, call id, branch, start to the whole second) of R16.
    ///
    /// ```
    /// use didtron_domain::{IdentityKey, Instant};
    /// let at = |text| Instant::parse(text).unwrap();
    /// let a = IdentityKey::of_call("plain", "c1", "", at("2026-06-01T00:00:00.9Z"));
    /// assert_eq!(a, IdentityKey::of_call("plain", "c1", "", at("2026-06-01T00:00:00Z")));
    /// assert_ne!(a, IdentityKey::of_call("plain", "c", "1", at("2026-06-01T00:00:00Z")));
    /// ```
    #[must_use]
    pub fn of_call(source: &str, call_id: &str, branch: &str, start: Instant) -> Self {
        let mut canonical = Canonical::<IDENTITY_BYTES>::new(b'c');
        canonical.text(source).text(call_id).text(branch).integer(start.second());
        Self(canonical.key())
    }

    /// Where [`IdentityKey::range_hash`] ends.
    pub const RANGE_END: u64 = 1 << 63;

    /// Its upper 63 bits: what a re-rate is cut by, so that a part of it is the same calls whenever they come.
    #[inline]
    #[must_use]
    pub const fn range_hash(self) -> u64 {
        (self.0 >> 65) as u64
    }

    /// The identity that a mapping makes of columns that it names.
    #[must_use]
    pub fn of_columns<'a>(source: &str, values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut canonical = Canonical::<IDENTITY_BYTES>::new(b'n');
        canonical.text(source);
        for value in values {
            canonical.text(value);
        }
        Self(canonical.key())
    }

    /// The identity of a malformed record: its text, so that it corrects nothing.
    #[must_use]
    pub fn of_malformed(text: &[u8]) -> Self {
        let mut canonical = Canonical::<CONTENT_BYTES>::new(b'm');
        canonical.bytes(text);
        Self(canonical.key())
    }
}

impl fmt::Display for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityKey({self})")
    }
}

/// What tells hashes of content from any others that are made of the same bytes.
const CONTENT_SEED: u64 = 0;

/// A 64-bit hash of a record's content: what R1 to R14 read, after mapping (R16). XXH64, for it only tells contents of
/// one identity apart, and nobody gains by two that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(pub u64);

impl ContentHash {
    /// Answered or not, milliseconds, answer, parties, numbers as received and whether they are clean, last attempt;
    /// not the version and not the stated charges.
    #[must_use]
    pub fn of_call(call: &CallRecord<'_>) -> Self {
        Self::of_call_in(call, call.clean)
    }

    /// [`ContentHash::of_call`] where its batch says whether the numbers are clean.
    #[inline]
    pub(crate) fn of_call_in(call: &CallRecord<'_>, clean: bool) -> Self {
        let mut canonical = Canonical::<CONTENT_BYTES>::new(b'k');
        canonical
            .integer(call.answer.0)
            .integer(call.duration_ms.cast_signed())
            .integer(flags(call, clean))
            .text(call.ingress)
            .text(call.egress)
            .text(call.caller)
            .text(call.called)
            .text(call.called_egress)
            .text(call.lrn);
        Self(XxHash64::oneshot(CONTENT_SEED, canonical.written()))
    }

    /// The content of a malformed record is its text, and its identity says that already.
    #[must_use]
    pub const fn of_malformed(identity: IdentityKey) -> Self {
        Self(identity.0 as u64)
    }
}

/// What a record says yes or no to, a bit each.
fn flags(call: &CallRecord<'_>, clean: bool) -> i64 {
    i64::from(call.marked_answered) | i64::from(call.last_attempt) << 1 | i64::from(clean) << 2
}

/// Room for nearly all of each kind; what is longer takes memory of its own.
const IDENTITY_BYTES: usize = 128;
const CONTENT_BYTES: usize = 192;

/// Bytes that no two different lists of values share: a kind, then each value behind its length.
struct Canonical<const INLINE: usize> {
    bytes: [u8; INLINE],
    used: usize,
    /// All of it, where it is longer.
    spilled: Vec<u8>,
}

impl<const INLINE: usize> Canonical<INLINE> {
    fn new(kind: u8) -> Self {
        let mut new = Self { bytes: [0; INLINE], used: 0, spilled: Vec::new() };
        new.raw(&[kind]);
        new
    }

    fn raw(&mut self, bytes: &[u8]) {
        let end = self.used + bytes.len();
        if self.spilled.is_empty() && end <= INLINE {
            self.bytes[self.used..end].copy_from_slice(bytes);
            self.used = end;
        } else {
            self.spill(bytes);
        }
    }

    #[cold]
    fn spill(&mut self, bytes: &[u8]) {
        if self.spilled.is_empty() {
            self.spilled.extend_from_slice(&self.bytes[..self.used]);
        }
        self.spilled.extend_from_slice(bytes);
    }

    fn written(&self) -> &[u8] {
        if self.spilled.is_empty() { &self.bytes[..self.used] } else { &self.spilled }
    }

    #[inline]
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let (begin, end) = (self.used + 1, self.used + 1 + bytes.len());
        if bytes.len() < usize::from(u8::MAX) && end <= INLINE && self.spilled.is_empty() {
            self.bytes[self.used] = bytes.len() as u8;
            self.used = end;
            if !bytes.is_empty() {
                self.bytes[begin..end].copy_from_slice(bytes);
            }
            return self;
        }
        self.long_bytes(bytes)
    }

    #[cold]
    fn long_bytes(&mut self, bytes: &[u8]) -> &mut Self {
        match u8::try_from(bytes.len()) {
            Ok(short) if short < u8::MAX => self.raw(&[short]),
            _ => {
                self.raw(&[u8::MAX]);
                self.raw(&(bytes.len() as u64).to_le_bytes());
            }
        }
        self.raw(bytes);
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    fn integer(&mut self, value: i64) -> &mut Self {
        self.raw(&value.to_le_bytes());
        self
    }

    fn key(&self) -> u128 {
        let hash = blake3::hash(self.written());
        let (key, _) = hash.as_bytes().split_first_chunk::<16>().expect("a BLAKE3 digest has 32 bytes");
        u128::from_le_bytes(*key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flag_is_content_of_its_own_and_none_is_the_version() {
        let plain = CallRecord { called: "49301", ..CallRecord::PLACEHOLDER };
        let flagged = [
            plain,
            CallRecord { marked_answered: true, ..plain },
            CallRecord { last_attempt: true, ..plain },
            CallRecord { clean: true, ..plain },
        ];
        let hashes = flagged.map(|call| ContentHash::of_call(&call));
        for (at, hash) in hashes.iter().enumerate() {
            assert!(!hashes[..at].contains(hash));
        }
        let version = CallRecord { version: Some(7), stated_cost: Some(crate::amount::Price(1)), ..plain };
        assert_eq!(ContentHash::of_call(&version), hashes[0]);
    }

    /// Stored hashes are compared with new ones for years.
    #[test]
    fn hashes_stay_what_they_are() {
        let call = CallRecord { called: "49301", duration_ms: 9_100, marked_answered: true, ..CallRecord::PLACEHOLDER };
        assert_eq!(ContentHash::of_call(&call).0, 5_641_628_191_522_051_145);
        let identity = IdentityKey::of_call("plain", "c1", "", Instant(1));
        assert_eq!(identity.0, 340_274_234_468_056_051_616_655_811_847_437_925_481);
    }

    #[test]
    fn long_and_short_texts_keep_apart() {
        let long = "x".repeat(1000);
        let keys = [
            IdentityKey::of_columns("s", ["ab", "c"]),
            IdentityKey::of_columns("s", ["a", "bc"]),
            IdentityKey::of_columns("s", [long.as_str()]),
            IdentityKey::of_columns("s", [&long[..999], "x"]),
            IdentityKey::of_malformed(b"s"),
        ];
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key));
        }
    }
}
