//! Every built-in mapping parses; nonsense is refused at its line.

use super::*;

const GOOD: &str = r#"name = "x"
answered = "always"
zone = "Europe/Berlin"
times = ["%d.%m.%Y %H:%M:%S", "epoch_ms"]
[csv]
separator = ";"
[columns]
call_id = "id"
start = 2
duration = "dur"
"#;

#[test]
fn built_in_mappings_are_valid_and_carry_their_names() {
    for name in builtin_names() {
        let mapping = CallMapping::parse(builtin_text(name).unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(mapping.name, name);
        assert!(!mapping.description.is_empty(), "{name}");
        assert!(
            !mapping.constant(Field::Source).is_empty(),
            "{name}: the source is the switch, so each needs one (R16)"
        );
        assert_eq!(builtin(name), Some(mapping));
    }
    assert_eq!(builtin("nothing"), None);
}

#[test]
fn a_mapping_says_what_it_says() {
    let mapping = CallMapping::parse(GOOD).unwrap();
    assert_eq!(mapping.columns[&Field::Start], ColumnRef::Position(2));
    assert_eq!((mapping.csv.separator, mapping.csv.quote), (format::AsciiChar(b';'), format::QuoteChar(Some(b'"'))));
    assert_eq!(mapping.times[1], InstantFormat::EpochMilliseconds);
    assert_eq!(mapping.zone.as_str(), "Europe/Berlin");
    assert!(!mapping.rewrites && !mapping.clean && mapping.may_be_absent.len() == 2);
}

#[test]
fn nonsense_is_refused_at_its_line() {
    let table = [
        ("zone = \"Europe/Berlin\"", "zone = \"Mars/Olympus\"", 3, "is no time zone"),
        ("zone = ", "zoone = ", 3, "unknown field `zoone`"),
        ("call_id = \"id\"", "caller = \"id\"", 7, "call_id"),
        ("duration = \"dur\"", "", 7, "duration"),
        ("start = 2", "start = 0", 9, "counted from 1"),
        ("start = 2", "start = -2", 9, "expected a column"),
        ("start = 2", "stort = 2", 9, "unknown variant `stort`"),
        ("separator = \";\"", "separator = \";;\"", 6, "one ASCII character"),
        ("separator = \";\"", "separator = '\"'", 1, "the same character"),
        ("separator = \";\"", "header = false", 8, "positions only"),
        ("epoch_ms", "stardate", 4, "is no form of times"),
        ("%d.%m", "%Q.%m", 4, "cannot be used"),
        ("%d.%m", "%H.%M", 4, "cannot be used"),
        ("\"always\"", "\"answer_given\"", 2, "no column is named for answer"),
        ("\"always\"", "{ statuses = [] }", 2, "no status means answered"),
        ("\"always\"", "{ statuses = ['ok'] }", 2, "no column is named for status"),
        ("name = \"x\"", "name = \"a b\"", 1, "is no name"),
        ("separator = \";\"", "cell_counts = [3]", 6, "without a header"),
        ("[csv]", "optional = ['start']\n[csv]", 5, "cannot be optional"),
        ("[columns]", "[constants]\ncalled = '1'\n[columns]", 7, "cannot be a constant"),
        ("duration = \"dur\"", "duration = \"dur\"\nring = \"dur\"", 10, "both read from dur"),
    ];
    for (from, to, line, message) in table {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let error = CallMapping::parse(&text).expect_err(to);
        assert!(error.message.contains(message), "{to}: {error}");
        assert_eq!(error.line, line, "{to}: {error}");
    }
}
