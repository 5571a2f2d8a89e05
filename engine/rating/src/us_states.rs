//! US area codes and the state of each (R12). The District of Columbia and every territory count as a state.
//!
//! Source: the area codes that the North American Numbering Plan Administrator (NANPA) lists as assigned to US states
//! and territories, overlays included, as of 2026. Toll-free and service codes, Canada and the other countries of the
//! plan are not here: they have no state.

use didtron_domain::E164;
use std::fmt;

/// A state, the District of Columbia or a territory, by its two letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UsState([u8; 2]);

impl UsState {
    /// The state of a number; `None` when it has none.
    pub(crate) fn of(number: E164) -> Option<Self> {
        let digits = number.digit_count();
        if digits < 4 || number.prefix(1).value() != 1 {
            return None;
        }
        let area = usize::try_from(number.prefix(4).value() - 1000).expect("four digits that begin with 1");
        let at = STATE_OF_AREA[area];
        (at > 0).then(|| Self(AREAS[usize::from(at) - 1].0))
    }
}

impl fmt::Display for UsState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.0).expect("two ASCII letters of the table"))
    }
}

/// For each area code the position of its state in `AREAS` plus 1, or 0.
const STATE_OF_AREA: [u8; 1000] = {
    let mut table = [0u8; 1000];
    let mut state = 0;
    while state < AREAS.len() {
        let mut at = 0;
        while at < AREAS[state].1.len() {
            let area = AREAS[state].1[at] as usize;
            assert!(table[area] == 0, "an area code belongs to one state");
            table[area] = state as u8 + 1;
            at += 1;
        }
        state += 1;
    }
    table
};

