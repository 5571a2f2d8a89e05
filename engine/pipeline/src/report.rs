//! What a run did: sums over its settled batches.

use didtron_domain::Reason;
use didtron_ports::Counts;

/// How far a run is, after each settled batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Batches settled by this run.
    pub batches: u64,
    /// Records read.
    pub records: u64,
    /// Bytes of input.
    pub bytes: u64,
}

/// What the batches add up to that a run settled, those that it found unsettled among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunReport {
    /// Settled batches.
    pub batches: u64,
    /// Bytes of input.
    pub bytes: u64,
    /// Sums of the batches' counts; reasons in the order of R15, none with 0.
    pub counts: Counts,
}

impl RunReport {
    /// Contents that came to be neither in force nor waiting: what `records` has beyond calls, duplicates and suspense.
    #[must_use]
    pub fn corrections(&self) -> i64 {
        let waiting: i64 = self.counts.suspense.iter().map(|(_, change)| change).sum();
        let accounted = self.counts.calls.cast_signed() + self.counts.duplicates.cast_signed() + waiting;
        self.counts.records.cast_signed() - accounted
    }

    /// How far it is.
    #[must_use]
    pub const fn progress(&self) -> Progress {
        Progress { batches: self.batches, records: self.counts.records, bytes: self.bytes }
    }

    /// Adds another run.
    pub fn merge(&mut self, other: &Self) {
        self.batches += other.batches;
        self.bytes += other.bytes;
        self.add_counts(&other.counts);
    }

    pub(crate) fn add_batch(&mut self, counts: &Counts, bytes: u64) {
        self.batches += 1;
        self.bytes += bytes;
        self.add_counts(counts);
    }

    fn add_counts(&mut self, counts: &Counts) {
        self.counts.records += counts.records;
        self.counts.usage_rows += counts.usage_rows;
        self.counts.duplicates += counts.duplicates;
        self.counts.calls += counts.calls;
        for &(reason, change) in &counts.suspense {
            add_reason(&mut self.counts.suspense, reason, change);
        }
    }
}

/// Adds to the sum of a reason, in a list sorted by reason that holds no zeros.
pub(crate) fn add_reason(sums: &mut Vec<(Reason, i64)>, reason: Reason, change: i64) {
    match sums.binary_search_by_key(&reason, |(known, _)| *known) {
        Ok(at) => {
            sums[at].1 += change;
            if sums[at].1 == 0 {
                sums.remove(at);
            }
        }
        Err(at) if change != 0 => sums.insert(at, (reason, change)),
        Err(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nowhere_else_is_a_correction() {
        let counts =
            Counts { records: 10, usage_rows: 9, duplicates: 2, calls: 4, suspense: vec![(Reason::NoRate, 1)] };
        let mut report = RunReport::default();
        report.add_batch(&counts, 100);
        assert_eq!(report.corrections(), 3);
        report.add_batch(&Counts { calls: 1, suspense: vec![(Reason::NoRate, -1)], ..Counts::default() }, 0);
        assert_eq!((report.corrections(), report.counts.suspense.len(), report.batches), (3, 0, 2));
    }
}
