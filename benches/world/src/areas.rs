//! The prefixes of one country: areas behind its code, and what is nested in them.
//!
//! In real decks a third of the rows have no row above them but the country's, over half have one, a twelfth two, and
//! a few three. So two areas of three are listed (a row of their own, the longer ones below it) and the others are
//! not, and some of the longer ones are cut again.

use crate::countries::Country;
use crate::dice::{Dice, Spread, Stream};
use crate::prefixes::{Numbering, Prefix};
use crate::prices::{self, Class};

/// Of 1000 areas.
const LISTED: u64 = 650;
const PREMIUM: u64 = 13;
/// Of 100 rows within a listed area.
const CUT_AGAIN: u64 = 13;
/// Of 1000 rows that are cut again.
const CUT_ONCE_MORE: u64 = 60;
/// Of 1000 rows within an area.
const OWN_NAME: u64 = 120;

const BRANDS: [&str; 24] = [
    "Veloma", "Orbiton", "Zentra", "Mobiria", "Calypso", "Novaris", "Airvela", "Tellora", "Quanta", "Lumicom",
    "Sonara", "Primavo", "Unitalk", "Vistelo", "Kometa", "Delphon", "Alcora", "Wavenet", "Halorin", "Redvale",
    "Simora", "Aurentel", "Pulsar", "Terracel",
];
const FRONTS: [&str; 32] = [
    "Al", "Bar", "Bel", "Cas", "Cor", "Dal", "Dun", "El", "Fal", "Gar", "Hal", "Is", "Jar", "Kal", "Kor", "Lan", "Lor",
    "Mar", "Mon", "Nor", "Or", "Pal", "Por", "Quin", "Ros", "San", "Sel", "Tar", "Tor", "Val", "Ver", "Zan",
];
const MIDDLES: [&str; 16] =
    ["a", "ba", "de", "di", "e", "en", "go", "i", "ka", "le", "lo", "ma", "mi", "na", "o", "ri"];
const ENDS: [&str; 24] = [
    "burg", "by", "castle", "da", "dorf", "field", "ford", "grad", "ham", "lar", "mere", "mouth", "na", "nia", "port",
    "ra", "rin", "stad", "ston", "ta", "ton", "via", "ville", "wick",
];

/// One area while its rows are made.
struct Area<'a> {
    country: &'a Country,
    /// The country's place in the numbering.
    at: u16,
    digits: u64,
    class: Class,
    rate: u64,
    destination: u32,
    dice: Dice,
}

/// Adds a country's rows, `row_count` of them, the first for the whole country.
pub(crate) fn add_country(numbering: &mut Numbering, at: u16, country: &Country, row_count: u64) {
    let mut dice = Dice::new(numbering.seed, Stream::Country, country.code);
    let base = prices::of_country(country, &mut dice);
    let destination = numbering.name(country.name.to_owned());
    let rate = prices::rounded(base * 110 / 100, &mut dice);
    numbering.add(Prefix::new(country.code, 0, (at, destination), (Class::Fixed, rate)));
    let rest = row_count - 1;
    if rest == 0 {
        return;
    }
    let area_count = rest.isqrt().min(700);
    let codes = AreaCodes::new(country, area_count, &mut dice);
    let brands = [(); 4].map(|()| dice.pick(&BRANDS));
    // How many digits tell the longer prefixes of an area apart.
    let room = (rest.div_ceil(area_count) * 5 / 4).ilog10() + 1;
    for (place, code) in codes.take(area_count as usize).enumerate() {
        let place = place as u64;
        let digits = append(country.code, code);
        let quota = rest * (place + 1) / area_count - rest * place / area_count;
        let area = Area::new(numbering, (at, country), (digits, base), &brands);
        area.add_to(numbering, quota, room.min(4));
    }
}

