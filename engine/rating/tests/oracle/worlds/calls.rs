//! Random calls of a world, as its trunks send them.

use super::{AREAS, Dice, Made};
use didtron_domain::{CallRecord, Instant};

/// An owned record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cells {
    answer: Instant,
    duration_ms: u64,
    marked_answered: bool,
    last_attempt: bool,
    pub(crate) clean: bool,
    ingress: String,
    egress: String,
    caller: String,
    called: String,
    called_egress: String,
    lrn: String,
}

impl Cells {
    pub(crate) fn is_billable(&self) -> bool {
        self.marked_answered && self.duration_ms > 0
    }

    pub(crate) fn record(&self) -> CallRecord<'_> {
        CallRecord {
            source: "plain",
            call_id: "c",
            start: self.answer,
            answer: self.answer,
            duration_ms: self.duration_ms,
            marked_answered: self.marked_answered,
            last_attempt: self.last_attempt,
            clean: self.clean,
            ingress: &self.ingress,
            egress: &self.egress,
            caller: &self.caller,
            called: &self.called,
            called_egress: &self.called_egress,
            lrn: &self.lrn,
            ..CallRecord::PLACEHOLDER
        }
    }
}

impl Made {
    pub(crate) fn call(&self, dice: &mut Dice) -> Cells {
        let number = self.number(dice);
        let trunk = |dice: &mut Dice, first: u64| format!("trunk-{}", first + dice.below(3));
        let (mut ingress, mut egress) = (trunk(dice, 0), trunk(dice, 3));
        let clean = dice.percent(15);
        let mut called = self.written(dice, &number, (&ingress, clean));
        let mut called_egress = match dice.below(6) {
            0 => String::new(),
            1..4 => self.written(dice, &number, (&egress, clean)),
            _ => {
                let other = self.number(dice);
                self.written(dice, &other, (&egress, clean))
            }
        };
        match dice.below(60) {
            0..3 => (ingress, called) = (String::new(), self.written(dice, &number, (&egress, clean))),
            3..6 => (egress, called_egress) = (String::new(), String::new()),
            6 => {
                ingress = dice.pick(&["ghost", "carrier-0", "TRUNK-0", "trunk-4"]).to_owned();
            }
            7 => egress = dice.pick(&["ghost", "trunk-1"]).to_owned(),
            8 => (ingress, egress) = (String::new(), String::new()),
            _ => {}
        }
        let caller = if dice.percent(40) { "1".to_owned() + dice.pick(&AREAS) + "5550100" } else { self.number(dice) };
        let caller = match dice.below(12) {
            0 => dice.pick(&["", "anonymous", "0", "77123456789", "18765550100"]).to_owned(),
            1..4 => format!("+{caller}"),
            4..6 if caller.starts_with('1') => caller[1..].to_owned(),
            6 => dice.pick(&["4930", "331", "12125", "49", "43"]).to_owned() + &dice.digits(5),
            _ => caller,
        };
        let lrn = |dice: &mut Dice| "1".to_owned() + dice.pick(&AREAS) + &dice.digits(7);
        let lrn = match dice.below(6) {
            0 => lrn(dice),
            1 => format!("+{}", lrn(dice)),
            2 => lrn(dice)[1..].to_owned(),
            3 => "n/a".to_owned(),
            _ => String::new(),
        };
        let marked_answered = dice.percent(90);
        let duration_ms = if marked_answered { duration(dice) } else { 0 };
        let last_attempt = dice.percent(50);
        Cells {
            answer: self.answer(dice),
            duration_ms,
            marked_answered,
            last_attempt,
            clean,
            ingress,
            egress,
            caller,
            called,
            called_egress,
            lrn,
        }
    }

    fn number(&self, dice: &mut Dice) -> String {
        let prefix = dice.pick(&self.pool);
        let length = if prefix.starts_with('1') { 11 } else { dice.pick(&[8, 9, 10, 11, 12, 13, 15]) };
        let prefix = if prefix == "1" { "1".to_owned() + dice.pick(&AREAS) } else { prefix };
        let missing = usize::saturating_sub(length, prefix.len());
        prefix + &dice.digits(missing)
    }

    /// A number as a trunk sends it: mostly in a way that its interconnect reads, and clean where the mapping says so.
    fn written(&self, dice: &mut Dice, number: &str, (trunk, clean): (&str, bool)) -> String {
        let techs: Vec<&str> =
            self.spec.services.iter().filter(|s| s.interconnect == trunk).map(|s| s.tech_prefix.as_str()).collect();
        let bare = dice.percent(if clean { 80 } else { 5 });
        let tech = if techs.is_empty() || bare { "" } else { dice.pick(&techs) };
        let anyhow = dice.percent(15);
        let habits = self.spec.interconnects.iter().find(|x| x.name == trunk).filter(|_| !anyhow);
        let front = |front: &str| habits.is_none_or(|x| x.international_prefixes.iter().any(|own| own == front));
        let plus_one = habits.is_none_or(|x| x.national_plus_one);
        let zero = habits.is_none_or(|x| x.translations.iter().any(|rule| rule.add == "+49"));
        let body = match dice.below(40) {
            0 => match dice.below(5) {
                0 => String::new(),
                1 => format!("0{number}"),
                2 => format!("{number}x"),
                3 => format!("{number}12345678"),
                _ => format!("000{number}"),
            },
            1..8 => format!("+{number}"),
            8..12 if front("00") => format!("00{number}"),
            12..14 if front("011") => format!("011{number}"),
            14..20 if plus_one && number.starts_with('1') => number[1..].to_owned(),
            14..20 if zero && number.starts_with("49") => format!("0{}", &number[2..]),
            _ => number.to_owned(),
        };
        format!("{tech}{body}")
    }

    fn answer(&self, dice: &mut Dice) -> Instant {
        let around = |dice: &mut Dice, at: Instant, micros: u64| {
            at.plus_micros(
                i64::try_from(dice.below(2 * micros)).expect("small") - i64::try_from(micros).expect("small"),
            )
        };
        let anywhere = self.begin.plus_micros(i64::try_from(dice.below(36 * 86_400_000)).expect("small") * 1000);
        match dice.below(10) {
            0 => dice.pick(&self.edges),
            1 => dice.pick(&self.edges).plus_micros(dice.pick(&[-1, 1, -1_000_000, 999_999])),
            2 => around(dice, dice_pick(&self.changes, anywhere), 9_000_000_000),
            3 => {
                let change = dice.pick(&self.changes);
                around(dice, change, 40_000_000_000)
            }
            4 => Instant(anywhere.0 / 3_600_000_000 * 3_600_000_000)
                .plus_micros(-i64::try_from(dice.below(300_000_000)).expect("small")),
            _ => anywhere,
        }
    }
}

/// One of a few, chosen by an instant that is itself random.
fn dice_pick(of: &[Instant], by: Instant) -> Instant {
    of[usize::try_from(by.0 / 1_000_000).expect("after 1970") % of.len()]
}

fn duration(dice: &mut Dice) -> u64 {
    let edges = [0, 1, 2, 3, 5, 6, 7, 29, 30, 31, 36, 37, 59, 60, 61, 66, 89, 90, 91, 119, 120, 121];
    let whole = match dice.below(100) {
        0 => return dice.pick(&[18_000_000_000_000_000_000, 9_000_000_000_000_000_500, 40_000_000_000_000]),
        1..40 => dice.pick(&edges),
        40..80 => dice.below(600),
        _ => dice.below(7000),
    };
    whole * 1000 + dice.pick(&[0, 0, 0, 100, 400, 499, 500, 500, 501, 900, 1])
}
