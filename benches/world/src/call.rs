//! One call, made from its number in the month and nothing else, so that it can be made again when it is sent again.

use crate::carriers::{CUSTOMERS, Habit, SUPPLIERS};
use crate::dial::{self, Dial};
use crate::dice::{self, Dice, Stream};
use crate::figures::{push_digits, push_hexadecimal, push_integer, push_price};
use crate::june::{Clock, push_instant};
use crate::plan::{Role, Step};
use crate::prefixes::Numbering;

/// The columns of the call files.
pub(crate) const HEADER: &str = "source,call_id,version,start,answer,duration_s,status,ingress,egress,caller,called,\
                                 called_egress,stated_revenue,stated_cost\n";
const SWITCHES: [&str; 3] = ["fra-1", "lon-1", "nyc-2"];
/// The switch that numbers the versions of its records.
const VERSIONING: usize = 2;
const UNANSWERED: [&str; 5] = ["no_answer", "busy", "cancelled", "failed", "congestion"];
/// Of 1000 calls.
const ANSWERED: u64 = 650;

/// One row of a call file.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    switch: usize,
    id: u64,
    version: Option<u64>,
    /// From the month's begin.
    start_ms: u64,
    ring_ms: u64,
    duration_ms: u64,
    status: &'static str,
    customer: Party,
    supplier: Party,
    caller: Option<u64>,
    called: u64,
    form: Form,
    /// Whether the record has the supplier's leg's own number.
    has_own_leg: bool,
    /// A number under an open row, where the call should have gone.
    planned: u64,
    /// The customers' price there, in nano-USD.
    rate: u64,
    has_stated: bool,
}

/// A party by its place among the carriers, or a name that no interconnect has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Party {
    Known(usize),
    Unknown(u64),
}

/// How the called number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Digits,
    Plus,
    Exit(&'static str),
    /// Behind a technical prefix.
    Tech(&'static str),
    /// Ten digits of an American number.
    National,
}

/// What all calls are made from.
#[derive(Debug)]
pub(crate) struct Month<'a> {
    numbering: &'a Numbering,
    dial: Dial,
    clock: Clock,
    customer_shares: u64,
}

impl<'a> Month<'a> {
    pub(crate) fn new(numbering: &'a Numbering, call_count: u64) -> Self {
        let customer_shares = CUSTOMERS.iter().map(|customer| customer.share).sum();
        Self { numbering, dial: Dial::new(numbering), clock: Clock::new(call_count), customer_shares }
    }

    /// The first row of the call numbered `index`, which ended when the one numbered `time` would have.
    pub(crate) fn call(&self, index: u64, time: u64, (role, steps): (Role, &[Step])) -> Call {
        let dice = &mut Dice::new(self.numbering.seed, Stream::Call, index);
        let is_older_known = steps.contains(&Step::Older);
        let switch = if is_older_known { VERSIONING } else { dice.below(SWITCHES.len() as u64) as usize };
        let answered = dice.per_mille(ANSWERED) | role.reason().is_some();
        let duration_ms = if answered { duration_ms(switch, dice) } else { 0 };
        let ring_ms = dice.within(1..30) * 1000;
        let prefix = &self.numbering.prefixes[self.dial.pick(dice)];
        let country = &self.numbering.countries[prefix.country as usize];
        let planned = dial::number_under(prefix, country, dice);
        let customer = self.customer(dice);
        let mut call = Call {
            switch,
            id: dice::unique(self.numbering.seed, Stream::CallId, index),
            version: (switch == VERSIONING).then_some(1 + u64::from(is_older_known)),
            start_ms: start_ms(self.clock.end_of(time), ring_ms + duration_ms, switch),
            ring_ms,
            duration_ms,
            status: if answered { "answered" } else { dice.pick(&UNANSWERED) },
            customer: Party::Known(customer),
            supplier: Party::Known((country.code * 7 + dice.pick(&[0, 0, 0, 1, 1, 2])) as usize % SUPPLIERS.len()),
            caller: dice.per_mille(980).then(|| dial::complete(CUSTOMERS[customer].home, 11, dice)),
            called: planned,
            form: form(customer, planned, dice),
            has_own_leg: dice.per_mille(120),
            planned,
            rate: prefix.rate,
            has_stated: true,
        };
        self.give(&mut call, role, dice);
        call
    }

    /// Makes a call what its role says.
    fn give(&self, call: &mut Call, role: Role, dice: &mut Dice) {
        match role {
            Role::Plain | Role::Late | Role::Malformed => {}
            Role::UnknownCustomer => call.customer = Party::Unknown(dice.below(40)),
            Role::UnknownSupplier => call.supplier = Party::Unknown(dice.below(40)),
            Role::UnknownPrefix => (call.called, call.form) = (dial::unassigned(dice), Form::Plus),
            // What remains behind the plus begins with 0.
            Role::InvalidNumber => call.form = Form::Exit("+0"),
            Role::Blocked => {
                let place = dice.pick(&self.numbering.blocked) as usize;
                let prefix = &self.numbering.prefixes[place];
                let country = &self.numbering.countries[prefix.country as usize];
                (call.called, call.form) = (dial::number_under(prefix, country, dice), Form::Plus);
            }
        }
    }

    fn customer(&self, dice: &mut Dice) -> usize {
        let mut drawn = dice.below(self.customer_shares);
        for (at, customer) in CUSTOMERS.iter().enumerate() {
            if drawn < customer.share {
                return at;
            }
            drawn -= customer.share;
        }
        0
    }
}