const AREAS: [([u8; 2], &[u16]); 56] = [
    (*b"AK", &[907]),
    (*b"AL", &[205, 251, 256, 334, 483, 659, 938]),
    (*b"AR", &[327, 479, 501, 870]),
    (*b"AS", &[684]),
    (*b"AZ", &[480, 520, 602, 623, 928]),
    (
        *b"CA",
        &[
            209, 213, 279, 310, 323, 341, 350, 357, 369, 408, 415, 424, 442, 510, 530, 559, 562, 619, 626, 628, 650,
            657, 661, 669, 707, 714, 738, 747, 760, 805, 818, 820, 831, 837, 840, 858, 909, 916, 925, 949, 951,
        ],
    ),
    (*b"CO", &[303, 719, 720, 748, 970, 983]),
    (*b"CT", &[203, 475, 860, 959]),
    (*b"DC", &[202, 771]),
    (*b"DE", &[302]),
    (
        *b"FL",
        &[
            239, 305, 321, 324, 352, 386, 407, 448, 561, 645, 656, 689, 727, 728, 754, 772, 786, 813, 850, 863, 904,
            941, 954,
        ],
    ),
    (*b"GA", &[229, 404, 470, 478, 678, 706, 762, 770, 912, 943]),
    (*b"GU", &[671]),
    (*b"HI", &[808]),
    (*b"IA", &[319, 515, 563, 641, 712]),
    (*b"ID", &[208, 986]),
    (*b"IL", &[217, 224, 309, 312, 331, 447, 464, 618, 630, 708, 730, 773, 779, 815, 847, 861, 872]),
    (*b"IN", &[219, 260, 317, 463, 574, 765, 812, 930]),
    (*b"KS", &[316, 620, 785, 913]),
    (*b"KY", &[270, 364, 502, 606, 859]),
    (*b"LA", &[225, 318, 337, 457, 504, 985]),
    (*b"MA", &[339, 351, 413, 508, 617, 774, 781, 857, 978]),
    (*b"MD", &[227, 240, 301, 410, 443, 667]),
    (*b"ME", &[207]),
    (*b"MI", &[231, 248, 269, 313, 517, 586, 616, 679, 734, 810, 906, 947, 989]),
    (*b"MN", &[218, 320, 507, 612, 651, 763, 924, 952]),
    (*b"MO", &[235, 314, 417, 557, 573, 636, 660, 816, 975]),
    (*b"MP", &[670]),
    (*b"MS", &[228, 471, 601, 662, 769]),
    (*b"MT", &[406]),
    (*b"NC", &[252, 336, 472, 704, 743, 828, 910, 919, 980, 984]),
    (*b"ND", &[701]),
    (*b"NE", &[308, 402, 531]),
    (*b"NH", &[603]),
    (*b"NJ", &[201, 551, 609, 640, 732, 848, 856, 862, 908, 973]),
    (*b"NM", &[505, 575]),
    (*b"NV", &[702, 725, 775]),
    (
        *b"NY",
        &[
            212, 315, 329, 332, 347, 363, 465, 516, 518, 585, 607, 624, 631, 646, 680, 716, 718, 838, 845, 914, 917,
            929, 934,
        ],
    ),
    (*b"OH", &[216, 220, 234, 283, 326, 330, 380, 419, 436, 440, 513, 567, 614, 740, 937]),
    (*b"OK", &[405, 539, 572, 580, 918]),
    (*b"OR", &[458, 503, 541, 971]),
    (*b"PA", &[215, 223, 267, 272, 412, 445, 484, 570, 582, 610, 717, 724, 814, 835, 878]),
    (*b"PR", &[787, 939]),
    (*b"RI", &[401]),
    (*b"SC", &[803, 821, 839, 843, 854, 864]),
    (*b"SD", &[605]),
    (*b"TN", &[423, 615, 629, 729, 731, 865, 901, 931]),
    (
        *b"TX",
        &[
            210, 214, 254, 281, 325, 346, 361, 409, 430, 432, 469, 512, 621, 682, 713, 726, 737, 806, 817, 830, 832,
            903, 915, 936, 940, 945, 956, 972, 979,
        ],
    ),
    (*b"UT", &[385, 435, 801]),
    (*b"VA", &[276, 434, 540, 571, 686, 703, 757, 804, 826, 948]),
    (*b"VI", &[340]),
    (*b"VT", &[802]),
    (*b"WA", &[206, 253, 360, 425, 509, 564]),
    (*b"WI", &[262, 274, 353, 414, 534, 608, 715, 920]),
    (*b"WV", &[304, 681]),
    (*b"WY", &[307]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn state(digits: &str) -> Option<String> {
        UsState::of(E164::parse(digits.as_bytes()).expect("a number")).map(|state| state.to_string())
    }

    #[test]
    fn knows_states_territories_and_overlays() {
        let cases = [
            ("12125550100", "NY"),
            ("13475550100", "NY"),
            ("12025550100", "DC"),
            ("17715550100", "DC"),
            ("17875550100", "PR"),
            ("19395550100", "PR"),
            ("13405550100", "VI"),
            ("16715550100", "GU"),
            ("16705550100", "MP"),
            ("16845550100", "AS"),
            ("13105550100", "CA"),
            ("12145550100", "TX"),
            ("19075550100", "AK"),
            ("18085550100", "HI"),
            ("1212", "NY"),
        ];
        for (number, expected) in cases {
            assert_eq!(state(number).as_deref(), Some(expected), "{number}");
        }
    }

    #[test]
    fn the_rest_of_the_plan_and_of_the_world_has_no_state() {
        for number in [
            "18005550100",
            "18335550100",
            "19005550100",
            "14165550100",
            "18765550100",
            "12425550100",
            "15005550100",
            "17105550100",
            "121",
            "4921255501",
            "1",
        ] {
            assert_eq!(state(number), None, "{number}");
        }
    }

    #[test]
    fn every_state_has_area_codes() {
        assert_eq!(AREAS.iter().filter(|(_, areas)| !areas.is_empty()).count(), 56);
        assert!(AREAS.iter().all(|(_, areas)| areas.iter().all(|area| (201..=989).contains(area) && area % 100 != 11)));
    }
}