impl<'a> Area<'a> {
    fn new(
        numbering: &mut Numbering,
        (at, country): (u16, &'a Country),
        (digits, base): (u64, u64),
        brands: &[&str; 4],
    ) -> Self {
        let mut dice = Dice::new(numbering.seed, Stream::Area, digits);
        let behind_code = digits / 10u64.pow(digits.ilog10() - country.code_length());
        let class = match behind_code % 10 {
            _ if dice.per_mille(PREMIUM) => Class::Premium,
            first if first == country.mobile_digit => Class::Mobile,
            _ => Class::Fixed,
        };
        let name = match class {
            Class::Fixed => place_name(&mut dice),
            Class::Mobile => format!("Mobile {}", dice.pick(brands)),
            Class::Premium => "Premium Services".to_owned(),
        };
        let destination = numbering.name(format!("{} - {name}", country.name));
        let rate = prices::of_area(base, class, &mut dice);
        Self { country, at, digits, class, rate, destination, dice }
    }

    fn add_to(mut self, numbering: &mut Numbering, quota: u64, room: u32) {
        let listed = quota == 1 || self.dice.per_mille(LISTED);
        let within = quota - u64::from(listed);
        if listed {
            self.add(numbering, (self.digits, 1), (self.destination, self.rate));
        }
        let deeper = if listed { ((within * CUT_AGAIN + self.dice.below(100)) / 100).min(within / 2) } else { 0 };
        let codes = Spread::new(10u64.pow(room), &mut self.dice);
        let mut rows = Vec::with_capacity(within as usize);
        for index in 0..within - deeper {
            let digits = self.digits * 10u64.pow(room) + codes.at(index);
            rows.push(self.add_longer(numbering, (digits, 1 + u8::from(listed)), (self.destination, self.rate)));
        }
        let mut last = None;
        for row in rows.into_iter().take(deeper as usize) {
            // One digit more behind a row that no other is cut from, or now and then behind the one cut last.
            let parent = last.filter(|_| self.dice.per_mille(CUT_ONCE_MORE)).unwrap_or(row);
            let digits = parent.digits * 10 + self.dice.below(10);
            let cut = self.add_longer(numbering, (digits, parent.depth + 1), (parent.destination, parent.rate));
            last = Some(cut).filter(|cut| cut.depth == 3);
        }
    }

    /// A row below one with that destination and rate.
    fn add_longer(&mut self, numbering: &mut Numbering, place: (u64, u8), parent: (u32, u64)) -> Prefix {
        let (mut destination, rate) = (parent.0, prices::of_longer(parent.1, &mut self.dice));
        if self.class == Class::Fixed && self.dice.per_mille(OWN_NAME) {
            let mut dice = Dice::new(numbering.seed, Stream::Place, place.0);
            destination = numbering.name(format!("{} - {}", self.country.name, place_name(&mut dice)));
        }
        self.add(numbering, place, (destination, rate))
    }

    fn add(&self, numbering: &mut Numbering, (digits, depth): (u64, u8), (destination, rate): (u32, u64)) -> Prefix {
        let prefix = Prefix::new(digits, depth, (self.at, destination), (self.class, rate));
        numbering.add(prefix);
        prefix
    }
}

/// The digits of areas behind a country's code: two or three, none within another's code.
struct AreaCodes<'a> {
    country: &'a Country,
    least: u64,
    spread: Spread,
    next: u64,
}

impl<'a> AreaCodes<'a> {
    fn new(country: &'a Country, area_count: u64, dice: &mut Dice) -> Self {
        let (least, most) = match country.code {
            1 => (200, 1000),
            _ if area_count <= 50 => (10, 100),
            _ => (100, 1000),
        };
        Self { country, least, spread: Spread::new(most - least, dice), next: 0 }
    }
}

impl Iterator for AreaCodes<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        loop {
            let code = self.least + self.spread.at(self.next);
            self.next += 1;
            if !self.country.gives_away(append(self.country.code, code)) {
                return Some(code);
            }
        }
    }
}

/// Digits behind digits; those behind do not begin with 0.
const fn append(front: u64, behind: u64) -> u64 {
    front * 10u64.pow(behind.ilog10() + 1) + behind
}

fn place_name(dice: &mut Dice) -> String {
    let (front, middle, end) = (dice.pick(&FRONTS), dice.pick(&MIDDLES), dice.pick(&ENDS));
    format!("{front}{middle}{end}")
}
