//! JSON lines by the shapes that their producer writes: the same keys in the same order, with the same spaces. What lies
//! between two values is then the same bytes in each line, so that comparing them takes the place of parsing.
//!
//! A line that fits a shape is read to what [`Cells::split_json`](crate::cells::Cells::split_json) would make of it.
//! Any other, and each that holds an escape, an exponent or a nested value, fits none, and is left to that.

use crate::cells::Row;
use crate::json_cells::Members;
use std::ops::Range;

/// How many shapes are kept; a file that has more was written by no program for us to be quick with.
const SHAPES_MAX: usize = 8;
/// How many lines that fit none are looked at for a new one: they may have a known shape and an odd value.
const LESSONS_MAX: usize = 64;

/// The shapes of the lines seen so far, and room for one record's cells.
#[derive(Debug)]
pub(crate) struct Shapes<'k> {
    keys: &'k [String],
    shapes: Vec<Shape>,
    /// The shape that fitted last.
    last: usize,
    lessons: usize,
    bounds: Vec<(usize, usize)>,
}

/// What lines have in common.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    members: Vec<Member>,
    /// From behind the last value to the end of the line.
    tail: Box<[u8]>,
}

#[derive(Debug, PartialEq, Eq)]
struct Member {
    /// All that lies between the value before, or the line's begin, and this value: the key is in it.
    lead: Box<[u8]>,
    /// Whose cell the value is, where it is that of a known key.
    cell: Option<usize>,
}

impl<'k> Shapes<'k> {
    /// Of lines whose cells are the values of `keys`.
    pub(crate) const fn new(keys: &'k [String]) -> Self {
        Self { keys, shapes: Vec::new(), last: 0, lessons: 0, bounds: Vec::new() }
    }

    /// The cells of the line at `place` in `text`, given where its quotes and its line end are; there must be neither a
    /// backslash nor a control character in it. `None` where it fits no shape.
    #[inline]
    pub(crate) fn row<'a>(&'a mut self, text: &'a str, ends: &[u32], place: &Range<usize>) -> Option<Row<'a>> {
        let line = &text.as_bytes()[..place.end];
        let (_, quotes) = ends.split_last()?;
        let mut fits = |shape: &Shape| {
            self.bounds.clear();
            self.bounds.resize(self.keys.len(), (0, 0));
            shape.read(line, place.start, quotes, &mut self.bounds).is_some()
        };
        if !self.shapes.get(self.last).is_some_and(&mut fits) {
            self.last = self.shapes.iter().position(fits)?;
        }
        Some(Row::bounded(text, &self.bounds))
    }

    /// Learns the shape of a line, which must be a JSON object that has no known key twice.
    pub(crate) fn learn(&mut self, line: &str) {
        if self.shapes.len() == SHAPES_MAX || self.lessons == LESSONS_MAX {
            return;
        }
        self.lessons += 1;
        if let Some(shape) = Shape::of(line, self.keys)
            && !self.shapes.contains(&shape)
        {
            self.last = self.shapes.len();
            self.shapes.push(shape);
        }
    }
}

impl Shape {
    /// `None` where a key is not written as it is.
    fn of(line: &str, keys: &[String]) -> Option<Self> {
        let mut members = Vec::new();
        let mut end = 0;
        for (key, value) in Members::of(line.trim_ascii()).ok()? {
            if key.contains('\\') {
                return None;
            }
            let begin = offset(line, value);
            let name = key.trim_matches('"');
            let cell = keys.iter().position(|known| known == name);
            members.push(Member { lead: line.as_bytes()[end..begin].into(), cell });
            end = begin + value.len();
        }
        (!members.is_empty()).then(|| Self { members, tail: line.as_bytes()[end..].into() })
    }

