//! The calling codes: names, how finely decks cut them, how much they are called, what they cost and in which steps.
//!
//! The shape is that of real decks (half of all prefixes in a dozen countries, the dear ones small); the prices are
//! invented.

use crate::increments::Increments;

/// One calling code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Country {
    /// Digits that its numbers begin with.
    pub(crate) code: u64,
    pub(crate) name: &'static str,
    /// Its share of a deck's prefixes.
    pub(crate) size: u64,
    /// Its share of the calls.
    pub(crate) traffic: u64,
    /// The first digit of mobile numbers behind the code; 0 where they look like others.
    pub(crate) mobile_digit: u64,
    /// A fixed line's price per minute, in 10^-5 USD.
    pub(crate) base: u64,
    pub(crate) increments: Increments,
}

const EACH_SECOND: Increments = Increments { initial_s: 1, next_s: 1 };
const SIX: Increments = Increments { initial_s: 6, next_s: 6 };
const THIRTY: Increments = Increments { initial_s: 30, next_s: 6 };
const MINUTE: Increments = Increments { initial_s: 60, next_s: 60 };
const FIRST_MINUTE: Increments = Increments { initial_s: 60, next_s: 1 };

impl Country {
    pub(crate) const fn code_length(&self) -> u32 {
        self.code.ilog10() + 1
    }

    /// Digits of a whole number.
    pub(crate) const fn number_length(&self) -> u32 {
        if self.code_length() == 2 { 12 } else { 11 }
    }

    /// Whether digits belong to another calling code that begins with this one's, as 1876 does within 1.
    pub(crate) fn gives_away(&self, digits: u64) -> bool {
        let inner = COUNTRIES.iter().filter(|other| other.code != self.code && begins(other.code, self.code));
        inner.into_iter().any(|other| begins(other.code, digits) || begins(digits, other.code))
    }
}

/// Whether the digits of `number` begin with those of `prefix`.
pub(crate) fn begins(number: u64, prefix: u64) -> bool {
    let mut number = number;
    while number > prefix {
        number /= 10;
    }
    number == prefix
}

/// The countries of a deck of `prefix_count` rows: all, or of a small one those with most prefixes.
pub(crate) fn of_deck(prefix_count: u32) -> Vec<Country> {
    let mut all = COUNTRIES.to_vec();
    all.sort_by_key(|country| std::cmp::Reverse(country.size));
    all.truncate(prefix_count as usize / 8);
    all
}

const fn of(
    code: u64,
    name: &'static str,
    (size, traffic): (u64, u64),
    mobile_digit: u64,
    (base, increments): (u64, Increments),
) -> Country {
    Country { code, name, size, traffic, mobile_digit, base, increments }
}

