//! Contradictions that no single setting shows: what a mapping needs, and what does not go together.

use super::{ColumnRef, DateRules, DeckField, DeckForm, DeckMapping, Header};

type Finding = Option<(&'static str, String)>;

/// The setting at fault and what is wrong with it.
pub(super) fn first_contradiction(mapping: &DeckMapping) -> Finding {
    let checks = [
        name,
        columns_of_form,
        needed_columns,
        column_references,
        optional,
        constants,
        join,
        filters,
        codes,
        patterns,
        markup,
    ];
    checks.iter().find_map(|check| check(mapping))
}

fn name(mapping: &DeckMapping) -> Finding {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let wrong = mapping.name.is_empty() || !mapping.name.chars().all(legal);
    wrong.then(|| ("name", format!("{:?} is no name: letters, digits, -, _ and . are expected", mapping.name)))
}

fn columns_of_form(mapping: &DeckMapping) -> Finding {
    let wrong = mapping.form == DeckForm::Plain && (!mapping.columns.is_empty() || mapping.join.is_some());
    wrong.then(|| ("columns", "a plain deck names its own columns; remove those of the mapping".to_owned()))
}

fn needed_columns(mapping: &DeckMapping) -> Finding {
    if mapping.form == DeckForm::Plain || mapping.recognises() {
        return None;
    }
    let has = |field| mapping.columns.contains_key(&field);
    if !has(DeckField::Prefix) {
        return Some(("columns", "no column is named for prefix, and every mapping needs one".to_owned()));
    }
    if !has(DeckField::Destination) && !has(DeckField::Country) && mapping.constant(DeckField::Destination).is_empty() {
        return Some(("columns", "neither destination nor country has a column or a constant".to_owned()));
    }
    let us = [DeckField::Inter, DeckField::Intra, DeckField::Indeterminate];
    let eea = [DeckField::Local, DeckField::Eea, DeckField::International];
    let priced = has(DeckField::Rate) || us.into_iter().all(has) || eea.into_iter().all(has);
    (!priced).then(|| ("columns", "no column is named for a price: rate, or all three of a kind".to_owned()))
}

fn references(mapping: &DeckMapping) -> impl Iterator<Item = (&'static str, &ColumnRef)> {
    let columns = mapping.columns.iter().map(|(field, column)| (field.name(), column));
    let keep = mapping.keep.iter().map(|filter| ("keep", &filter.column));
    let drop = mapping.drop.iter().map(|filter| ("drop", &filter.column));
    columns.chain(keep).chain(drop)
}

fn column_references(mapping: &DeckMapping) -> Finding {
    let no_header = mapping.layout.header == Header::None;
    references(mapping).find_map(|(key, column)| match column {
        ColumnRef::Position(0) => Some((key, format!("{key} is column 0, and columns are counted from 1"))),
        ColumnRef::Names(names) if names.is_empty() || names.iter().any(String::is_empty) => {
            Some((key, format!("{key} has an empty column name")))
        }
        ColumnRef::Names(names) if names.iter().any(|name| name.starts_with("join:")) && mapping.join.is_none() => {
            Some((key, format!("{key} is a column of a joined file, and the mapping joins none")))
        }
        ColumnRef::Names(names) if no_header && names.iter().any(|name| !name.starts_with("join:")) => {
            Some((key, format!("{key} is a named column, and without a header there are positions only")))
        }
        _ => None,
    })
}

fn optional(mapping: &DeckMapping) -> Finding {
    mapping.optional.iter().find_map(|field| match field {
        DeckField::Prefix => Some(("optional", "prefix cannot be optional".to_owned())),
        field if !mapping.columns.contains_key(field) => {
            Some(("optional", format!("{} is optional, and no column is named for it", field.name())))
        }
        _ => None,
    })
}

fn constants(mapping: &DeckMapping) -> Finding {
    let legal = [
        DeckField::CountryCode,
        DeckField::Country,
        DeckField::Destination,
        DeckField::ConnectFee,
        DeckField::OriginSet,
        DeckField::TimeClass,
        DeckField::Group,
    ];
    let (field, _) = mapping.constants.iter().find(|(field, text)| !legal.contains(field) || text.is_empty())?;
    let names = legal.map(DeckField::name).join(", ");
    Some(("constants", format!("{} is no constant with a text: {names} can be one", field.name())))
}

fn join(mapping: &DeckMapping) -> Finding {
    let join = mapping.join.as_ref()?;
    let folder = |file: &String| file.is_empty() || file.contains(['/', '\\']);
    let wrong =
        join.files.is_empty() || join.files.iter().any(folder) || join.key.is_empty() || join.joined_key.is_empty();
    wrong.then(|| ("join", "a joined file is named without its folder, and needs key and joined_key".to_owned()))
}

fn filters(mapping: &DeckMapping) -> Finding {
    let lists = [("keep", &mapping.keep), ("drop", &mapping.drop)];
    lists.into_iter().find_map(|(key, filters)| {
        let empty = filters.iter().any(|filter| filter.words.is_empty() && filter.begins.is_empty());
        empty.then(|| (key, format!("a filter of {key} has neither words nor begins")))
    })
}

fn codes(mapping: &DeckMapping) -> Finding {
    let codes = &mapping.codes;
    if !codes.prepend.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(("prepend", "prepend is made of digits".to_owned()));
    }
    if codes.strip.iter().any(String::is_empty) {
        return Some(("strip", "a front to strip is empty".to_owned()));
    }
    let wrong = codes.separators.chars().any(|c| c.is_alphanumeric() || c == '-' || c == '+');
    wrong.then(|| ("separators", "a separator of codes is no letter, digit, - or +".to_owned()))
}

fn patterns(mapping: &DeckMapping) -> Finding {
    mapping.dates.patterns.iter().find_map(|pattern| Some(("patterns", DateRules::pattern_fault(pattern)?)))
}

fn markup(mapping: &DeckMapping) -> Finding {
    let wrong = mapping.prices.markup.is_some_and(|markup| markup.decimals > 9);
    wrong.then(|| ("decimals", "a price has at most 9 decimals".to_owned()))
}