    /// Finds the cells of the line that begins at `begin` and ends with `line`; `None` where it has another shape.
    ///
    /// A line may leave out keys, but for the first one. The leads and the tail are those of a valid line, so with valid
    /// values between them this is one too.
    #[inline]
    fn read(&self, line: &[u8], begin: usize, quotes: &[u32], bounds: &mut [(usize, usize)]) -> Option<()> {
        // What opens the object may not be left out.
        if !line[begin..].starts_with(&self.members.first()?.lead) {
            return None;
        }
        let (mut at, mut quotes) = (begin, quotes);
        for Member { lead, cell } in &self.members {
            let Some(rest) = line[at..].strip_prefix(&**lead) else { continue };
            at += lead.len();
            let value = if rest.first() == Some(&b'"') {
                let [_, _, opening, closing, behind @ ..] = quotes else { return None };
                debug_assert_eq!(*opening as usize, at, "no quote is left out");
                quotes = behind;
                let value = (at + 1, *closing as usize);
                at = value.1 + 1;
                value
            } else {
                quotes = quotes.get(2..)?;
                let length = scalar_length(rest)?;
                at += length;
                if rest[0] == b'n' { (0, 0) } else { (at - length, at) }
            };
            if let Some(cell) = cell {
                bounds[*cell] = value;
            }
        }
        (line[at..] == *self.tail).then_some(())
    }
}

/// How long the number without an exponent, truth value or null is that begins here.
#[inline]
fn scalar_length(text: &[u8]) -> Option<usize> {
    match text {
        [b'n', b'u', b'l', b'l', ..] | [b't', b'r', b'u', b'e', ..] => Some(4),
        [b'f', b'a', b'l', b's', b'e', ..] => Some(5),
        _ => number_length(text),
    }
}

fn number_length(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let begin = usize::from(text.first() == Some(&b'-'));
    let whole = match digits(begin) {
        0 => return None,
        1 => 1,
        _ if text[begin] == b'0' => return None,
        count => count,
    };
    let end = begin + whole;
    match text.get(end) {
        Some(b'.') => Some(digits(end + 1)).filter(|count| *count > 0).map(|count| end + 1 + count),
        _ => Some(end),
    }
}

