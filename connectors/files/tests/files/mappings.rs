//! What the mappings understand: text in, fields or a reason out.

use crate::reading::{mapping, mapping_with, outcomes, sample};
use didtron_domain::{CallBatch, IdentityKey};
use didtron_files::{CallFile, MappingDecoder, check};
use didtron_ports::{CallSource, Decode};
use didtron_schemas::call_mapping::CallMapping;

const PLAIN_HEADER: &str =
    "call_id,start,duration_s,status,ingress,egress,answer,ring_s,pdd_s,version,last_attempt,stated_revenue,source";

fn expect(mapping: &CallMapping, header: &str, table: &[(&str, &str)]) {
    let lines: Vec<&str> = table.iter().map(|(line, _)| *line).collect();
    let head = if header.is_empty() { String::new() } else { format!("{header}\n") };
    let found = outcomes(format!("{head}{}\n", lines.join("\n")), mapping);
    assert_eq!(found.len(), table.len(), "{found:#?}");
    for ((line, expected), found) in table.iter().zip(found) {
        match expected.strip_suffix('…') {
            Some(begin) => assert!(found.starts_with(begin), "{line}\nfound    {found}\nexpected {expected}"),
            None => assert_eq!(&found, expected, "{line}"),
        }
    }
}

#[test]
fn plain_records_are_understood() {
    expect(
        &mapping("plain"),
        PLAIN_HEADER,
        &[
            (
                "c1,2026-06-01T02:00:00.5+02:00,9.1239,answered,a-in,b-out,,,,,,,",
                "plain c1 2026-06-01T00:00:00.500000Z 9123ms answered 2026-06-01T00:00:00.500000Z | in a-in | out b-out",
            ),
            (
                "c2,2026-06-01T00:00:00Z,1,answered,a-in,,,2.0000005,0.5000005,-7,true,0.0101,sw",
                "sw c2 2026-06-01T00:00:00Z 1000ms answered 2026-06-01T00:00:02.500001Z | in a-in | last yes | version -7 | revenue 0.0101",
            ),
            (
                "c3,2026-06-01T00:00:00Z,0.0004,busy,,b-out,2026-06-01T00:00:05Z,9,9,,false,,",
                "plain c3 2026-06-01T00:00:00Z 0ms not answered 2026-06-01T00:00:05Z | out b-out",
            ),
            (
                "c4,2026-06-01,5,answered,a-in,,,,,,,,",
                "plain c4 2026-06-01T00:00:00Z 5000ms answered 2026-06-01T00:00:00Z | in a-in",
            ),
            (
                "c5,2026-06-01T00:00:00Z,18000000000000000,answered,a-in,,,,,,,0.00000000019,",
                "plain c5 2026-06-01T00:00:00Z 18000000000000000000ms answered 2026-06-01T00:00:00Z | in a-in | revenue 0",
            ),
            (
                "\"c\"\"6\",\"2026-06-01T00:00:00Z\",5,answered,\"a,in\",,,,,,,,",
                "plain c\"6 2026-06-01T00:00:00Z 5000ms answered 2026-06-01T00:00:00Z | in a,in",
            ),
        ],
    );
}