const COUNTRIES: [Country; 242] = [
    of(1, "United States", (620, 40), 0, (260, SIX)),
    of(1204, "Canada Manitoba", (5, 2), 0, (300, SIX)),
    of(1250, "Canada British Columbia", (6, 2), 0, (300, SIX)),
    of(1306, "Canada Saskatchewan", (4, 1), 0, (300, SIX)),
    of(1403, "Canada Alberta", (6, 2), 0, (300, SIX)),
    of(1416, "Canada Toronto", (8, 5), 0, (280, SIX)),
    of(1418, "Canada Quebec", (5, 2), 0, (300, SIX)),
    of(1506, "Canada New Brunswick", (3, 1), 0, (320, SIX)),
    of(1514, "Canada Montreal", (7, 4), 0, (280, SIX)),
    of(1604, "Canada Vancouver", (7, 4), 0, (280, SIX)),
    of(1613, "Canada Ottawa", (5, 2), 0, (290, SIX)),
    of(1867, "Canada North", (2, 1), 0, (5200, SIX)),
    of(1242, "Bahamas", (2, 2), 0, (14200, SIX)),
    of(1246, "Barbados", (2, 2), 0, (18800, SIX)),
    of(1264, "Anguilla", (1, 1), 0, (19500, SIX)),
    of(1268, "Antigua and Barbuda", (1, 1), 0, (20100, SIX)),
    of(1284, "British Virgin Islands", (1, 1), 0, (18200, SIX)),
    of(1340, "US Virgin Islands", (1, 1), 0, (1900, SIX)),
    of(1345, "Cayman Islands", (2, 1), 0, (16800, SIX)),
    of(1441, "Bermuda", (2, 1), 0, (4100, SIX)),
    of(1473, "Grenada", (1, 1), 0, (21900, SIX)),
    of(1649, "Turks and Caicos", (1, 1), 0, (20400, SIX)),
    of(1664, "Montserrat", (1, 1), 0, (24600, SIX)),
    of(1671, "Guam", (1, 1), 0, (2100, SIX)),
    of(1684, "American Samoa", (1, 1), 0, (4800, MINUTE)),
    of(1758, "Saint Lucia", (1, 1), 0, (22600, SIX)),
    of(1767, "Dominica", (1, 1), 0, (23800, SIX)),
    of(1784, "Saint Vincent", (1, 1), 0, (23100, SIX)),
    of(1787, "Puerto Rico", (4, 3), 0, (900, SIX)),
    of(1809, "Dominican Republic", (6, 6), 0, (4300, SIX)),
    of(1868, "Trinidad and Tobago", (3, 3), 0, (12100, SIX)),
    of(1869, "Saint Kitts and Nevis", (1, 1), 0, (20900, SIX)),
    of(1876, "Jamaica", (4, 6), 0, (17900, SIX)),
    of(20, "Egypt", (18, 10), 1, (9200, EACH_SECOND)),
    of(211, "South Sudan", (2, 1), 9, (38500, MINUTE)),
    of(212, "Morocco", (14, 8), 6, (21500, EACH_SECOND)),
    of(213, "Algeria", (12, 6), 6, (24800, EACH_SECOND)),
    of(216, "Tunisia", (6, 4), 9, (47200, EACH_SECOND)),
    of(218, "Libya", (4, 2), 9, (26300, EACH_SECOND)),
    of(220, "Gambia", (2, 2), 7, (52100, MINUTE)),
    of(221, "Senegal", (4, 4), 7, (38900, EACH_SECOND)),
    of(222, "Mauritania", (2, 1), 4, (61800, MINUTE)),
    of(223, "Mali", (3, 2), 7, (36400, EACH_SECOND)),
    of(224, "Guinea", (3, 3), 6, (48700, MINUTE)),
    of(225, "Ivory Coast", (4, 4), 0, (33100, EACH_SECOND)),
    of(226, "Burkina Faso", (3, 2), 7, (37700, EACH_SECOND)),
    of(227, "Niger", (2, 1), 9, (41200, MINUTE)),
    of(228, "Togo", (2, 2), 9, (38200, EACH_SECOND)),
    of(229, "Benin", (3, 2), 9, (34900, EACH_SECOND)),
    of(230, "Mauritius", (3, 2), 5, (9800, EACH_SECOND)),
    of(231, "Liberia", (2, 1), 7, (41900, MINUTE)),
    of(232, "Sierra Leone", (2, 2), 7, (49600, MINUTE)),
    of(233, "Ghana", (7, 7), 5, (25400, EACH_SECOND)),
    of(234, "Nigeria", (14, 14), 8, (9700, EACH_SECOND)),
    of(235, "Chad", (2, 1), 6, (53400, MINUTE)),
    of(236, "Central African Republic", (1, 1), 7, (64100, MINUTE)),
    of(237, "Cameroon", (5, 4), 6, (34700, EACH_SECOND)),
    of(238, "Cape Verde", (2, 2), 9, (22600, EACH_SECOND)),
    of(239, "Sao Tome and Principe", (1, 1), 9, (114000, MINUTE)),
    of(240, "Equatorial Guinea", (1, 1), 2, (42800, MINUTE)),
    of(241, "Gabon", (2, 1), 6, (46800, MINUTE)),
    of(242, "Congo", (2, 2), 6, (52300, MINUTE)),
    of(243, "DR Congo", (4, 3), 8, (41600, MINUTE)),
    of(244, "Angola", (4, 3), 9, (13900, EACH_SECOND)),
    of(245, "Guinea-Bissau", (1, 1), 9, (58400, MINUTE)),
    of(246, "Diego Garcia", (1, 1), 3, (212000, MINUTE)),
    of(247, "Ascension Island", (1, 1), 6, (198000, MINUTE)),
    of(248, "Seychelles", (1, 1), 2, (54900, MINUTE)),
    of(249, "Sudan", (5, 3), 9, (18700, EACH_SECOND)),
    of(250, "Rwanda", (3, 2), 7, (31400, EACH_SECOND)),
    of(251, "Ethiopia", (5, 5), 9, (22900, EACH_SECOND)),
    of(252, "Somalia", (3, 4), 6, (56200, MINUTE)),
    of(253, "Djibouti", (1, 1), 7, (42700, MINUTE)),
    of(254, "Kenya", (6, 5), 7, (12800, EACH_SECOND)),
    of(255, "Tanzania", (5, 3), 7, (31800, EACH_SECOND)),
    of(256, "Uganda", (5, 3), 7, (29700, EACH_SECOND)),
    of(257, "Burundi", (1, 1), 7, (58800, MINUTE)),
    of(258, "Mozambique", (4, 2), 8, (14600, EACH_SECOND)),
    of(260, "Zambia", (3, 2), 9, (36100, EACH_SECOND)),
    of(261, "Madagascar", (3, 2), 3, (57300, MINUTE)),
    of(262, "Reunion", (3, 2), 6, (1800, EACH_SECOND)),
    of(263, "Zimbabwe", (4, 4), 7, (31900, EACH_SECOND)),
    of(264, "Namibia", (3, 1), 8, (6100, EACH_SECOND)),
    of(265, "Malawi", (3, 1), 9, (34600, MINUTE)),
    of(266, "Lesotho", (1, 1), 5, (24200, EACH_SECOND)),
    of(267, "Botswana", (2, 1), 7, (12400, EACH_SECOND)),
    of(268, "Eswatini", (1, 1), 7, (14100, EACH_SECOND)),
    of(269, "Comoros", (1, 1), 3, (63800, MINUTE)),
    of(27, "South Africa", (28, 8), 7, (3700, EACH_SECOND)),
    of(290, "Saint Helena", (1, 1), 5, (218000, MINUTE)),
    of(291, "Eritrea", (1, 1), 7, (29400, MINUTE)),
    of(297, "Aruba", (1, 1), 5, (12600, EACH_SECOND)),
    of(298, "Faroe Islands", (1, 1), 2, (2400, EACH_SECOND)),
    of(299, "Greenland", (1, 1), 5, (38600, EACH_SECOND)),
    of(30, "Greece", (24, 6), 6, (520, EACH_SECOND)),
    of(31, "Netherlands", (30, 9), 6, (480, EACH_SECOND)),
    of(32, "Belgium", (26, 7), 4, (610, EACH_SECOND)),
    of(33, "France", (64, 18), 6, (390, EACH_SECOND)),
    of(34, "Spain", (52, 12), 6, (420, EACH_SECOND)),
    of(350, "Gibraltar", (1, 1), 5, (3900, EACH_SECOND)),
    of(351, "Portugal", (18, 6), 9, (560, EACH_SECOND)),
    of(352, "Luxembourg", (8, 2), 6, (740, EACH_SECOND)),
    of(353, "Ireland", (14, 5), 8, (510, EACH_SECOND)),
    of(354, "Iceland", (4, 1), 8, (690, EACH_SECOND)),
    of(355, "Albania", (6, 4), 6, (13800, EACH_SECOND)),
    of(356, "Malta", (3, 2), 9, (2100, EACH_SECOND)),
    of(357, "Cyprus", (4, 2), 9, (910, EACH_SECOND)),
    of(358, "Finland", (18, 3), 4, (2800, EACH_SECOND)),
    of(359, "Bulgaria", (20, 4), 8, (1900, EACH_SECOND)),
    of(36, "Hungary", (20, 4), 7, (640, EACH_SECOND)),
    of(370, "Lithuania", (10, 3), 6, (1600, EACH_SECOND)),
    of(371, "Latvia", (8, 2), 2, (2400, EACH_SECOND)),
    of(372, "Estonia", (8, 2), 5, (1300, EACH_SECOND)),
    of(373, "Moldova", (8, 4), 6, (14900, EACH_SECOND)),
    of(374, "Armenia", (6, 3), 9, (11800, EACH_SECOND)),
    of(375, "Belarus", (8, 3), 2, (24100, EACH_SECOND)),
    of(376, "Andorra", (1, 1), 3, (2600, EACH_SECOND)),
    of(377, "Monaco", (1, 1), 6, (4100, EACH_SECOND)),
    of(378, "San Marino", (1, 1), 6, (3300, EACH_SECOND)),
    of(380, "Ukraine", (24, 8), 6, (11400, EACH_SECOND)),
    of(381, "Serbia", (12, 4), 6, (9300, EACH_SECOND)),
    of(382, "Montenegro", (3, 2), 6, (12700, EACH_SECOND)),
    of(383, "Kosovo", (3, 3), 4, (16900, EACH_SECOND)),
    of(385, "Croatia", (10, 3), 9, (1200, EACH_SECOND)),
    of(386, "Slovenia", (8, 2), 4, (2300, EACH_SECOND)),
    of(387, "Bosnia and Herzegovina", (6, 3), 6, (12200, EACH_SECOND)),
    of(389, "North Macedonia", (5, 3), 7, (11600, EACH_SECOND)),
    of(39, "Italy", (86, 16), 3, (430, EACH_SECOND)),
    of(40, "Romania", (24, 7), 7, (760, EACH_SECOND)),
    of(41, "Switzerland", (22, 6), 7, (690, EACH_SECOND)),
    of(420, "Czech Republic", (18, 4), 6, (710, EACH_SECOND)),
    of(421, "Slovakia", (12, 3), 9, (980, EACH_SECOND)),
    of(423, "Liechtenstein", (1, 1), 7, (2700, EACH_SECOND)),
    of(43, "Austria", (58, 6), 6, (740, EACH_SECOND)),
    of(44, "United Kingdom", (96, 30), 7, (310, EACH_SECOND)),
    of(45, "Denmark", (12, 3), 2, (470, EACH_SECOND)),
    of(46, "Sweden", (26, 4), 7, (430, EACH_SECOND)),
    of(47, "Norway", (14, 3), 4, (560, EACH_SECOND)),
    of(48, "Poland", (42, 10), 5, (620, EACH_SECOND)),
    of(49, "Germany", (176, 24), 1, (390, EACH_SECOND)),
    of(500, "Falkland Islands", (1, 1), 5, (164000, MINUTE)),
    of(501, "Belize", (2, 1), 6, (19800, MINUTE)),
    of(502, "Guatemala", (5, 6), 4, (11300, THIRTY)),
    of(503, "El Salvador", (4, 6), 7, (14600, THIRTY)),
    of(504, "Honduras", (4, 5), 9, (15200, THIRTY)),
    of(505, "Nicaragua", (3, 3), 8, (18400, THIRTY)),
    of(506, "Costa Rica", (3, 2), 8, (4700, THIRTY)),
    of(507, "Panama", (3, 2), 6, (5200, THIRTY)),
    of(508, "Saint Pierre and Miquelon", (1, 1), 5, (23100, EACH_SECOND)),
    of(509, "Haiti", (3, 4), 3, (26700, MINUTE)),
    of(51, "Peru", (16, 7), 9, (1100, THIRTY)),
    of(52, "Mexico", (68, 26), 5, (940, MINUTE)),
    of(53, "Cuba", (6, 4), 5, (68400, MINUTE)),
    of(54, "Argentina", (46, 6), 9, (1300, THIRTY)),
    of(55, "Brazil", (110, 14), 9, (1200, THIRTY)),
    of(56, "Chile", (16, 4), 9, (1800, THIRTY)),
    of(57, "Colombia", (18, 8), 3, (1500, THIRTY)),
    of(58, "Venezuela", (14, 5), 4, (1900, THIRTY)),
    of(590, "Guadeloupe", (2, 1), 6, (1700, EACH_SECOND)),
    of(591, "Bolivia", (5, 3), 7, (12600, THIRTY)),
    of(592, "Guyana", (2, 2), 6, (24300, MINUTE)),
    of(593, "Ecuador", (8, 5), 9, (13400, THIRTY)),
    of(594, "French Guiana", (1, 1), 6, (1900, EACH_SECOND)),
    of(595, "Paraguay", (4, 2), 9, (6800, THIRTY)),
    of(596, "Martinique", (1, 1), 6, (1800, EACH_SECOND)),
    of(597, "Suriname", (1, 1), 8, (23900, MINUTE)),
    of(598, "Uruguay", (5, 2), 9, (7600, THIRTY)),
    of(599, "Curacao", (2, 1), 9, (9400, EACH_SECOND)),
    of(60, "Malaysia", (22, 6), 1, (1400, EACH_SECOND)),
    of(61, "Australia", (96, 7), 4, (1100, EACH_SECOND)),
    of(62, "Indonesia", (62, 9), 8, (2100, EACH_SECOND)),
    of(63, "Philippines", (26, 16), 9, (11900, EACH_SECOND)),
    of(64, "New Zealand", (16, 3), 2, (940, EACH_SECOND)),
    of(65, "Singapore", (6, 5), 9, (610, EACH_SECOND)),
    of(66, "Thailand", (16, 6), 8, (980, EACH_SECOND)),
    of(670, "Timor-Leste", (1, 1), 7, (58200, MINUTE)),
    of(672, "Norfolk Island", (1, 1), 3, (142000, MINUTE)),
    of(673, "Brunei", (1, 1), 8, (3600, EACH_SECOND)),
    of(674, "Nauru", (1, 1), 5, (128000, MINUTE)),
    of(675, "Papua New Guinea", (2, 1), 7, (94600, MINUTE)),
    of(676, "Tonga", (1, 1), 7, (96300, MINUTE)),
    of(677, "Solomon Islands", (1, 1), 7, (151000, MINUTE)),
    of(678, "Vanuatu", (1, 1), 5, (98100, MINUTE)),
    of(679, "Fiji", (1, 1), 9, (36200, MINUTE)),
    of(680, "Palau", (1, 1), 7, (34100, MINUTE)),
    of(681, "Wallis and Futuna", (1, 1), 8, (146000, MINUTE)),
    of(682, "Cook Islands", (1, 1), 5, (131000, MINUTE)),
    of(683, "Niue", (1, 1), 8, (138000, MINUTE)),
    of(685, "Samoa", (1, 1), 7, (97200, MINUTE)),
    of(686, "Kiribati", (1, 1), 7, (141000, MINUTE)),
    of(687, "New Caledonia", (1, 1), 7, (27300, MINUTE)),
    of(688, "Tuvalu", (1, 1), 9, (134000, MINUTE)),
    of(689, "French Polynesia", (1, 1), 8, (29400, MINUTE)),
    of(690, "Tokelau", (1, 1), 7, (172000, MINUTE)),
    of(691, "Micronesia", (1, 1), 9, (42600, MINUTE)),
    of(692, "Marshall Islands", (1, 1), 4, (36800, MINUTE)),
    of(7, "Russia", (104, 14), 9, (2600, EACH_SECOND)),
    of(77, "Kazakhstan", (12, 5), 7, (7400, EACH_SECOND)),
    of(81, "Japan", (128, 6), 9, (1700, EACH_SECOND)),
    of(82, "South Korea", (34, 6), 1, (1500, EACH_SECOND)),
    of(84, "Vietnam", (26, 8), 9, (4700, EACH_SECOND)),
    of(850, "North Korea", (1, 1), 1, (68700, MINUTE)),
    of(852, "Hong Kong", (8, 6), 9, (1300, EACH_SECOND)),
    of(853, "Macau", (1, 1), 6, (4200, EACH_SECOND)),
    of(855, "Cambodia", (3, 3), 9, (5600, EACH_SECOND)),
    of(856, "Laos", (2, 1), 2, (6100, EACH_SECOND)),
    of(86, "China", (420, 18), 1, (980, EACH_SECOND)),
    of(870, "Satellite Maritime", (4, 1), 0, (410000, FIRST_MINUTE)),
    of(8816, "Satellite Mobile", (3, 1), 0, (390000, FIRST_MINUTE)),
    of(88213, "Global Networks", (1, 1), 0, (120000, FIRST_MINUTE)),
    of(880, "Bangladesh", (16, 18), 1, (1900, EACH_SECOND)),
    of(886, "Taiwan", (14, 4), 9, (1600, EACH_SECOND)),
    of(90, "Turkey", (48, 10), 5, (2100, EACH_SECOND)),
    of(91, "India", (124, 30), 9, (1300, EACH_SECOND)),
    of(92, "Pakistan", (24, 16), 3, (4800, EACH_SECOND)),
    of(93, "Afghanistan", (5, 6), 7, (21300, EACH_SECOND)),
    of(94, "Sri Lanka", (10, 6), 7, (14700, EACH_SECOND)),
    of(95, "Myanmar", (5, 4), 9, (17600, EACH_SECOND)),
    of(960, "Maldives", (1, 1), 7, (78300, MINUTE)),
    of(961, "Lebanon", (5, 4), 3, (9600, EACH_SECOND)),
    of(962, "Jordan", (5, 4), 7, (14300, EACH_SECOND)),
    of(963, "Syria", (6, 4), 9, (17200, EACH_SECOND)),
    of(964, "Iraq", (8, 6), 7, (19800, EACH_SECOND)),
    of(965, "Kuwait", (4, 4), 9, (6700, EACH_SECOND)),
    of(966, "Saudi Arabia", (14, 10), 5, (11900, EACH_SECOND)),
    of(967, "Yemen", (4, 4), 7, (15300, EACH_SECOND)),
    of(968, "Oman", (4, 3), 9, (22700, EACH_SECOND)),
    of(970, "Palestine", (4, 3), 5, (18100, EACH_SECOND)),
    of(971, "United Arab Emirates", (10, 10), 5, (19600, FIRST_MINUTE)),
    of(972, "Israel", (16, 5), 5, (740, EACH_SECOND)),
    of(973, "Bahrain", (3, 3), 3, (14200, EACH_SECOND)),
    of(974, "Qatar", (3, 4), 3, (23800, FIRST_MINUTE)),
    of(975, "Bhutan", (1, 1), 1, (8600, EACH_SECOND)),
    of(976, "Mongolia", (2, 1), 9, (2900, EACH_SECOND)),
    of(977, "Nepal", (5, 8), 9, (11700, EACH_SECOND)),
    of(98, "Iran", (20, 6), 9, (7900, EACH_SECOND)),
    of(992, "Tajikistan", (3, 3), 9, (14100, EACH_SECOND)),
    of(993, "Turkmenistan", (2, 1), 6, (12300, EACH_SECOND)),
    of(994, "Azerbaijan", (6, 3), 5, (22400, EACH_SECOND)),
    of(995, "Georgia", (6, 3), 5, (9100, EACH_SECOND)),
    of(996, "Kyrgyzstan", (4, 2), 7, (13600, EACH_SECOND)),
    of(998, "Uzbekistan", (6, 5), 9, (8200, EACH_SECOND)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_reach_every_continent() {
        let mut codes: Vec<u64> = COUNTRIES.iter().map(|country| country.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), COUNTRIES.len());
        assert!(codes.len() >= 200);
        assert!((1..=9).all(|zone| codes.iter().any(|&code| begins(code, zone))));
    }

    #[test]
    fn a_code_within_another_is_given_away() {
        let us = COUNTRIES.iter().find(|country| country.code == 1).expect("in the table");
        assert!(us.gives_away(1876) && us.gives_away(1_876_555) && us.gives_away(187));
        assert!(!us.gives_away(1212));
        assert!(begins(4930, 49) && begins(49, 49) && !begins(4, 49) && !begins(50, 49));
    }
}
