//! Properties: neither chunks nor compression nor the place where one begins changes what is read, and quoted cells
//! are what another parser makes of them.

use crate::reading::{Read, mapping_with, read_all, records, sample};
use didtron_files::ReadAhead;
use didtron_ports::CallSource;
use didtron_schemas::call_mapping::{CallMapping, Format};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::io::Write;

const HEADER: &str = "id,start,dur,in,called";

fn layout() -> CallMapping {
    mapping_with("comment = '#'", "")
}

fn gzip_members(bytes: &[u8]) -> Vec<u8> {
    let (front, back) = bytes.split_at(bytes.len() / 2);
    let member = |part: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(part).unwrap();
        encoder.finish().unwrap()
    };
    [member(front), member(back)].concat()
}

fn zstd_frames(bytes: &[u8]) -> Vec<u8> {
    let (front, back) = bytes.split_at(bytes.len() / 3);
    [front, back].map(|part| zstd::encode_all(part, 1).unwrap()).concat()
}

/// Lines of all kinds: records, quoted ones, stray quotes, comments, blanks, bytes that are no text.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        4 => "[0-9]{1,3},10,1,a,[0-9]{3}".prop_map(String::into_bytes),
        2 => "[0-9]{1,3},\"1[0-9]\",1,\"a(\"\"|,|\n|\r\n|b){0,4}\",49".prop_map(String::into_bytes),
        2 => "[a\",\n# ]{0,12}".prop_map(String::into_bytes),
        1 => Just(b"#x,\"".to_vec()),
        1 => Just(Vec::new()),
        1 => Just(b"\xff,10,1,a,49".to_vec()),
    ];
    let end = prop_oneof![3 => Just("\n"), 1 => Just("\r\n")];
    (prop::collection::vec((line, end), 0..30), any::<bool>()).prop_map(|(lines, cut)| {
        let mut bytes = format!("{HEADER}\n").into_bytes();
        for (line, end) in lines {
            bytes.extend_from_slice(&line);
            bytes.extend_from_slice(end.as_bytes());
        }
        bytes.truncate(bytes.len() - usize::from(cut && bytes.len() > HEADER.len() + 1));
        bytes
    })
}

