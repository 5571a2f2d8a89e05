//! Integers and prices as text, straight into bytes.

/// 10^-9, the unit of prices.
pub(crate) const NANO: u64 = 1_000_000_000;

pub(crate) fn push_integer(out: &mut Vec<u8>, value: u64) {
    push_digits(out, value, 1);
}

/// With zeros in front up to `width` digits.
pub(crate) fn push_digits(out: &mut Vec<u8>, mut value: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    while value > 0 {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    out.extend_from_slice(&digits[at.min(digits.len() - width)..]);
}

/// A price in nano-units as decimal text, with four decimals or as many as it has.
pub(crate) fn push_price(out: &mut Vec<u8>, nano: u64) {
    push_integer(out, nano / NANO);
    out.push(b'.');
    push_digits(out, nano % NANO, 9);
    for _ in 4..9 {
        if out.last() != Some(&b'0') {
            break;
        }
        out.pop();
    }
}

pub(crate) fn push_hexadecimal(out: &mut Vec<u8>, value: u64) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for place in (0..16).rev() {
        out.push(DIGITS[(value >> (place * 4)) as usize & 15]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(push: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        push(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn figures_are_written_as_they_are() {
        for (value, width, expected) in
            [(0, 1, "0"), (7, 3, "007"), (1234, 2, "1234"), (u64::MAX, 1, "18446744073709551615")]
        {
            assert_eq!(text(|out| push_digits(out, value, width)), expected);
        }
        let prices = [
            (0, "0.0000"),
            (12_300_000, "0.0123"),
            (1, "0.000000001"),
            (1_500_000_000, "1.5000"),
            (12_345_600, "0.0123456"),
        ];
        for (nano, expected) in prices {
            assert_eq!(text(|out| push_price(out, nano)), expected);
        }
        assert_eq!(text(|out| push_hexadecimal(out, 0x0123_4567_89ab_cdef)), "0123456789abcdef");
    }
}
