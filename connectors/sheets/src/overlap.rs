//! Rows of one file that hold at the same time for the same prefix, callers and hours: nobody can say which is meant.

use didtron_domain::Instant;
use didtron_domain::deck::DeckRow;

/// The pairs of rows that meet for certain, each row with the first one of its key that it meets.
///
/// A row without a begin takes its version's, which is not known here: it is taken to meet another only where it would
/// whatever that is. What is left is found when the version is laid over the others.
pub(crate) fn overlaps(rows: &[&DeckRow]) -> Vec<(usize, usize)> {
    let rising = rows.windows(2).all(|pair| place(pair[0]) < place(pair[1]));
    if rising {
        return Vec::new();
    }
    let mut order: Vec<usize> = (0..rows.len()).collect();
    // Stable: rows of one key stay in the order of the file.
    order.sort_by(|&a, &b| key(rows[a]).cmp(&key(rows[b])));
    let mut found = Vec::new();
    for same in order.chunk_by(|&a, &b| key(rows[a]) == key(rows[b])) {
        for (at, &row) in same.iter().enumerate().skip(1) {
            let earlier = same[..at].iter().find(|&&earlier| meet(rows[earlier], rows[row]));
            found.extend(earlier.map(|&earlier| (earlier, row)));
        }
    }
    found
}

const fn place(row: &DeckRow) -> (u64, u8) {
    (row.prefix.first(), row.prefix.length())
}

fn key(row: &DeckRow) -> ((u64, u8), Option<&str>, Option<&str>) {
    (place(row), row.origin_set.as_deref(), row.time_class.as_deref())
}

fn meet(a: &DeckRow, b: &DeckRow) -> bool {
    let end = |row: &DeckRow| row.effective_to.unwrap_or(Instant::MAX);
    match (a.effective_from, b.effective_from) {
        (None, None) => true,
        (Some(from), None) => from < end(b) && end(b) <= end(a),
        (None, Some(from)) => from < end(a) && end(a) <= end(b),
        (Some(a_from), Some(b_from)) => a_from.max(b_from) < end(a).min(end(b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use didtron_domain::deck::RowStatus;
    use didtron_domain::{DialPrefix, Price};

    fn row(prefix: &str, from: Option<i64>, to: Option<i64>, class: Option<&str>) -> DeckRow {
        DeckRow {
            prefix: DialPrefix::parse(prefix).expect("digits"),
            destination: prefix.to_owned(),
            price: None,
            increment: None,
            connect_fee: Price(0),
            grace_s: None,
            effective_from: from.map(Instant),
            effective_to: to.map(Instant),
            status: RowStatus::Closed,
            origin_set: None,
            time_class: class.map(str::to_owned),
            group: None,
        }
    }

    #[test]
    fn finds_what_meets_for_certain() {
        let cases = [
            (row("49", None, None, None), row("49", None, Some(5), None), true),
            (row("49", Some(1), Some(5), None), row("49", Some(5), None, None), false),
            (row("49", Some(1), Some(6), None), row("49", Some(5), None, None), true),
            (row("49", None, Some(5), None), row("49", Some(5), None, None), false),
            (row("49", None, None, None), row("49", Some(5), None, None), true),
            (row("49", None, None, None), row("49", Some(5), Some(6), None), false),
            (row("49", None, None, None), row("49", None, None, Some("peak")), false),
            (row("49", None, None, None), row("490", None, None, None), false),
        ];
        for (a, b, meets) in cases {
            let other = row("1", None, None, None);
            for pair in [[&a, &other, &b], [&b, &other, &a]] {
                assert_eq!(overlaps(&pair), if meets { vec![(0, 2)] } else { vec![] }, "{a:?} {b:?}");
            }
        }
    }
}
