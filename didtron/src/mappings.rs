//! Mappings by name or by file: the built-in ones, and a person's own as the books keep them.

use crate::failure::{data, read_file, usage};
use anyhow::Result;
use didtron_books::{Books, MappingKind};
use didtron_files::MappingDecoder;
use didtron_schemas::{call_mapping, deck_mapping};
use std::path::Path;

/// A call mapping with its text, which a person's own file is saved by.
pub(crate) struct NamedCallMapping {
    pub(crate) mapping: call_mapping::CallMapping,
    /// The TOML of a mapping that came from a file.
    pub(crate) from_file: Option<String>,
}

/// The call mapping that `word` names: a TOML file, a saved mapping, or a built-in one.
pub(crate) async fn call_mapping(books: Option<&Books>, word: &str) -> Result<NamedCallMapping> {
    if is_file(word) {
        let text = text_of(word)?;
        let mapping = call_mapping::CallMapping::parse(&text).map_err(|error| data(format!("{word}: {error}")))?;
        return Ok(NamedCallMapping { mapping, from_file: Some(text) });
    }
    if let Some(saved) = saved(books, MappingKind::Calls, word).await? {
        let mapping = call_mapping::CallMapping::parse(&saved)
            .map_err(|error| data(format!("the saved mapping {word}: {error}")))?;
        return Ok(NamedCallMapping { mapping, from_file: None });
    }
    match call_mapping::builtin(word) {
        Some(mapping) => Ok(NamedCallMapping { mapping, from_file: None }),
        None => Err(unknown(word, "calls", call_mapping::builtin_names())),
    }
}

/// The deck mapping that `word` names: a TOML file, a saved mapping, or a built-in one.
pub(crate) async fn deck_mapping(books: Option<&Books>, word: &str) -> Result<deck_mapping::DeckMapping> {
    if is_file(word) {
        let text = text_of(word)?;
        return deck_mapping::DeckMapping::parse(&text).map_err(|error| data(format!("{word}: {error}")));
    }
    if let Some(saved) = saved(books, MappingKind::Deck, word).await? {
        return deck_mapping::DeckMapping::parse(&saved)
            .map_err(|error| data(format!("the saved mapping {word}: {error}")));
    }
    deck_mapping::builtin(word).ok_or_else(|| unknown(word, "decks", deck_mapping::builtin_names()))
}

/// Every call mapping by name, for records that are decoded again.
pub(crate) async fn decoder(books: &Books) -> Result<MappingDecoder> {
    let mut own = Vec::new();
    for saved in books.mappings().await?.into_iter().filter(|saved| saved.kind == MappingKind::Calls) {
        let parsed = call_mapping::CallMapping::parse(&saved.text);
        own.push(parsed.map_err(|error| data(format!("the saved mapping {}: {error}", saved.name)))?);
    }
    Ok(MappingDecoder::new(own))
}

fn is_file(word: &str) -> bool {
    Path::new(word).extension().is_some_and(|extension| extension == "toml")
}

fn text_of(path: &str) -> Result<String> {
    String::from_utf8(read_file(Path::new(path))?).map_err(|_| data(format!("{path} is not UTF-8 text")))
}

async fn saved(books: Option<&Books>, kind: MappingKind, name: &str) -> Result<Option<String>> {
    match books {
        Some(books) => Ok(books.mapping(kind, name, None).await?.map(|saved| saved.text)),
        None => Ok(None),
    }
}

fn unknown(word: &str, of: &str, known: impl Iterator<Item = &'static str>) -> anyhow::Error {
    let known: Vec<&str> = known.collect();
    usage(format!(
        "there is no mapping {word:?} for {of}; built in are {}; name a TOML file for one of your own, or save it with `didtron mapping save FILE`",
        known.join(", ")
    ))
}