#[test]
fn plain_records_that_are_wrong_are_told_by_column_and_value() {
    expect(
        &mapping("plain"),
        PLAIN_HEADER,
        &[
            ("c,2026-06-01T00:00:00Z,1,answered,a,,,,,,,", "malformed: the record has 12 cells, and 13 are expected"),
            ("c,2026-06-01T00:00:00Z,1,answered,a,,,,,,,,,", "malformed: the record has 14 cells, and 13 are expected"),
            (",2026-06-01T00:00:00Z,1,answered,a,,,,,,,,", "malformed: call_id: \"\" is empty, and it is required"),
            ("c,,1,answered,a,,,,,,,,", "malformed: start: \"\" is empty…"),
            ("c,2026-06-01T00:00:00Z,,answered,a,,,,,,,,", "malformed: duration_s: \"\" is empty…"),
            ("c,2026-06-01T00:00:00Z,1,,a,,,,,,,,", "malformed: status: \"\" is empty…"),
            ("c,yesterday,1,answered,a,,,,,,,,", "malformed: start: \"yesterday\" is not an instant: RFC 3339…"),
            ("c,2026-03-01T10:00:00,1,answered,a,,,,,,,,", "malformed: start: \"2026-03-01T10:00:00\" is not…"),
            (
                "c,2026-06-01T00:00:00Z,1,answered,a,,2026-02-30T10:00:00Z,,,,,,",
                "malformed: answer: \"2026-02-30T10:00:00Z\"…",
            ),
            ("c,2026-06-01T00:00:00Z,-5,answered,a,,,,,,,,", "malformed: duration_s: \"-5\" is not a length of time…"),
            ("c,2026-06-01T00:00:00Z,1:02,answered,a,,,,,,,,", "malformed: duration_s: \"1:02\" is not…"),
            ("c,2026-06-01T00:00:00Z,.5,answered,a,,,,,,,,", "malformed: duration_s: \".5\" is not…"),
            ("c,2026-06-01T00:00:00Z,1,answered,a,,2026-06-01T00:00:01Z,x,,,,,", "malformed: ring_s: \"x\" is not…"),
            (
                "c,2026-06-01T00:00:00Z,7,busy,a,,,,,,,,",
                "malformed: duration_s: \"7\" is talk time on a call that was not answered by the status \"busy\" (R1)",
            ),
            ("c,2026-06-01T00:00:00Z,1,Answered,a,,,,,,,,", "malformed: duration_s: \"1\" is talk time…"),
            ("c,2026-06-01T00:00:00Z,1,answered,,,,,,,,,", "malformed: ingress and egress are both empty…"),
            ("c,2026-06-01T00:00:00Z,1,answered,a,,,,,two,,,", "malformed: version: \"two\" is not an integer"),
            ("c,2026-06-01T00:00:00Z,1,answered,a,,,,,+2,,,", "malformed: version: \"+2\" is not an integer"),
            (
                "c,2026-06-01T00:00:00Z,1,answered,a,,,,,99999999999999999999,,,",
                "malformed: version: \"99999999999999999999\" is out of range…",
            ),
            ("c,2026-06-01T00:00:00Z,1,answered,a,,,,,,yes,,", "malformed: last_attempt: \"yes\" is not true or false"),
            (
                "c,2026-06-01T00:00:00Z,1,answered,a,,,,,,,1e3,",
                "malformed: stated_revenue: \"1e3\" is not a decimal number",
            ),
            (
                "c,2026-06-01T00:00:00Z,1,answered,a,,,,,,,,\"x",
                "malformed: column 13: \"\\\"x\" opens with a quote that nothing closes",
            ),
            ("\"c\"x,2026-06-01T00:00:00Z,1,answered,a,,,,,,,,", "malformed: column 1: \"x,2026…"),
        ],
    );
}

