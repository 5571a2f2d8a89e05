//! What a whole file proves about how it is written, where the mapping does not say: the decimal sign, the order of
//! dates, the meaning of hyphens. What it does not prove is a finding, not a guess.

use crate::cell::Cell;
use crate::codes::{self, HyphenSign};
use crate::columns::Columns;
use crate::dates::{self, OrderProof};
use crate::grid::{Sheet, SheetRow};
use crate::prices::{self, SignProof};
use didtron_schemas::deck_file::{Finding, Scope};
use didtron_schemas::deck_mapping::{DateOrder, DecimalSign, DeckField, DeckMapping, Hyphen};

/// The fields that hold prices per minute.
pub(crate) const PRICES: [DeckField; 8] = [
    DeckField::Rate,
    DeckField::InitialRate,
    DeckField::Inter,
    DeckField::Intra,
    DeckField::Indeterminate,
    DeckField::Local,
    DeckField::Eea,
    DeckField::International,
];

/// How the cells of a file are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Conventions {
    pub(crate) sign: DecimalSign,
    /// `None` where no date needs it.
    pub(crate) order: Option<DateOrder>,
    pub(crate) hyphen: Hyphen,
}

/// A row of the table, with the sheet that it is in.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) sheet: &'a Sheet,
    pub(crate) columns: &'a Columns,
    pub(crate) row: &'a SheetRow,
}

/// Looks at all rows and settles what the mapping leaves open. Where a question stays open the findings say so, and
/// what is returned serves only to find what else is wrong.
pub(crate) fn settle<'a>(
    rows: impl Iterator<Item = Seen<'a>>,
    mapping: &DeckMapping,
    findings: &mut Vec<Finding>,
) -> Conventions {
    let mut survey = Survey::default();
    for seen in rows {
        survey.row(seen, mapping);
    }
    let sign = mapping.prices.decimal_sign.unwrap_or_else(|| survey.sign(findings));
    let order = mapping.dates.order.or_else(|| survey.order(findings));
    let hyphen = mapping.codes.hyphen.unwrap_or_else(|| survey.hyphen(findings));
    Conventions { sign, order, hyphen }
}

/// The first cell that proves each thing, as the finding that would name it.
#[derive(Default)]
struct Survey {
    point: Option<Finding>,
    comma: Option<Finding>,
    doubtful_point: Option<Finding>,
    doubtful_comma: Option<Finding>,
    day_first: Option<Finding>,
    month_first: Option<Finding>,
    either_order: Option<Finding>,
    range: Option<Finding>,
    area: Option<Finding>,
    either_hyphen: Option<Finding>,
}

impl Survey {
    fn row(&mut self, seen: Seen<'_>, mapping: &DeckMapping) {
        for field in PRICES.into_iter().chain([DeckField::ConnectFee]) {
            self.price(seen, field, mapping);
        }
        for field in [DeckField::EffectiveFrom, DeckField::EffectiveTo] {
            self.date(seen, field, mapping);
        }
        self.code(seen, mapping);
    }

    fn price(&mut self, seen: Seen<'_>, field: DeckField, mapping: &DeckMapping) {
        let cell = seen.columns.cell(seen.row, field);
        let slot = match prices::proof(cell, &mapping.prices.affixes) {
            None => return,
            Some(SignProof::Point) => &mut self.point,
            Some(SignProof::Comma) => &mut self.comma,
            Some(SignProof::PointOrGroups) => &mut self.doubtful_point,
            Some(SignProof::CommaOrGroups) => &mut self.doubtful_comma,
        };
        slot.get_or_insert_with(|| at(seen, field, cell));
    }

    fn date(&mut self, seen: Seen<'_>, field: DeckField, mapping: &DeckMapping) {
        let cell = seen.columns.cell(seen.row, field);
        let slot = match dates::order_proof(cell, &mapping.dates) {
            None => return,
            Some(OrderProof::DayFirst) => &mut self.day_first,
            Some(OrderProof::MonthFirst) => &mut self.month_first,
            Some(OrderProof::Either) => &mut self.either_order,
        };
        slot.get_or_insert_with(|| at(seen, field, cell));
    }

