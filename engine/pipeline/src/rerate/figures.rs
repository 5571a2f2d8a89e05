//! Whether a call costs otherwise.

use didtron_domain::{DialPrefix, E164, Found, SideColumns};

/// What the ledger and the usage digest rest on. A call whose figures are these same ones is not written again, whatever
/// else of its rating is another now.
///
/// | of a side | changes it |
/// |---|---|
/// | whether it is there, charge, billed seconds, prefix | yes: the digest of usage |
/// | amount, base amount | yes: the ledger |
/// | carrier and currency of the account | where there is an amount |
/// | currency of the deck | where there is a charge |
/// | rate, deck, version, destination, FX, number beyond the prefix | no |
pub(crate) fn differ(old: &SideColumns, new: &SideColumns, row: usize) -> bool {
    let (there, now) = (old.found[row].has(Found::SIDE), new.found[row].has(Found::SIDE));
    if !(there && now) {
        return there != now;
    }
    let same = (old.charge[row] == new.charge[row])
        & (old.amount[row] == new.amount[row])
        & (old.base_amount[row] == new.base_amount[row])
        & (old.billed_s[row] == new.billed_s[row])
        & (old.prefix_length[row] == new.prefix_length[row]);
    if !same {
        return true;
    }
    let account = |side: &SideColumns| (side.carrier[row], side.account_currency[row]);
    (old.amount[row] != 0 && account(old) != account(new))
        || (old.charge[row] != 0 && old.currency[row] != new.currency[row])
        || number(old, row) != number(new, row) && prefix(old, row) != prefix(new, row)
}

/// The one that was looked up.
fn number(side: &SideColumns, row: usize) -> u64 {
    if side.found[row].has(Found::LOOKED_UP) { side.looked_up[row] } else { side.number[row] }
}

fn prefix(side: &SideColumns, row: usize) -> Option<DialPrefix> {
    let length = side.prefix_length[row];
    E164::from_value(number(side, row)).filter(|_| length > 0).map(|number| number.prefix(length))
}

/// The number that a side looked up.
pub(crate) fn looked_up(side: &SideColumns, row: usize) -> Option<E164> {
    E164::from_value(number(side, row))
}