#[test]
fn switches_are_understood() {
    expect(
        &mapping("connexcs"),
        "callid,dt,duration,sip_code,customer_id,provider_id,ring_duration,pdd_in,source_dest_number,dest_number,customer_charge,codec,branch_idx",
        &[
            (
                "x1,2026-06-01 10:00:00,34.25,200,12,7,4,250,0049301,49301,0.0123,g711,2",
                "connexcs x1 2026-06-01T10:00:00Z 34250ms answered 2026-06-01T10:00:04.250000Z | branch 2 | in 12 | out 7 | to 0049301 | out to 49301 | revenue 0.0123",
            ),
            (
                "x2,2026-06-01 10:00:00,0,503,12,0,,,1,,NULL,,",
                "connexcs x2 2026-06-01T10:00:00Z 0ms not answered 2026-06-01T10:00:00Z | in 12 | to 1",
            ),
        ],
    );
    expect(
        &mapping("freeswitch"),
        "",
        &[
            (
                r#""9007","9007","0034688","public","2014-05-29 16:59:50","2014-05-29 16:59:52","2014-05-29 17:00:00","10","8","NORMAL_CLEARING","a5c9","","acme","PCMA","PCMA""#,
                "freeswitch a5c9 2014-05-29T16:59:50Z 8000ms answered 2014-05-29T16:59:52Z | in acme | from 9007 | to 0034688",
            ),
            (
                r#""9007","9007","0034688","public","2014-05-29 16:59:50","","2014-05-29 16:59:50","0","0","NORMAL_CLEARING","a5c9","","","","""#,
                "freeswitch a5c9 2014-05-29T16:59:50Z 0ms not answered 2014-05-29T16:59:50Z | in freeswitch | from 9007 | to 0034688",
            ),
        ],
    );
    expect(
        &mapping("yeti"),
        "id,local_tag,routing_attempt,is_last_cdr,time_start,time_connect,duration,success,orig_gw_id,term_gw_id,dst_prefix_in,dst_prefix_out,vendor_price",
        &[
            (
                "1,8-1A,1,f,2019-02-15 00:00:00.5+00,,0,f,3,9,49301,55#49301,",
                "yeti 8-1A 2019-02-15T00:00:00.500000Z 0ms not answered 2019-02-15T00:00:00.500000Z | branch 1 | in 3 | out 9 | to 49301 | out to 55#49301",
            ),
            (
                "2,8-1A,2,t,2019-02-15 00:00:01+00,2019-02-15 02:00:03+02,61,t,3,10,49301,49301,0.12345678901234",
                "yeti 8-1A 2019-02-15T00:00:01Z 61000ms answered 2019-02-15T00:00:03Z | branch 2 | in 3 | out 10 | to 49301 | out to 49301 | last yes | cost 0.123456789",
            ),
        ],
    );
}

#[test]
fn dialects_of_csv_are_understood() {
    let good = "own 1 1970-01-01T00:00:10Z 1500ms answered 1970-01-01T00:00:10Z | in a | to 49";
    let layout = mapping_with(
        "separator = ';'\nquote = \"'\"\ncomment = '#'\nskip_lines = 2\ntrim = true",
        "decimal_comma = true",
    );
    let text = "report; of\r\n'unclosed\r\n\r\n# id\r\nid ; start;dur;in;called;more\r\n 1;10 ; '1,5' ;a;49;\r\n#2;3\r\n   \r\n1;10;1,5;'a';49;x\r\n1;10;1.5;a;49;";
    let found = outcomes(format!("\u{feff}{text}").replace("\u{feff}", ""), &layout);
    assert_eq!(found[..2], [good, good]);
    assert!(found[2].starts_with("malformed: dur: \"1.5\" is not a length"), "{}", found[2]);
    assert_eq!(found.len(), 3);

    let tabs = mapping_with("separator = \"\\t\"\nquote = ''", "[units]\nduration = 'ms'");
    assert_eq!(outcomes("\u{feff}id\tstart\tdur\tin\tcalled\n1\t10\t1500\ta\t49", &tabs), [good]);

    let latin = mapping_with("encoding = 'windows-1252'", "");
    let found = outcomes(b"id,start,dur,in,called\n\xe9,10,1,a,49\n", &latin);
    assert_eq!(found, ["own é 1970-01-01T00:00:10Z 1000ms answered 1970-01-01T00:00:10Z | in a | to 49"]);
}

#[test]
fn a_record_that_is_not_utf8_is_reported_and_its_neighbours_are_read() {
    let found =
        outcomes(b"id,start,dur,in,called\n1,10,1.5,a,49\n2,\xff,1,a,49\n1,10,1.5,a,49\n", &mapping_with("", ""));
    assert_eq!(found[1], "malformed: byte 3 of the record (0xff) is not UTF-8");
    assert_eq!(found[0], found[2]);
}

