//! Columns of a result row as the types that they stand for; anything else in them is damage.

use didtron_domain::{Currency, Day, Instant, NameId, UsageDigest};
use didtron_ports::Error;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// Borrowed access to one row.
#[derive(Clone, Copy)]
pub(crate) struct Columns<'r>(pub(crate) &'r SqliteRow);

impl<'r> Columns<'r> {
    fn get<T>(self, name: &str) -> Result<T, Error>
    where
        T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        self.0.try_get(name).map_err(|error| Error::Damaged(format!("could not read {name} from the books: {error}")))
    }

    pub(crate) fn integer(self, name: &str) -> Result<i64, Error> {
        self.get(name)
    }

    pub(crate) fn some_integer(self, name: &str) -> Result<Option<i64>, Error> {
        self.get(name)
    }

    pub(crate) fn text(self, name: &str) -> Result<String, Error> {
        self.get(name)
    }

    pub(crate) fn some_text(self, name: &str) -> Result<Option<String>, Error> {
        self.get(name)
    }

    /// An integer of a narrower or unsigned type.
    pub(crate) fn number<T: TryFrom<i64>>(self, name: &str) -> Result<T, Error> {
        let value = self.integer(name)?;
        T::try_from(value).map_err(|_| damaged(name, &value.to_string()))
    }

    pub(crate) fn day(self, name: &str) -> Result<Day, Error> {
        self.number(name).map(Day)
    }

    pub(crate) fn instant(self, name: &str) -> Result<Instant, Error> {
        self.integer(name).map(Instant)
    }

    pub(crate) fn name_id(self, name: &str) -> Result<NameId, Error> {
        self.number(name).map(NameId)
    }

    pub(crate) fn some_name_id(self, name: &str) -> Result<Option<NameId>, Error> {
        let id = |id: i64| u32::try_from(id).map(NameId).map_err(|_| damaged(name, &id.to_string()));
        self.some_integer(name)?.map(id).transpose()
    }

    pub(crate) fn currency(self, name: &str) -> Result<Currency, Error> {
        Currency::parse(&self.text(name)?).map_err(|error| damaged(name, &error.0))
    }

    /// A BLAKE3 digest.
    pub(crate) fn digest(self, name: &str) -> Result<[u8; 32], Error> {
        let text = self.text(name)?;
        blake3::Hash::from_hex(&text).map(|hash| *hash.as_bytes()).map_err(|_| damaged(name, &text))
    }

    /// A usage digest; empty text is that of no rows.
    pub(crate) fn usage_digest(self, name: &str) -> Result<UsageDigest, Error> {
        match self.text(name)?.as_str() {
            "" => Ok(UsageDigest::default()),
            text => u128::from_str_radix(text, 16).map(UsageDigest).map_err(|_| damaged(name, text)),
        }
    }

    /// One of the words of a closed list.
    pub(crate) fn word<T>(self, name: &str, read: fn(&str) -> Option<T>) -> Result<T, Error> {
        let text = self.text(name)?;
        read(&text).ok_or_else(|| damaged(name, &text))
    }

    /// The same of a column that may be empty.
    pub(crate) fn some_word<T>(self, name: &str, read: fn(&str) -> Option<T>) -> Result<Option<T>, Error> {
        let word = |text: String| read(&text).ok_or_else(|| damaged(name, &text));
        self.some_text(name)?.map(word).transpose()
    }
}

fn damaged(name: &str, value: &str) -> Error {
    Error::Damaged(format!("could not read {name} from the books: {value:?} is not one of its values"))
}

/// A digest as stored.
pub(crate) fn hex(digest: &[u8; 32]) -> String {
    blake3::Hash::from_bytes(*digest).to_hex().to_string()
}

/// An unsigned quantity as stored; beyond 2^63 it is damage.
pub(crate) fn stored(value: u64, what: &str) -> Result<i64, Error> {
    i64::try_from(value).map_err(|_| Error::Damaged(format!("could not store {what}: {value} is out of range")))
}