fn all(bytes: &[u8], record_count: usize) -> Vec<Read> {
    read_all(&mut sample(bytes).open(&layout()), record_count)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn chunks_and_compression_change_nothing(bytes in lines(), record_count in 1usize..7) {
        let whole = all(&bytes, 1000);
        prop_assert_eq!(&all(&bytes, record_count), &whole);
        prop_assert_eq!(&all(&gzip_members(&bytes), record_count), &whole);
        prop_assert_eq!(&all(&zstd_frames(&bytes), record_count), &whole);
    }

    #[test]
    fn no_byte_of_a_record_is_lost(bytes in lines()) {
        let read = all(&bytes, 3);
        let mut kept: Vec<u8> = read.iter().flat_map(|r| r.text.clone()).filter(|b| !b"\r\n".contains(b)).collect();
        let text: Vec<u8> = bytes[HEADER.len()..].to_vec();
        // Comments are left out, and they begin a line of their own only where no record spans it.
        kept.sort_unstable();
        let mut there: Vec<u8> = text.iter().copied().filter(|b| !b"\r\n".contains(b)).collect();
        there.sort_unstable();
        let comments: usize = there.len() - kept.len();
        let hashes = text.split(|&b| b == b'\n').filter(|line| line.starts_with(b"#")).map(|line| line.len()).sum::<usize>();
        prop_assert!(comments <= hashes, "{} bytes are missing, {} stand in lines that begin as comments", comments, hashes);
    }

    #[test]
    fn one_may_begin_at_any_chunk_and_read_any_again(bytes in lines(), record_count in 1usize..4) {
        for stored in [bytes.clone(), gzip_members(&bytes)] {
            let sample = sample(&stored);
            let mut file = sample.open(&layout());
            let mut chunks = Vec::new();
            while let Some(chunk) = file.next_chunk(record_count).unwrap() {
                chunks.push(chunk);
            }
            for (at, chunk) in chunks.iter().enumerate().rev() {
                prop_assert_eq!(&file.chunk(chunk.range.clone(), chunk.first_line).unwrap(), chunk);
                file.seek(chunk.range.end, chunk.first_line + chunk.line_count).unwrap();
                let next = file.next_chunk(record_count).unwrap();
                prop_assert_eq!(next.as_ref(), chunks.get(at + 1));
                let head = &bytes[..chunk.range.end as usize];
                prop_assert_eq!(file.head_digest(chunk.range.end).unwrap(), Some(*blake3::hash(head).as_bytes()));
            }
            prop_assert_eq!(file.head_digest(bytes.len() as u64 + 1).unwrap(), None);
        }
    }

    #[test]
    fn reading_ahead_is_reading(bytes in lines(), record_count in 1usize..4, back in any::<bool>()) {
        let sample = sample(&bytes);
        let (mut plain, mut ahead) = (sample.open(&layout()), ReadAhead::new(sample.open(&layout())));
        while let Some(expected) = plain.next_decoded(record_count).unwrap() {
            let found = ahead.next_decoded(record_count).unwrap().unwrap();
            prop_assert_eq!((&found.range, found.first_line, found.digest), (&expected.range, expected.first_line, expected.digest));
            prop_assert_eq!(records(&found.batch), records(&expected.batch));
            // Looking elsewhere loses nothing of what was read ahead, and going back does what it says.
            let again = ahead.chunk(expected.range.clone(), expected.first_line).unwrap();
            prop_assert_eq!(again.digest, expected.digest);
            prop_assert_eq!(ahead.head_digest(1).unwrap(), plain.head_digest(1).unwrap());
            if back {
                ahead.seek(expected.range.start, expected.first_line).unwrap();
                prop_assert_eq!(ahead.next_chunk(record_count).unwrap(), Some(again));
            }
        }
        prop_assert!(ahead.next_decoded(record_count).unwrap().is_none());
    }

    #[test]
    fn quoted_cells_are_what_another_parser_makes_of_them(
        rows in prop::collection::vec(("[a-z\", \n\r;é]{1,8}", "[ \",\n\ra-z]{1,8}", "[0-9#\",'\n]{0,8}"), 1..12),
        quoted in any::<bool>(),
    ) {
        let style = if quoted { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        let mut writer = csv::WriterBuilder::new().quote_style(style).from_writer(Vec::new());
        writer.write_record(HEADER.split(',')).unwrap();
        for (id, party, called) in &rows {
            writer.write_record([id.as_str(), "10", "1", party.as_str(), called.as_str()]).unwrap();
        }
        let text = writer.into_inner().unwrap();
        let mut naive = csv::Reader::from_reader(text.as_slice());
        let expected: Vec<csv::StringRecord> = naive.records().map(Result::unwrap).collect();
        let mut file = sample(&text).open(&mapping_with("", ""));
        let chunk = file.next_chunk(1000).unwrap().unwrap();
        let batch = file.decode(chunk);
        prop_assert_eq!(&batch.malformed, &[]);
        prop_assert_eq!(records(&batch).len(), expected.len());
        for (row, expected) in expected.iter().enumerate() {
            let call = batch.call(row);
            prop_assert_eq!([call.call_id, call.ingress, call.called], [&expected[0], &expected[3], &expected[4]]);
        }
    }
}

#[test]
fn a_stray_quote_costs_one_record() {
    let rest = "5,10,1,a,49\n".repeat(20_000);
    let text = format!("{HEADER}\n1,10,1,\"a,49\n\"2\",\"10\",1,a,49\n3,10,1,a,\"4\n{rest}");
    let read = all(text.as_bytes(), 4096);
    let wrong: Vec<u64> = read.iter().filter(|r| r.outcome.is_err()).map(|r| r.line).collect();
    assert_eq!((read.len(), wrong), (20_003, vec![2, 4]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn json_lines_are_read_alike_whether_their_places_are_known_or_not(
        lines in prop::collection::vec(json_line(), 0..30),
        record_count in 1usize..30,
    ) {
        let mut layout = layout();
        layout.format = Format::Jsonl;
        let sample = sample(lines.concat());
        let (mut known, mut unknown) = (sample.open(&layout), sample.open(&layout));
        while let Some(chunk) = unknown.next_chunk(record_count).unwrap() {
            let found = known.next_decoded(record_count).unwrap().unwrap();
            let expected = unknown.decode(chunk);
            prop_assert_eq!(records(&found.batch), records(&expected));
            prop_assert_eq!(&found.batch.content, &expected.content);
            prop_assert_eq!(&found.batch.malformed, &expected.malformed);
        }
        prop_assert!(known.next_decoded(record_count).unwrap().is_none());
    }
}

/// Most of them records as one program writes them; others with an escape, a key left out, a value that is odd, bytes
/// that are no text.
fn json_line() -> impl Strategy<Value = Vec<u8>> {
    let duration =
        prop_oneof![6 => "[0-9]{1,3}(\\.[0-9]{1,2})?", 1 => Just("1e1".to_owned()), 1 => "-?[0-9x]{0,2}|null|\\[\\]"];
    let called = prop_oneof![6 => "\"[0-9]{3,5}\"", 1 => "\"[a\"\\\\é\t]{0,3}\"", 1 => Just("null".to_owned())];
    let head = prop_oneof![6 => Just("{\"id\":"), 1 => Just("{\"id\": "), 1 => Just("{\"in\":\"b\",\"id\":")];
    let end = prop_oneof![8 => Just("}\n"), 2 => Just("}\r\n"), 1 => Just("\n"), 1 => Just(",\"more\":{\"id\":1}}\n")];
    let fields = (head, 0..999u32, duration, any::<bool>(), called, end);
    (fields, prop::bool::weighted(0.05)).prop_map(|((head, id, duration, has_party, called, end), is_broken)| {
        let party = if has_party { "\"in\":\"a\"," } else { "" };
        let line = format!("{head}\"{id}\",\"start\":10,\"dur\":{duration},{party}\"called\":{called}{end}");
        let mut line = line.into_bytes();
        line[12] = if is_broken { 0xff } else { line[12] };
        line
    })
}
