//! ISO 4217 currency codes.

use std::fmt;

/// Three capital letters, such as `USD`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

/// A currency code that is not three capital letters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a currency: three capital letters are expected, such as USD")]
pub struct CurrencyError(pub String);

impl Currency {
    /// Checks the code.
    ///
    /// ```
    /// use didtron_domain::Currency;
    /// assert_eq!(Currency::parse("EUR").unwrap().as_str(), "EUR");
    /// assert!(Currency::parse("eur").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, CurrencyError> {
        match text.as_bytes() {
            [a @ b'A'..=b'Z', b @ b'A'..=b'Z', c @ b'A'..=b'Z'] => Ok(Self([*a, *b, *c])),
            _ => Err(CurrencyError(text.to_owned())),
        }
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("three ASCII letters were checked by the constructor")
    }

    /// The code as an integer that sorts like the text, for columns.
    #[must_use]
    pub const fn to_bits(self) -> u32 {
        u32::from_be_bytes([0, self.0[0], self.0[1], self.0[2]])
    }

    /// The code behind [`Currency::to_bits`]; `None` when it is none.
    #[must_use]
    pub fn from_bits(bits: u32) -> Option<Self> {
        let [zero, code @ ..] = bits.to_be_bytes();
        (zero == 0 && code.iter().all(u8::is_ascii_uppercase)).then_some(Self(code))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
