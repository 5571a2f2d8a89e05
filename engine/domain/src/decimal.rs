//! Decimal text to scaled integers and back, exactly. No float is ever between.

/// Why a decimal text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Something other than an optional sign, digits and one decimal point.
    #[error("is not a decimal number")]
    NotDecimal,
    /// More digits after the point than the quantity carries, and they are not zeros.
    #[error("has more than {0} decimals")]
    TooPrecise(u8),
    /// Beyond the range of the quantity.
    #[error("is out of range")]
    OutOfRange,
}

/// Reads `text` as an integer count of `10^-decimals` units.
///
/// Accepts `12`, `-0.5`, `.5`, `5.` and leading zeros; refuses exponents, signs alone and grouping. Trailing zeros
/// beyond `decimals` are harmless.
///
/// ```
/// use didtron_domain::decimal::parse_scaled;
/// assert_eq!(parse_scaled("0.0101", 9), Ok(10_100_000));
/// assert!(parse_scaled("1e3", 9).is_err());
/// ```
pub fn parse_scaled(text: &str, decimals: u8) -> Result<i64, DecimalError> {
    match scan(text, decimals)? {
        (_, true) => Err(DecimalError::TooPrecise(decimals)),
        (value, false) => i64::try_from(value).map_err(|_| DecimalError::OutOfRange),
    }
}

/// Reads a duration in seconds as whole milliseconds; further digits are cut (rating.md section 1).
///
/// A sign is refused: nothing lasts less than no time.
///
/// ```
/// use didtron_domain::decimal::parse_milliseconds;
/// assert_eq!(parse_milliseconds("9.1239"), Ok(9_123));
/// assert!(parse_milliseconds("-5").is_err());
/// ```
pub fn parse_milliseconds(text: &str) -> Result<u64, DecimalError> {
    if text.starts_with(['-', '+']) {
        return Err(DecimalError::NotDecimal);
    }
    u64::try_from(scan(text, 3)?.0).map_err(|_| DecimalError::OutOfRange)
}

/// The scaled value and whether a digit other than zero was cut off.
fn scan(text: &str, decimals: u8) -> Result<(i128, bool), DecimalError> {
    let (negative, body) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if let Some((value, places)) = scan_short(body).filter(|(_, places)| *places <= decimals) {
        let value = i128::from(value) * power_of_ten(decimals - places);
        return Ok((if negative { -value } else { value }, false));
    }
    let mut value: i128 = 0;
    let mut places: Option<u8> = None;
    let mut cut = false;
    let mut has_digit = false;
    for &byte in body {
        match (byte, places) {
            (b'.', None) => places = Some(0),
            (b'0'..=b'9', Some(seen)) if seen >= decimals => {
                cut |= byte != b'0';
                has_digit = true;
            }
            (b'0'..=b'9', seen) => {
                value = value.checked_mul(10).ok_or(DecimalError::OutOfRange)? + i128::from(byte - b'0');
                if value > i128::from(u64::MAX) {
                    return Err(DecimalError::OutOfRange);
                }
                places = seen.map(|n| n + 1);
                has_digit = true;
            }
            _ => return Err(DecimalError::NotDecimal),
        }
    }
    if !has_digit {
        return Err(DecimalError::NotDecimal);
    }
    value *= power_of_ten(decimals - places.unwrap_or(0));
    Ok((if negative { -value } else { value }, cut))
}

#[inline]
fn power_of_ten(exponent: u8) -> i128 {
    const POWERS: [u64; 20] = {
        let mut powers = [1; 20];
        let mut exponent = 1;
        while exponent < powers.len() {
            powers[exponent] = powers[exponent - 1] * 10;
            exponent += 1;
        }
        powers
    };
    match POWERS.get(usize::from(exponent)) {
        Some(power) => i128::from(*power),
        None => 10i128.pow(u32::from(exponent)),
    }
}

/// The digits of a short text as one integer, and how many are behind the point; `None` where that needs a closer look.
#[inline]
fn scan_short(body: &[u8]) -> Option<(u64, u8)> {
    const DIGITS_MAX: usize = 18;
    if body.len() > DIGITS_MAX {
        return None;
    }
    let (mut value, mut point) = (0u64, None);
    for (at, &byte) in body.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            value = value * 10 + u64::from(digit);
        } else if byte == b'.' && point.is_none() {
            point = Some(at + 1);
        } else {
            return None;
        }
    }
    let has_digit = body.len() > usize::from(point.is_some());
    has_digit.then(|| (value, point.map_or(0, |point| (body.len() - point) as u8)))
}

/// Writes `value` units of `10^-decimals` as decimal text without trailing zeros.
///
/// ```
/// use didtron_domain::decimal::format_scaled;
/// assert_eq!(format_scaled(-10_100, 6), "-0.0101");
/// assert_eq!(format_scaled(3_000_000, 6), "3");
/// ```
#[must_use]
pub fn format_scaled(value: i128, decimals: u8) -> String {
    let fixed = format_fixed(value, decimals);
    match fixed.contains('.') {
        true => fixed.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => fixed,
    }
}

/// Writes `value` units of `10^-decimals` as decimal text with exactly `decimals` digits after the point.
///
/// ```
/// use didtron_domain::decimal::format_fixed;
/// assert_eq!(format_fixed(1_500_000, 6), "1.500000");
/// ```
#[must_use]
pub fn format_fixed(value: i128, decimals: u8) -> String {
    let unit = 10u128.pow(u32::from(decimals));
    let sign = if value < 0 { "-" } else { "" };
    let magnitude = value.unsigned_abs();
    match decimals {
        0 => format!("{sign}{magnitude}"),
        _ => format!("{sign}{}.{:0width$}", magnitude / unit, magnitude % unit, width = usize::from(decimals)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_not_decimal() {
        for text in ["", "-", "+", ".", "1.2.3", "1,5", "1e3", " 1", "NaN", "0x1", "١"] {
            assert_eq!(parse_scaled(text, 6), Err(DecimalError::NotDecimal), "{text:?}");
        }
        assert_eq!(parse_scaled("0.0000001", 6), Err(DecimalError::TooPrecise(6)));
        assert_eq!(parse_scaled("0.1000000", 6), Ok(100_000));
        assert_eq!(parse_milliseconds("18000000000000000"), Ok(18_000_000_000_000_000_000));
        assert_eq!(parse_scaled("9223372036854775808", 0), Err(DecimalError::OutOfRange));
    }

    proptest! {
        #[test]
        fn parse_of_format_is_identity(value in any::<i32>(), decimals in 0u8..=9) {
            prop_assert_eq!(parse_scaled(&format_scaled(value.into(), decimals), decimals), Ok(i64::from(value)));
            prop_assert_eq!(parse_scaled(&format_fixed(value.into(), decimals), decimals), Ok(i64::from(value)));
        }
    }
}