    fn code(&mut self, seen: Seen<'_>, mapping: &DeckMapping) {
        let cell = seen.columns.cell(seen.row, DeckField::Prefix);
        if !cell.text().contains(['-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2212}']) {
            return;
        }
        let has_country = seen.columns.has(DeckField::CountryCode);
        for part in codes::parts(cell.text(), &mapping.codes) {
            let slot = match codes::hyphen_sign(&part, has_country, &mapping.codes) {
                None => continue,
                Some(HyphenSign::Range) => &mut self.range,
                Some(HyphenSign::Area) => &mut self.area,
                Some(HyphenSign::Either) => &mut self.either_hyphen,
            };
            slot.get_or_insert_with(|| at(seen, DeckField::Prefix, cell));
        }
    }

    fn sign(&self, findings: &mut Vec<Finding>) -> DecimalSign {
        let ask = "say in a mapping whether prices.decimal_sign is point or comma";
        match (&self.point, &self.comma) {
            (Some(_), Some(comma)) => {
                findings.push(saying(
                    comma,
                    format!("some prices have a decimal point and this one a decimal comma; {ask}"),
                ));
                DecimalSign::Point
            }
            (Some(_), None) => {
                if let Some(doubtful) = &self.doubtful_comma {
                    findings.push(saying(doubtful, format!("the comma may separate thousands or decimals; {ask}")));
                }
                DecimalSign::Point
            }
            (None, Some(_)) => {
                if let Some(doubtful) = &self.doubtful_point {
                    findings.push(saying(doubtful, format!("the point may separate thousands or decimals; {ask}")));
                }
                DecimalSign::Comma
            }
            (None, None) => {
                let doubtful = self.doubtful_point.as_ref().or(self.doubtful_comma.as_ref());
                if let Some(doubtful) = doubtful {
                    findings.push(saying(
                        doubtful,
                        format!("may be thousands or have decimals, and no price proves which; {ask}"),
                    ));
                }
                if self.doubtful_comma.is_some() { DecimalSign::Comma } else { DecimalSign::Point }
            }
        }
    }

    fn order(&self, findings: &mut Vec<Finding>) -> Option<DateOrder> {
        let ask = "say in a mapping whether dates.order is day_first or month_first";
        match (&self.day_first, &self.month_first, &self.either_order) {
            (Some(_), Some(month_first), _) => {
                findings.push(saying(
                    month_first,
                    format!("some dates begin with the day and this one with the month; {ask}"),
                ));
                None
            }
            (Some(_), None, _) => Some(DateOrder::DayFirst),
            (None, Some(_), _) => Some(DateOrder::MonthFirst),
            (None, None, Some(either)) => {
                findings.push(saying(
                    either,
                    format!("may begin with the day or the month, and no date proves which; {ask}"),
                ));
                None
            }
            (None, None, None) => None,
        }
    }

    fn hyphen(&self, findings: &mut Vec<Finding>) -> Hyphen {
        let ask = "say in a mapping whether codes.hyphen is range or country_area";
        match (&self.range, &self.area, &self.either_hyphen) {
            (Some(_), Some(area), _) => {
                findings.push(saying(
                    area,
                    format!("some hyphens make a range and this one joins country and area; {ask}"),
                ));
                Hyphen::Range
            }
            (None, Some(_), _) => Hyphen::CountryArea,
            (None, None, Some(either)) => {
                findings.push(saying(either, format!("the hyphen may make a range or join country and area; {ask}")));
                Hyphen::Range
            }
            _ => Hyphen::Range,
        }
    }
}

fn at(seen: Seen<'_>, field: DeckField, cell: &Cell) -> Finding {
    Finding {
        sheet: seen.sheet.name.as_deref().map(str::to_owned),
        ..Finding::of_row(seen.row.line, seen.columns.shown(field), cell.text(), "")
    }
}

fn saying(at: &Finding, message: String) -> Finding {
    Finding { scope: Scope::File, message, ..at.clone() }
}
