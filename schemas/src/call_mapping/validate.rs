//! Contradictions that no single setting shows: what a mapping needs, and what does not go together.

use super::{Answered, CallMapping, ColumnRef, Field, Format};
use std::collections::BTreeMap;

/// The setting at fault and what is wrong with it.
pub(super) fn first_contradiction(mapping: &CallMapping) -> Option<(&'static str, String)> {
    let checks = [
        name,
        needed_columns,
        column_references,
        column_twice,
        constants,
        optional,
        csv_characters,
        cell_counts,
        answered,
        lists,
    ];
    checks.iter().find_map(|check| check(mapping))
}

type Finding = Option<(&'static str, String)>;

fn name(mapping: &CallMapping) -> Finding {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let wrong = mapping.name.is_empty() || !mapping.name.chars().all(legal);
    wrong.then(|| ("name", format!("{:?} is no name: letters, digits, -, _ and . are expected", mapping.name)))
}

fn needed_columns(mapping: &CallMapping) -> Finding {
    let missing =
        [Field::CallId, Field::Start, Field::Duration].into_iter().find(|f| !mapping.columns.contains_key(f))?;
    Some(("columns", format!("no column is named for {}, and every mapping needs one", missing.name())))
}

fn references(mapping: &CallMapping) -> impl Iterator<Item = (&'static str, &ColumnRef)> {
    let columns = mapping.columns.iter().map(|(field, column)| (field.name(), column));
    columns.chain(mapping.identity.iter().map(|column| ("identity", column)))
}

fn column_references(mapping: &CallMapping) -> Finding {
    let named = mapping.format == Format::Jsonl || mapping.csv.header;
    references(mapping).find_map(|(key, column)| match column {
        ColumnRef::Position(0) => Some((key, format!("{key} is column 0, and columns are counted from 1"))),
        ColumnRef::Position(_) if mapping.format == Format::Jsonl => {
            Some((key, format!("{key} is a position, and JSON lines have names only")))
        }
        ColumnRef::Name(name) if !named => {
            Some((key, format!("{key} is the column {name:?}, and without a header there are positions only")))
        }
        ColumnRef::Name(name) if name.is_empty() => Some((key, format!("{key} has an empty column name"))),
        _ => None,
    })
}

/// One column may be two fields only where both are of one kind: a duration read as a status is a slip.
fn column_twice(mapping: &CallMapping) -> Finding {
    let numbers = [Field::Duration, Field::Ring, Field::Pdd, Field::StatedRevenue, Field::StatedCost];
    let mut seen: BTreeMap<String, Field> = BTreeMap::new();
    mapping.columns.iter().filter(|(field, _)| numbers.contains(field)).find_map(|(&field, column)| {
        let other = seen.insert(column.to_string(), field)?;
        Some((field.name(), format!("{} and {} are both read from {column}", other.name(), field.name())))
    })
}

fn constants(mapping: &CallMapping) -> Finding {
    let legal = [Field::Source, Field::Branch, Field::Ingress, Field::Egress];
    let (field, text) = mapping.constants.iter().find(|(field, text)| !legal.contains(field) || text.is_empty())?;
    Some(match text.is_empty() {
        true => ("constants", format!("the constant {} is empty", field.name())),
        false => {
            ("constants", format!("{} cannot be a constant: source, branch, ingress and egress can", field.name()))
        }
    })
}

fn optional(mapping: &CallMapping) -> Finding {
    let needed = [Field::CallId, Field::Start, Field::Duration];
    mapping.optional.iter().find_map(|field| match field {
        field if needed.contains(field) => Some(("optional", format!("{} cannot be optional", field.name()))),
        field if !mapping.columns.contains_key(field) => {
            Some(("optional", format!("{} is optional, and no column is named for it", field.name())))
        }
        _ => None,
    })
}

fn csv_characters(mapping: &CallMapping) -> Finding {
    let csv = &mapping.csv;
    if csv.quote.0 == Some(csv.separator.0) {
        return Some(("quote", "separator and quote are the same character".to_owned()));
    }
    match &csv.comment {
        Some(comment) if comment.is_empty() => Some(("comment", "the comment prefix is empty".to_owned())),
        _ => None,
    }
}

fn cell_counts(mapping: &CallMapping) -> Finding {
    let counts = &mapping.csv.cell_counts;
    if counts.is_empty() {
        return None;
    }
    if mapping.csv.header {
        return Some(("cell_counts", "cell_counts is for files without a header".to_owned()));
    }
    let beyond = references(mapping).find_map(|(key, column)| match column {
        ColumnRef::Position(at) if !counts.iter().any(|count| count >= at) => Some((key, *at)),
        _ => None,
    });
    beyond.map(|(key, at)| ("cell_counts", format!("{key} is column {at}, and no record has that many cells")))
}

fn answered(mapping: &CallMapping) -> Finding {
    match &mapping.answered {
        Answered::Always => None,
        Answered::AnswerGiven => (!mapping.columns.contains_key(&Field::Answer))
            .then(|| ("answered", "a given answer means answered, and no column is named for answer".to_owned())),
        Answered::Statuses(words) if words.is_empty() => Some(("answered", "no status means answered".to_owned())),
        Answered::Statuses(_) if mapping.optional.contains(&Field::Status) => {
            Some(("optional", "status tells what was answered and cannot be optional".to_owned()))
        }
        Answered::Statuses(_) => (!mapping.columns.contains_key(&Field::Status))
            .then(|| ("answered", "statuses mean answered, and no column is named for status".to_owned())),
    }
}

fn lists(mapping: &CallMapping) -> Finding {
    if mapping.times.is_empty() {
        return Some(("times", "no form of times is given".to_owned()));
    }
    let both = mapping.truth.yes.iter().find(|word| mapping.truth.no.contains(word))?;
    Some(("truth", format!("{both:?} is a yes and a no")))
}
