//! An interconnect: whose it is, which service a number takes, and what remains of the number (R9).

use crate::plan::Plan;
use crate::when::Validity;
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Carrier {
    pub(crate) name: String,
    pub(crate) currency: String,
    #[serde(rename = "kind")]
    _kind: String,
    #[serde(rename = "billing_model")]
    _billing_model: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Direction {
    Ingress,
    Egress,
}

#[derive(Debug)]
pub(crate) struct Interconnect {
    pub(crate) carrier: Carrier,
    pub(crate) direction: Direction,
    pub(crate) international_prefixes: Vec<String>,
    /// Put before ten digits without an international prefix.
    pub(crate) national: Option<String>,
    pub(crate) services: Vec<Service>,
}

#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) tech_prefix: String,
    pub(crate) plans: Vec<(Validity, Arc<Plan>)>,
}

impl Service {
    pub(crate) fn plan_at(&self, at: Timestamp) -> Option<&Plan> {
        self.plans.iter().find(|(validity, _)| validity.holds(at)).map(|(_, plan)| plan.as_ref())
    }
}

/// One side of a call: on which service, with which number.
#[derive(Debug)]
pub(crate) struct Leg<'a> {
    pub(crate) interconnect: &'a Interconnect,
    pub(crate) service: &'a Service,
    pub(crate) number: String,
}

impl Interconnect {
    /// `None` without a service or a number.
    pub(crate) fn leg(&self, called: &str) -> Option<Leg<'_>> {
        let fitting = self.services.iter().filter(|service| called.starts_with(&service.tech_prefix));
        let service = fitting.max_by_key(|service| service.tech_prefix.len())?;
        let number = self.treat(&called[service.tech_prefix.len()..])?;
        Some(Leg { interconnect: self, service, number })
    }

    /// With a number that is treated already, which no tech prefix was asked of.
    pub(crate) fn leg_of_treated(&self, number: String) -> Option<Leg<'_>> {
        let service = self.services.iter().min_by_key(|service| service.tech_prefix.len())?;
        Some(Leg { interconnect: self, service, number })
    }

    fn treat(&self, text: &str) -> Option<String> {
        let abroad = self.international_prefixes.iter().find_map(|prefix| text.strip_prefix(prefix.as_str()));
        let number = match (abroad, &self.national) {
            (Some(rest), _) => rest.to_owned(),
            (None, Some(national)) if text.len() == 10 => format!("{national}{text}"),
            (None, _) => text.to_owned(),
        };
        let is_number = (1..=15).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && !number.starts_with('0');
        is_number.then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_treated_in_order() {
        let carrier = Carrier {
            name: "acme".to_owned(),
            currency: "USD".to_owned(),
            _kind: "customer".to_owned(),
            _billing_model: "wholesaler".to_owned(),
        };
        let service = |tech_prefix: &str| Service { tech_prefix: tech_prefix.to_owned(), plans: Vec::new() };
        let acme = Interconnect {
            carrier,
            direction: Direction::Ingress,
            international_prefixes: ["+", "011"].map(str::to_owned).to_vec(),
            national: Some("1".to_owned()),
            services: vec![service(""), service("77#")],
        };
        for (called, tech_prefix, number) in [
            ("+4930123456", "", "4930123456"),
            ("77#0114930123456", "77#", "4930123456"),
            ("2125550123", "", "12125550123"),
            ("+2125550123", "", "2125550123"),
            ("442071234567", "", "442071234567"),
        ] {
            let leg = acme.leg(called).unwrap();
            assert_eq!((leg.service.tech_prefix.as_str(), leg.number.as_str()), (tech_prefix, number), "{called}");
        }
        for called in ["", "+", "+0123", "12345678901234567", "anonymous", "77#77#4930123456"] {
            assert!(acme.leg(called).is_none(), "{called}");
        }
    }
}
