//! Open, blocked or closed: by a status word, by a flag, or by a word in the place of the price.

use didtron_domain::deck::RowStatus;
use didtron_schemas::deck_mapping::{StatusWords, UnknownWords};

fn among(words: &[String], text: &str) -> bool {
    words.iter().any(|word| word.to_lowercase() == text)
}

/// What a status cell means.
pub(crate) fn of_word(text: &str, words: &StatusWords) -> Result<RowStatus, String> {
    let text = text.to_lowercase();
    if text.is_empty() || among(&words.open, &text) {
        Ok(RowStatus::Open)
    } else if let Some(status) = in_price(&text, words) {
        Ok(status)
    } else if words.unknown == UnknownWords::Open {
        Ok(RowStatus::Open)
    } else {
        Err("is no status that is known; name it in the mapping as open, blocked or closed".to_owned())
    }
}

/// What a word in the place of a price means; `None` where it is no such word.
pub(crate) fn in_price(text: &str, words: &StatusWords) -> Option<RowStatus> {
    let text = text.to_lowercase();
    if among(&words.blocked, &text) {
        Some(RowStatus::Blocked)
    } else if among(&words.closed, &text) {
        Some(RowStatus::Closed)
    } else {
        None
    }
}

/// Whether a flag is set.
pub(crate) fn flag(text: &str, words: &StatusWords) -> Result<bool, String> {
    let text = text.to_lowercase();
    if text.is_empty() || among(&words.no, &text) {
        Ok(false)
    } else if among(&words.yes, &text) {
        Ok(true)
    } else {
        Err("is neither a yes nor a no of the mapping".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_words_in_any_case() {
        let words = StatusWords::default();
        assert_eq!(of_word("CLOSED", &words), Ok(RowStatus::Closed));
        assert_eq!(of_word("Blocked", &words), Ok(RowStatus::Blocked));
        assert_eq!(of_word("No Change", &words), Ok(RowStatus::Open));
        assert_eq!(of_word("", &words), Ok(RowStatus::Open));
        assert!(of_word("pending", &words).is_err());
        let lenient = StatusWords { unknown: UnknownWords::Open, ..StatusWords::default() };
        assert_eq!(of_word("pending", &lenient), Ok(RowStatus::Open));
        assert_eq!((flag("1", &words), flag("", &words)), (Ok(true), Ok(false)));
        assert!(flag("2", &words).is_err());
        assert_eq!(in_price("0.05", &words), None);
    }
}
