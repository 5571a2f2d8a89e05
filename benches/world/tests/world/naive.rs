//! Whether a record can be rated, by plain search through the rows that were written.

use crate::catalog::{Catalog, Row, Trunk, instant};

/// The cells of a record, in the order of the header.
pub(crate) struct Record<'a> {
    pub(crate) version: &'a str,
    pub(crate) start: &'a str,
    pub(crate) answer: &'a str,
    pub(crate) duration: &'a str,
    pub(crate) status: &'a str,
    pub(crate) ingress: &'a str,
    pub(crate) egress: &'a str,
    pub(crate) called: &'a str,
    pub(crate) called_egress: &'a str,
}

impl<'a> Record<'a> {
    /// `None` where nobody can read the line.
    pub(crate) fn read(line: &'a str) -> Option<Self> {
        let cells: Vec<&str> = line.split(',').collect();
        let [_, _, version, start, answer, duration, status, ingress, egress, _, called, called_egress, revenue, cost] =
            cells[..]
        else {
            return None;
        };
        let record = Self { version, start, answer, duration, status, ingress, egress, called, called_egress };
        let is_figure = |text: &str| {
            text.split('.').count() <= 2
                && text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        };
        let optional = |text: &str| text.is_empty() || is_figure(text);
        let talks = is_figure(duration) && duration.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
        let is_readable = !line.contains('"')
            && is_instant(start)
            && (answer.is_empty() || is_instant(answer))
            && is_figure(duration)
            && !status.is_empty()
            && (status == "answered" || !talks)
            && !(ingress.is_empty() && egress.is_empty())
            && version.bytes().all(|byte| byte.is_ascii_digit())
            && optional(revenue)
            && optional(cost);
        is_readable.then_some(record)
    }

    /// Why it must wait, by the order of R15.
    pub(crate) fn refused(&self, catalog: &Catalog) -> Option<&'static str> {
        if self.status != "answered" || self.duration == "0" {
            return None;
        }
        let trunk = |name: &str, way: &str| catalog.trunks.get(name).filter(|trunk| trunk.direction == way);
        let Some(customer) = trunk(self.ingress, "ingress") else { return Some("unknown_customer") };
        let Some(supplier) = trunk(self.egress, "egress") else { return Some("unknown_supplier") };
        let at = instant(self.answer);
        let (sell, dialled) = customer.layers(self.called, &at);
        let number = customer.treat(dialled);
        let (buy, carried) = match self.called_egress {
            "" => (supplier.layers(supplier.services[0].tech_prefix.as_str(), &at).0, number.clone()),
            own => {
                let (layers, own) = supplier.layers(own, &at);
                (layers, supplier.treat(own))
            }
        };
        let (Some(number), Some(carried)) = (number, carried) else { return Some("invalid_number") };
        let (sold, bought) = (best(catalog, sell, &number, &at, false), best(catalog, buy, &carried, &at, false));
        let priced = bought.filter(|row| !row.rate.is_empty()).or_else(|| best(catalog, buy, &carried, &at, true));
        match (sold, priced) {
            (None, _) | (_, None) => Some("no_rate"),
            (Some(row), _) if row.status == "blocked" => Some("blocked_destination"),
            _ => {
                assert!(
                    customer.has_quote(catalog, &at) && supplier.has_quote(catalog, &at),
                    "a quote in reach of {at}"
                );
                None
            }
        }
    }
}

impl Trunk {
    /// The decks for a number as it was dialled, and the number behind the tech prefix.
    fn layers<'a, 'n>(&'a self, dialled: &'n str, at: &str) -> (&'a [String], &'n str) {
        let fits = self.services.iter().filter(|service| dialled.starts_with(&service.tech_prefix));
        let service = fits.max_by_key(|service| service.tech_prefix.len()).expect("a service");
        let mut plans = service.plans.iter().filter(|(from, to, _)| from.as_str() <= at && at < to.as_str());
        let (plan, other) = (plans.next().expect("a plan"), plans.next());
        assert!(other.is_none(), "one plan at a time");
        (&plan.2, &dialled[service.tech_prefix.len()..])
    }

    fn treat(&self, text: &str) -> Option<String> {
        let exit = self.exits.iter().find(|exit| text.starts_with(exit.as_str()));
        let rest = exit.map_or(text, |exit| &text[exit.len()..]);
        let is_national = self.is_national && exit.is_none() && rest.len() == 10;
        let number = if is_national { format!("1{rest}") } else { rest.to_owned() };
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
        (is_number && (8..=15).contains(&number.len())).then_some(number)
    }

    /// A quote of the account's currency from the day before the answer, or up to seven days older.
    fn has_quote(&self, catalog: &Catalog, at: &str) -> bool {
        let day = |text: &str| -> i32 {
            let part = |range: std::ops::Range<usize>| text[range].parse::<i32>().expect("digits");
            (part(5..7) - 5) * 31 + part(8..10)
        };
        let last = day(at) - 1;
        let in_reach = |quotes: &Vec<String>| quotes.iter().any(|quote| (last - 7..=last).contains(&day(quote)));
        self.currency == "USD" || catalog.quotes.get(&self.currency).is_some_and(in_reach)
    }
}

/// R10: the longest prefix with a row in force, of equal ones the higher layer's.
fn best<'a>(catalog: &'a Catalog, layers: &[String], number: &str, at: &str, only_open: bool) -> Option<&'a Row> {
    for length in (1..=number.len()).rev() {
        for deck in layers {
            let versions = &catalog.decks[deck].versions;
            // A later version's row ends the earlier one's where it begins.
            let begun = versions.iter().rev().filter_map(|rows| rows.get(&number[..length]));
            let row = begun.into_iter().find(|row| row.from.as_str() <= at);
            let in_force = row.filter(|row| at < row.to.as_str() && row.status != "closed");
            if let Some(row) = in_force.filter(|row| !only_open || row.status == "open") {
                return Some(row);
            }
        }
    }
    None
}

/// `2026-06-01T00:00:00[.fff]Z`, of a day that June 2026 has.
fn is_instant(text: &str) -> bool {
    let clock = text.strip_prefix("2026-06-").and_then(|rest| rest.strip_suffix('Z'));
    clock.is_some_and(|rest| {
        let day: Option<u32> = rest.get(..2).and_then(|day| day.parse().ok());
        rest.len() >= 11 && day.is_some_and(|day| (1..=30).contains(&day)) && rest.as_bytes()[2] == b'T'
    })
}
