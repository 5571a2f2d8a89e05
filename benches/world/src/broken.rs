//! Lines that nobody can read, each broken in one way. Every line keeps the call's own id, so no two are alike.

const VERSION: usize = 2;
const START: usize = 3;
const ANSWER: usize = 4;
const DURATION: usize = 5;
const STATUS: usize = 6;
const INGRESS: usize = 7;
const EGRESS: usize = 8;
const CALLER: usize = 9;
const CALLED: usize = 10;
const STATED_COST: usize = 13;

/// How a line breaks.
#[derive(Clone, Copy, Debug)]
enum Break {
    Cell(usize, &'static str),
    /// No offset from UTC.
    LocalStart,
    /// Only the first cells are there.
    Cut(usize),
    /// One cell too many.
    Longer,
    /// A quote opens and nothing closes it.
    OpenQuote,
    /// Text behind a closing quote.
    QuotedPart,
    /// Nobody called and nobody carried.
    NoParty,
}

const BREAKS: [Break; 17] = [
    Break::Cell(DURATION, "12s"),
    Break::Cell(DURATION, "-5"),
    Break::Cell(DURATION, "1:02"),
    Break::Cell(DURATION, ""),
    Break::Cut(6),
    Break::Cell(START, "2026-06-31T12:00:00Z"),
    Break::Cell(START, "01/06/2026 10:15"),
    Break::LocalStart,
    Break::Cell(ANSWER, "soon"),
    // Talk time on a call that was not answered.
    Break::Cell(STATUS, "busy"),
    Break::Cell(STATUS, ""),
    Break::NoParty,
    Break::Cell(VERSION, "v2"),
    Break::OpenQuote,
    Break::QuotedPart,
    Break::Longer,
    Break::Cell(STATED_COST, "n/a"),
];

/// Breaks the last line in `out`, an answered call without quotes, in the way that `number` chooses.
pub(crate) fn break_last_line(out: &mut Vec<u8>, number: u64) {
    let begin = out[..out.len() - 1].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let line = String::from_utf8_lossy(&out[begin..out.len() - 1]).into_owned();
    let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
    match BREAKS[(number % BREAKS.len() as u64) as usize] {
        Break::Cell(at, text) => text.clone_into(&mut cells[at]),
        Break::LocalStart => cells[START].truncate("2026-06-01T00:00:00".len()),
        Break::Cut(count) => cells.truncate(count),
        Break::Longer => cells.push("0".to_owned()),
        Break::OpenQuote => cells[CALLED].insert(0, '"'),
        Break::QuotedPart => cells[CALLER] = "\"anonymous\"x".to_owned(),
        Break::NoParty => {
            cells[INGRESS].clear();
            cells[EGRESS].clear();
        }
    }
    out.truncate(begin);
    out.extend_from_slice(cells.join(",").as_bytes());
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_line_breaks_and_stays_one() {
        let good = "lon-1,0123456789abcdef,,2026-06-01T00:00:01Z,2026-06-01T00:00:05Z,61,answered,a-in,b-out,+44207,+4930,,0.1,0.1\n";
        let mut seen = Vec::new();
        for number in 0..BREAKS.len() as u64 {
            let mut out = [good, good].concat().into_bytes();
            break_last_line(&mut out, number);
            let text = String::from_utf8(out).unwrap();
            let rest = text.strip_prefix(good).expect("the first line is as it was").to_owned();
            assert!(rest != good && rest.lines().count() == 1 && rest.contains("0123456789abcdef"), "{rest}");
            assert!(!seen.contains(&rest));
            seen.push(rest);
        }
    }
}
