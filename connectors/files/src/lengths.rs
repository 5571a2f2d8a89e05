//! Lengths of time as sources write them: decimal seconds, milliseconds, microseconds, or `HH:MM:SS`.

use didtron_schemas::call_mapping::Unit;

/// Why a text is no length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LengthError {
    NotDecimal,
    NotClock,
    OutOfRange,
}

impl LengthError {
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::NotDecimal => "is not a length of time: digits are expected, with a fraction or without",
            Self::NotClock => "is not a length of time: HH:MM:SS is expected",
            Self::OutOfRange => "is longer than can be kept",
        }
    }
}

/// Units of 10^-18 seconds in a second.
const FINEST_PER_SECOND: u128 = 1_000_000_000_000_000_000;
/// In a millisecond.
const FINEST_PER_MILLISECOND: u64 = 1_000_000_000_000_000;
const FRACTION_DIGITS: usize = 18;

/// A length of time in whole milliseconds, further digits cut.
///
/// Twenty-odd figures behind the point are legal, so the fraction is kept apart: eighteen of its digits fit `u64`.
pub(crate) fn milliseconds(text: &str, unit: Unit, point: u8) -> Result<u64, LengthError> {
    match unit {
        Unit::Seconds => {
            let (whole, fraction) = decimal(text.as_bytes(), point)?;
            let millis = whole.checked_mul(1000).ok_or(LengthError::OutOfRange)?;
            millis.checked_add(fraction / FINEST_PER_MILLISECOND).ok_or(LengthError::OutOfRange)
        }
        _ => u64::try_from(finest(text, unit, point)? / u128::from(FINEST_PER_MILLISECOND))
            .map_err(|_| LengthError::OutOfRange),
    }
}

/// A length of time in units of 10^-18 seconds, so that a sum of two is cut only once.
pub(crate) fn finest(text: &str, unit: Unit, point: u8) -> Result<u128, LengthError> {
    if unit == Unit::Clock {
        return clock(text, point);
    }
    let (whole, fraction) = decimal(text.as_bytes(), point)?;
    let value = u128::from(whole) * FINEST_PER_SECOND + u128::from(fraction);
    Ok(match unit {
        Unit::Seconds | Unit::Clock => value,
        Unit::Milliseconds => value / 1_000,
        Unit::Microseconds => value / 1_000_000,
    })
}

/// Whole microseconds in `finest`.
pub(crate) fn micros(finest: u128) -> Result<i64, LengthError> {
    i64::try_from(finest / (FINEST_PER_SECOND / 1_000_000)).map_err(|_| LengthError::OutOfRange)
}

/// `digits[.digits]`: the whole part, and eighteen digits of the fraction.
pub(crate) fn decimal(text: &[u8], point: u8) -> Result<(u64, u64), LengthError> {
    let whole_end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let whole = digits(&text[..whole_end])?;
    match &text[whole_end..] {
        [] => Ok((whole, 0)),
        [found, fraction @ ..] if *found == point && fraction.iter().all(u8::is_ascii_digit) => {
            let kept = &fraction[..fraction.len().min(FRACTION_DIGITS)];
            Ok((whole, digits(kept)? * 10u64.pow((FRACTION_DIGITS - kept.len()) as u32)))
        }
        _ => Err(LengthError::NotDecimal),
    }
}

fn digits(text: &[u8]) -> Result<u64, LengthError> {
    if text.is_empty() {
        return Err(LengthError::NotDecimal);
    }
    text.iter().try_fold(0u64, |value, byte| {
        let next = value.checked_mul(10).and_then(|v| v.checked_add(u64::from(byte - b'0')));
        next.ok_or(LengthError::OutOfRange)
    })
}

fn clock(text: &str, point: u8) -> Result<u128, LengthError> {
    let mut parts = text.split(':');
    let (Some(hours), Some(minutes), Some(seconds), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(LengthError::NotClock);
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hours) || !is_number(minutes) || minutes.len() != 2 {
        return Err(LengthError::NotClock);
    }
    let (hours, minutes) = (digits(hours.as_bytes())?, digits(minutes.as_bytes())?);
    let (whole, fraction) = decimal(seconds.as_bytes(), point).map_err(|_| LengthError::NotClock)?;
    if minutes > 59 || whole > 59 {
        return Err(LengthError::NotClock);
    }
    let total = u128::from(hours) * 3600 + u128::from(minutes * 60 + whole);
    Ok(total * FINEST_PER_SECOND + u128::from(fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_their_unit_says() {
        let table = [
            ("9.1239", Unit::Seconds, Ok(9_123)),
            ("0.0004", Unit::Seconds, Ok(0)),
            ("0.99999999999999999999999", Unit::Seconds, Ok(999)),
            ("18000000000000000", Unit::Seconds, Ok(18_000_000_000_000_000_000)),
            ("18446744073709552", Unit::Seconds, Err(LengthError::OutOfRange)),
            ("99999999999999999999", Unit::Seconds, Err(LengthError::OutOfRange)),
            ("1500.9", Unit::Milliseconds, Ok(1_500)),
            ("1999", Unit::Microseconds, Ok(1)),
            ("01:02:03", Unit::Clock, Ok(3_723_000)),
            ("100:00:00.5", Unit::Clock, Ok(360_000_500)),
            ("1:2:3", Unit::Clock, Err(LengthError::NotClock)),
            ("00:60:00", Unit::Clock, Err(LengthError::NotClock)),
            ("1:02", Unit::Seconds, Err(LengthError::NotDecimal)),
        ];
        for (text, unit, expected) in table {
            assert_eq!(milliseconds(text, unit, b'.'), expected, "{text}");
        }
        for text in ["", "-5", "+5", ".5", "5.", "1e3", "NaN", "12s", "--", "1,5", "1.5.2", " 1"] {
            assert!(milliseconds(text, Unit::Seconds, b'.').is_err(), "{text:?}");
        }
        assert_eq!(milliseconds("1,5", Unit::Seconds, b','), Ok(1_500));
    }

    #[test]
    fn a_sum_is_cut_once() {
        let half = finest("0.0000005", Unit::Seconds, b'.').unwrap();
        assert_eq!((micros(half), micros(half + half)), (Ok(0), Ok(1)));
    }
}