#[test]
fn json_lines_are_understood() {
    let layout = mapping(
        "name = 'json'\nformat = 'jsonl'\nanswered = { statuses = ['true'] }\ntimes = ['epoch_ms']\noptional = ['stated_cost']\n\
         [constants]\nsource = 'json'\n[columns]\ncall_id = 'id'\nstart = 'at'\nduration = 'dur'\nstatus = 'ok'\ningress = 'in'\nstated_cost = 'cost'",
    );
    expect(
        &layout,
        "",
        &[
            (
                r#"{"id":7,"at":10500,"dur":1.25,"ok":true,"in":"a \"b\"","cost":1.5e-5,"more":{"id":[8]}}"#,
                "json 7 1970-01-01T00:00:10.500000Z 1250ms answered 1970-01-01T00:00:10.500000Z | in a \"b\" | cost 0.000015",
            ),
            (
                r#"{"id":"7","at":10500,"dur":0,"ok":false,"in":"a"}"#,
                "json 7 1970-01-01T00:00:10.500000Z 0ms not answered…",
            ),
            (r#"{"at":10500,"dur":0,"ok":false,"in":"a"}"#, "malformed: id: \"\" is empty…"),
            (r#"{"id":"7","at":10500"#, "malformed: the line is not one JSON value…"),
        ],
    );
}

#[test]
fn sides_and_identities_follow_the_mapping() {
    let strict = mapping_with("", "may_be_absent = ['egress']\nempty_parties = ['0']");
    let found = outcomes("id,start,dur,in,called\n1,10,1,0,49\n", &strict);
    assert_eq!(found, ["malformed: in: \"0\" is empty, and the mapping does not allow that"]);

    let named = mapping_with("", "identity = ['called', 'id']");
    let mut file = sample("id,start,dur,in,called\n1,10,1,a,49\n").open(&named);
    let chunk = file.next_chunk(1).unwrap().unwrap();
    assert_eq!(file.decode(chunk).identity, [IdentityKey::of_columns("own", ["49", "1"])]);
}

#[test]
fn a_header_that_does_not_fit_is_refused_with_its_columns() {
    let table = [
        (
            "call_id;start;duration_s;status\n",
            "line 1: missing columns: call_id, start, duration_s, status; found: call_id;start;duration_s;status (one column: is the separator ';' and not ','?)",
        ),
        ("\n\ncall_id,start,status\n", "line 3: missing columns: duration_s; found: call_id, start, status"),
        ("call_id,start,duration_s,status,tarif,x\n", "line 1: unknown columns: tarif, x; known: source, call_id"),
        ("call_id,start,duration_s,status,start\n", "line 1: the column start is there twice"),
        ("\"call_id,start\n", "line 1: column 1: \"\\\"call_id,start\" opens with a quote"),
    ];
    for (text, message) in table {
        let error = CallFile::open(&sample(text).path, &mapping("plain"), Some("f.csv")).err().expect(text).to_string();
        assert!(error.starts_with("cannot read f.csv by the mapping plain") && error.contains(message), "{error}");
    }
    let error = CallFile::open(std::path::Path::new("/no/such"), &mapping("plain"), None).err().unwrap().to_string();
    assert!(error.starts_with("cannot open /no/such: "), "{error}");
}

#[test]
fn files_without_records_have_none() {
    for text in ["", "\n\n", "\u{feff}", "call_id,start,duration_s,status\n", "call_id,start,duration_s,status\r\n\r\n"]
    {
        assert_eq!(outcomes(text, &mapping("plain")), Vec::<String>::new(), "{text:?}");
    }
}

#[test]
fn records_are_decoded_again_under_their_header() {
    let header = "status,call_id,start,duration_s,ingress";
    let (good, bad) = ("answered,\"c,1\",2026-06-01T00:00:00Z,5,a", "answered,c2,soon,5,a");
    let mut file = sample(format!("{header}\n{good}\n{bad}\n")).open(&mapping("plain"));
    let chunk = file.next_chunk(9).unwrap().unwrap();
    let first = file.decode(chunk);
    let records = [(good.as_bytes().to_vec(), "calls:2".to_owned()), (bad.as_bytes().to_vec(), "calls:3".to_owned())];
    let decoder = MappingDecoder::new([]);
    let again = decoder.decode_records("plain", &first.header, &records).unwrap();
    assert_eq!(crate::reading::records(&again), crate::reading::records(&first));
    assert_eq!((again.file.as_str(), again.header.as_str(), again.rewrites), ("calls", header, true));

    let elsewhere =
        [(good.as_bytes().to_vec(), "a:b.csv:2".to_owned()), (bad.as_bytes().to_vec(), "c.csv:3".to_owned())];
    let mixed = decoder.decode_records("plain", header, &elsewhere).unwrap();
    assert_eq!((mixed.file.as_str(), mixed.lines.as_slice()), ("", [2, 3].as_slice()));
    for (name, header, message) in
        [("nobody", header, "\"nobody\" is not known"), ("plain", "call_id,start", "missing columns")]
    {
        let error = decoder.decode_records(name, header, &records).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let own = CallMapping { rewrites: false, ..mapping("plain") };
    assert_eq!(MappingDecoder::new([own]).get("plain").map(|m| m.rewrites), Some(false));
}

#[test]
fn clean_numbers_are_clean_in_every_record_however_it_is_decoded() {
    let text = "id,start,dur,in,called\n1,10,1,a,55#49\n2,soon,1,a,49\n3,10,1,a,49\n";
    let batch_of = |clean: bool| {
        let mut file = sample(text).open(&mapping_with("", &format!("clean = {clean}")));
        let chunk = file.next_chunk(9).unwrap().unwrap();
        file.decode(chunk)
    };
    let (clean, plain) = (batch_of(true), batch_of(false));
    let flags = |batch: &CallBatch| (0..3).map(|row| batch.call(row).clean).collect::<Vec<_>>();
    assert_eq!((clean.clean, flags(&clean)), (true, vec![true; 3]));
    assert_eq!((plain.clean, flags(&plain)), (false, vec![false; 3]));
    // R9 reads it, so it is content (R16); who the call is does not depend on it, nor what is malformed.
    assert_eq!(clean.identity, plain.identity);
    let same: Vec<bool> = clean.content.iter().zip(&plain.content).map(|(one, other)| one == other).collect();
    assert_eq!(same, [false, true, false]);

    let records: Vec<_> = (0..3).map(|row| (clean.text(row).to_vec(), format!("calls:{}", row + 2))).collect();
    let decoder = MappingDecoder::new([mapping_with("", "clean = true")]);
    let again = decoder.decode_records("own", &clean.header, &records).unwrap();
    assert_eq!((again.clean, flags(&again), &again.content), (true, vec![true; 3], &clean.content));

    let report = check(&sample(text).path, &mapping_with("", "clean = true"), 1).unwrap();
    assert!(report.calls[0].fields.contains(&("clean", "true".to_owned())));
}

#[test]
fn a_check_tells_what_was_understood_and_every_finding() {
    let text = "call_id,start,duration_s,status,ingress\nc1,2026-06-01T00:00:00Z,5,answered,a\nc2,soon,5,answered,a\nc3,2026-06-01T00:00:00Z,5,answered,a\nc4,2026-06-01T00:00:00Z,x,answered,a\n";
    let report = check(&sample(text).path, &mapping("plain"), 1).unwrap();
    assert_eq!((report.record_count, report.understood_count, report.malformed_count), (4, 2, 2));
    assert_eq!(report.calls.len(), 1);
    assert!(report.calls[0].fields.contains(&("duration_ms", "5000".to_owned())));
    let findings: Vec<_> = report.findings.iter().map(|f| (f.line, f.column.as_deref(), f.value.as_deref())).collect();
    assert_eq!(findings, [(3, Some("start"), Some("soon")), (5, Some("duration_s"), Some("x"))]);
}