/// Where `part` begins in the text that it is a part of.
fn offset(text: &str, part: &str) -> usize {
    part.as_ptr().addr() - text.as_ptr().addr()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::Cells;
    use crate::marks::{Cursor, Kinds, Marks};
    use proptest::prelude::*;

    const KEYS: [&str; 4] = ["id", "at", "d", "é"];

    /// The cells of each line, by its shape where it fits one, and else by the full parser; and how many fitted.
    fn read(lines: &[String]) -> (Vec<Result<Vec<String>, String>>, usize) {
        let keys = KEYS.map(str::to_owned);
        let text = lines.concat();
        let mut marks = Marks::default();
        marks.scan(text.as_bytes(), Kinds { separator: b'"', quote: Some(b'\\'), controls: true });
        let (mut shapes, mut cursor, mut cells) = (Shapes::new(&keys), Cursor::default(), Cells::default());
        let (mut at, mut fitted, mut read) = (0, 0, Vec::new());
        for line in lines {
            let content = line.trim_end_matches(['\r', '\n']);
            let place = at..at + content.len();
            let plain = marks.line(at, &mut cursor);
            let ends = plain.map_or(&[][..], |line| &marks.ends[line.ends.start as usize..line.ends.end as usize]);
            at += line.len();
            if let Some(row) = shapes.row(&text, ends, &place) {
                read.push(Ok((0..row.len()).map(|at| row.cell(at).to_owned()).collect()));
                fitted += 1;
                continue;
            }
            read.push(by_parser(content, &mut cells));
            if read.last().is_some_and(Result::is_ok) {
                shapes.learn(content);
            }
        }
        (read, fitted)
    }

    fn by_parser(line: &str, cells: &mut Cells) -> Result<Vec<String>, String> {
        let row = cells.split_json(line, &KEYS.map(str::to_owned)).map_err(|fault| fault.to_string())?;
        Ok((0..row.len()).map(|at| row.cell(at).to_owned()).collect())
    }

    fn fitted(lines: &[&str]) -> usize {
        let lines: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
        read(&lines).1
    }

    #[test]
    fn usual_lines_fit() {
        let first = r#"{"id":"a","more":"x","at":"10","d":1.5,"é":null}"#;
        let usual = [
            r#"{"id":"","more":true,"at":10,"d":-0.25,"é":"ü"}"#,
            r#"{"id":"a, \u007b","at":"]}","d":0,"é":false}"#.replace("\\u007b", "{").leak(),
            // Without keys that the first line has.
            r#"{"id":"b","é":"}"}"#,
            r#"{"id":"b"}"#,
        ];
        assert_eq!(fitted(&[&[first], &usual[..]].concat()), usual.len());
        let spaced = r#" { "id" : "a" , "at" : 1 } "#;
        assert_eq!(fitted(&[spaced, spaced, first, spaced, first]), 3);
        assert_eq!(read(&[first, first].map(|line| format!("{line}\r\n"))).1, 1);
    }

    #[test]
    fn odd_lines_do_not_fit() {
        let first = r#"{"id":"a","at":1}"#;
        for odd in [
            r#"{"id":"a\n","at":1}"#,
            r#"{"id":"a","at":1e3}"#,
            r#"{"id":"a","at":01}"#,
            r#"{"id":"a","at":1.}"#,
            r#"{"id":"a","at":-}"#,
            r#"{"id":"a","at":[1]}"#,
            r#"{"id":"a","at":nul}"#,
            r#"{"id":"a","at":1,}"#,
            r#"{"id":"a","at":1} "#,
            r#"{"id":"a","at":1,"at":1}"#,
            r#"{"id":"a","at":1"#,
            r#"{"id":"a","at":"1}"#,
            r#"{"id":"a" "at":1}"#,
            r#"{"at":1,"id":"a"}"#,
            r#","at":1}"#,
            "}",
            "{\"id\":\"a\tb\",\"at\":1}",
        ] {
            assert_eq!(fitted(&[first, odd]), 0, "{odd}");
        }
    }

    fn arb_value() -> impl Strategy<Value = String> {
        prop_oneof![
            6 => "\"[a-z0-9 ,:{}é+#-]{0,12}\"",
            3 => "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,4})?",
            1 => "[-+]?[0-9]{0,2}\\.?[0-9]{0,2}([eE][-+]?[0-9]{1,2})?",
            1 => "null|true|false|nul|True",
            1 => "\"(\\\\[nu\"\\\\/]|\\\\u00e9|[a\"\t\r])\"",
            1 => "\\{\"id\":1\\}|\\[1,\"id\"\\]|\\[\\]",
        ]
    }

    /// Objects with most of the keys, mostly in one order and one way of writing.
    fn arb_line() -> impl Strategy<Value = String> {
        let keys = prop_oneof![
            6 => Just(vec!["id", "x", "at", "d", "é"]),
            2 => prop::sample::subsequence(vec!["id", "x", "at", "d", "é"], 0..=5),
            1 => prop::collection::vec(prop::sample::select(vec!["id", "x", "at", "d", "é", "\\u0069d", ""]), 0..6),
        ];
        let member = prop::collection::vec(arb_value(), 7);
        let space = prop_oneof![8 => Just(""), 2 => Just(" "), 1 => Just("\t"), 1 => Just("\x0c")];
        let end = prop_oneof![8 => Just("\n"), 2 => Just("\r\n"), 1 => Just(" \n"), 1 => Just("}\n")];
        (keys, member, space, end, prop::option::weighted(0.1, 0usize..80)).prop_map(
            |(keys, values, space, end, cut)| {
                let members: Vec<String> =
                    keys.iter().zip(values).map(|(key, value)| format!("\"{key}\":{space}{value}")).collect();
                let mut line = format!("{{{}}}", members.join(&format!(",{space}")));
                if let Some((cut, _)) = cut.and_then(|cut| line.char_indices().nth(cut)) {
                    line.truncate(cut);
                }
                line + end
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn lines_are_what_the_full_parser_makes_of_them(lines in prop::collection::vec(arb_line(), 0..40)) {
            let mut cells = Cells::default();
            let parsed: Vec<Result<Vec<String>, String>> =
                lines.iter().map(|line| by_parser(line.trim_end_matches(['\r', '\n']), &mut cells)).collect();
            prop_assert_eq!(read(&lines).0, parsed);
        }
    }
}