/// Many short calls, some long ones. One switch tells fractions of a second.
fn duration_ms(switch: usize, dice: &mut Dice) -> u64 {
    let seconds = match dice.below(100) {
        0..38 => dice.within(1..30),
        38..80 => dice.within(30..180),
        80..96 => dice.within(180..600),
        _ => dice.within(600..3600),
    };
    let fraction_ms = if switch == 1 { dice.below(1000) } else { 0 };
    seconds * 1000 + fraction_ms
}

/// When the attempt began, in the month and on a whole second unless the switch tells more.
fn start_ms(end_ms: u64, length_ms: u64, switch: usize) -> u64 {
    let start_ms = end_ms.saturating_sub(length_ms);
    if switch == 1 { start_ms } else { start_ms / 1000 * 1000 }
}

fn form(customer: usize, called: u64, dice: &mut Dice) -> Form {
    let drawn = dice.below(100);
    match CUSTOMERS[customer].habit {
        Habit::National if called / 10_000_000_000 == 1 => Form::National,
        Habit::National if drawn < 50 => Form::Exit("011"),
        Habit::Tech(prefix) if drawn < 30 => Form::Tech(prefix),
        Habit::Plain | Habit::Tech(_) if drawn < 75 => Form::Digits,
        Habit::Plain | Habit::Tech(_) if drawn < 85 => Form::Exit("00"),
        _ => Form::Plus,
    }
}

impl Call {
    /// What a step sends after this first row.
    pub(crate) fn after(mut self, step: Step) -> Self {
        match step {
            // The stated charges are no content: a record is the same without them.
            Step::Again => self.has_stated = self.id.is_multiple_of(2),
            Step::Change(number) => {
                self.change(number.into());
                self.version = self.version.map(|version| version + u64::from(number));
            }
            Step::Older => {
                self.change(1);
                self.version = self.version.map(|version| version - 1);
            }
            Step::Cure => {
                (self.called, self.form) = (self.planned, Form::Plus);
                self.version = self.version.map(|version| version + 1);
            }
        }
        self
    }

    /// The switch counted again: longer, or answered after all; the second change also names another supplier.
    fn change(&mut self, number: u64) {
        self.duration_ms += number * 7000;
        self.status = "answered";
        if let (2, Party::Known(supplier)) = (number, self.supplier) {
            self.supplier = Party::Known((supplier + 1) % SUPPLIERS.len());
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(SWITCHES[self.switch].as_bytes());
        out.push(b',');
        push_hexadecimal(out, self.id);
        out.push(b',');
        if let Some(version) = self.version {
            push_integer(out, version);
        }
        out.push(b',');
        push_instant(out, self.start_ms);
        out.push(b',');
        if self.duration_ms > 0 {
            push_instant(out, self.start_ms + self.ring_ms);
        }
        out.push(b',');
        push_integer(out, self.duration_ms / 1000);
        if !self.duration_ms.is_multiple_of(1000) {
            out.push(b'.');
            push_digits(out, self.duration_ms % 1000, 3);
        }
        out.push(b',');
        out.extend_from_slice(self.status.as_bytes());
        self.write_parties(out);
        self.write_numbers(out);
        self.write_stated(out);
        out.push(b'\n');
    }

    fn write_parties(&self, out: &mut Vec<u8>) {
        for (party, carriers, way) in [(self.customer, &CUSTOMERS[..], "-in"), (self.supplier, &SUPPLIERS[..], "-out")]
        {
            out.push(b',');
            match party {
                Party::Known(at) => out.extend_from_slice(carriers[at].name.as_bytes()),
                Party::Unknown(number) => {
                    out.extend_from_slice(b"trunk-");
                    push_integer(out, number);
                }
            }
            out.extend_from_slice(way.as_bytes());
        }
    }

    fn write_numbers(&self, out: &mut Vec<u8>) {
        match self.caller {
            None => out.extend_from_slice(b",anonymous"),
            Some(caller) => {
                out.extend_from_slice(b",+");
                push_integer(out, caller);
            }
        }
        out.push(b',');
        match self.form {
            Form::Digits => {}
            Form::Plus => out.push(b'+'),
            Form::Exit(front) | Form::Tech(front) => out.extend_from_slice(front.as_bytes()),
            Form::National => {}
        }
        let written = if self.form == Form::National { self.called % 10_000_000_000 } else { self.called };
        push_integer(out, written);
        out.push(b',');
        if self.has_own_leg {
            if let Party::Known(at) = self.supplier
                && let Habit::Tech(prefix) = SUPPLIERS[at].habit
            {
                out.extend_from_slice(prefix.as_bytes());
            }
            push_integer(out, self.called);
        }
    }

    /// What the switch itself would have charged: by the second, at the prices of the month's first day, in USD. Near
    /// the rating, and not it.
    fn write_stated(&self, out: &mut Vec<u8>) {
        if !self.has_stated || self.duration_ms == 0 {
            out.extend_from_slice(b",,");
            return;
        }
        let seconds = self.duration_ms.div_ceil(1000);
        let charge = self.rate * seconds / 60 / 10_000 * 10_000;
        out.push(b',');
        push_price(out, charge);
        out.push(b',');
        push_price(out, charge * 91 / 100 / 10_000 * 10_000);
    }
}
