//! One cell of a sheet, whatever file it came from, and the decimal that a stored double stands for.

use jiff::civil::DateTime;

/// A cell. Texts are without spaces around them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Cell {
    #[default]
    Empty,
    Text(String),
    /// A number of a workbook or of JSON: decimal text with a point, without an exponent.
    Number(String),
    /// A date of a workbook, and how it is shown to people.
    Date(DateTime, String),
}

impl Cell {
    pub(crate) fn of_text(text: &str) -> Self {
        match text.trim_matches(is_space) {
            "" => Self::Empty,
            text => Self::Text(text.to_owned()),
        }
    }

    pub(crate) fn of_date(at: DateTime) -> Self {
        let midnight = at.time() == jiff::civil::Time::midnight();
        let text = if midnight { at.date().to_string() } else { at.to_string() };
        Self::Date(at, text)
    }

    /// The cell as people see it; empty for an empty one.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Text(text) | Self::Number(text) | Self::Date(_, text) => text,
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

/// White space, and the marks that spreadsheets leave: no-break spaces, a byte order mark.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}')
}

/// The shortest decimal that reads back as the stored double, at most 15 digits (rating.md section 4).
///
/// Longer ones are sums that the spreadsheet computed: it shows, and people agreed on, 15 digits.
#[expect(clippy::cast_possible_truncation, reason = "the integral branch is bounded by 2^53")]
pub(crate) fn decimal_of(stored: f64) -> Cell {
    if !stored.is_finite() {
        return Cell::Text(stored.to_string());
    }
    if stored.fract() == 0.0 && stored.abs() < 9_007_199_254_740_992.0 {
        return Cell::Number((stored as i64).to_string());
    }
    let shortest = stored.to_string();
    let digits = shortest.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit).count();
    if digits <= 15 {
        return Cell::Number(shortest);
    }
    // 15 digits, as scientific notation; read back and shown without an exponent.
    match format!("{stored:.14e}").parse::<f64>() {
        Ok(rounded) => Cell::Number(rounded.to_string()),
        Err(_) => Cell::Text(shortest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_a_stored_double_as_people_typed_it() {
        let cases = [
            (0.0495, "0.0495"),
            (0.1 + 0.2, "0.3"),
            (1e-7, "0.0000001"),
            (49_152.0, "49152"),
            (-0.05, "-0.05"),
            (0.012_345_678_901_234, "0.012345678901234"),
            (2.0 / 3.0, "0.666666666666667"),
            (0.0, "0"),
        ];
        for (stored, shown) in cases {
            assert_eq!(decimal_of(stored), Cell::Number(shown.to_owned()), "{stored:e}");
        }
        assert_eq!(Cell::of_text("\u{a0} 49 \u{a0}"), Cell::Text("49".to_owned()));
        assert_eq!(Cell::of_text(" "), Cell::Empty);
    }
}
