//! Files that change while they are known: grown, shrunk, broken off.

use crate::reading::{Read, Sample, mapping, mapping_with, read_all, records, sample};
use didtron_files::{CallFile, check};
use didtron_ports::{CallSource, Error};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::OpenOptions;
use std::io::Write;

const HEADER: &str = "id,start,dur,in,called\n";

fn append(sample: &Sample, text: &str) {
    OpenOptions::new().append(true).open(&sample.path).unwrap().write_all(text.as_bytes()).unwrap();
}

fn texts(read: &[Read]) -> Vec<(u64, String)> {
    read.iter().map(|r| (r.line, String::from_utf8(r.text.clone()).unwrap())).collect()
}

/// Reads `before` whole, appends `after`, continues where it ended; what came then, with the begin of its first chunk.
fn continued(before: &str, after: &str) -> (Vec<(u64, String)>, Option<u64>) {
    let layout = mapping_with("", "");
    let sample = sample(format!("{HEADER}{before}"));
    let mut file = sample.open(&layout);
    let mut end = (0, 1);
    while let Some(chunk) = file.next_chunk(2).unwrap() {
        end = (chunk.range.end, chunk.first_line + chunk.line_count);
    }
    append(&sample, after);
    let mut file = sample.open(&layout);
    file.seek(end.0, end.1).unwrap();
    let mut begin = None;
    let mut read = Vec::new();
    while let Some(chunk) = file.next_chunk(2).unwrap() {
        begin = begin.or(Some(chunk.range.start));
        let again = file.chunk(chunk.range.clone(), chunk.first_line).unwrap();
        assert_eq!(again, chunk);
        read.extend(records(&file.decode(chunk)));
    }
    (texts(&read), begin)
}

#[test]
fn a_file_that_has_grown_is_continued() {
    let head = HEADER.len() as u64;
    let rec = |n: u64, id: &str| (n, format!("{id},10,1,a,49"));
    // Whole lines before: what came is read.
    assert_eq!(continued("1,10,1,a,49\n", "2,10,1,a,49\n"), (vec![rec(3, "2")], Some(head + 12)));
    // Nothing came; neither a finished file nor an unterminated one is read twice.
    assert_eq!(continued("1,10,1,a,49\n", ""), (vec![], None));
    assert_eq!(continued("1,10,1,a,49", ""), (vec![], None));
    // Only the line end came, and then more.
    assert_eq!(continued("1,10,1,a,49", "\n"), (vec![], None));
    assert_eq!(continued("1,10,1,a,49", "\r\n2,10,1,a,49\n"), (vec![rec(3, "2")], Some(head + 11)));
    // The unterminated line has grown: it is read again, whole, from its begin.
    assert_eq!(
        continued("0,10,1,a,49\n1,10,1,a,4", "9\n2,10,1,a,49\n"),
        (vec![rec(3, "1"), rec(4, "2")], Some(head + 12))
    );
    // The same where its begin lies before a line end inside quotes.
    let (read, begin) = continued("0,10,1,a,49\n\"1\n\",10,1,a,4", "9\n2,10,1,a,49\n");
    assert_eq!(read, [(3, "\"1\n\",10,1,a,49".to_owned()), rec(5, "2")]);
    assert_eq!(begin, Some(head + 12));
}

#[test]
fn an_unterminated_line_is_held_back_while_the_file_grows() {
    let sample = sample(format!("{HEADER}1,10,1,a,49\n2,10,1,a,4"));
    let mut file = sample.open(&mapping_with("", ""));
    assert_eq!(file.grown().unwrap(), None);
    append(&sample, "9\n");
    assert_eq!(texts(&read_all(&mut file, 10)), [(2, "1,10,1,a,49".to_owned())]);
    assert_eq!(file.grown().unwrap(), Some(2));
    assert_eq!(file.size(), Some((HEADER.len() + 22) as u64));
    let mut again = sample.open(&mapping_with("", ""));
    assert_eq!(texts(&read_all(&mut again, 10)).len(), 2);
}

#[test]
fn a_file_that_has_shrunk_is_damage() {
    let sample = sample(format!("{HEADER}{}", "1,10,1,a,49\n".repeat(60_000)));
    let mut file = sample.open(&mapping_with("", ""));
    file.next_chunk(10).unwrap().unwrap();
    OpenOptions::new().write(true).open(&sample.path).unwrap().set_len(300_000).unwrap();
    let error = loop {
        match file.next_chunk(10_000) {
            Ok(chunk) => assert!(chunk.is_some(), "the end was reached"),
            Err(error) => break error,
        }
    };
    assert!(matches!(&error, Error::Damaged(m) if m.contains("calls") && m.contains("shorter")), "{error}");
    let mut again = sample.open(&mapping_with("", ""));
    assert!(matches!(again.chunk(0..400_000, 1), Err(Error::Damaged(_))));
    assert!(matches!(again.seek(400_000, 9), Err(Error::Damaged(_))));
    assert_eq!(again.head_digest(400_000).unwrap(), None);
}

#[test]
fn a_compressed_file_that_breaks_off_gives_what_it_has_and_says_where() {
    let mut text = HEADER.to_owned();
    for id in 0..20_000 {
        text += &format!("{id},{},1,a,49{}\n", id * 7 + 10, id * 7919 % 100_000);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    let gzip = encoder.finish().unwrap();
    let zstd = zstd::encode_all(text.as_bytes(), 1).unwrap();
    for whole in [gzip, zstd] {
        let part = sample(&whole[..whole.len() * 2 / 3]);
        let mut file = part.open(&mapping_with("", ""));
        let mut end = (0, 1);
        let error = loop {
            match file.next_chunk(999) {
                Ok(Some(chunk)) => {
                    assert_eq!(chunk.raw, text.as_bytes()[chunk.range.start as usize..chunk.range.end as usize]);
                    end = (chunk.range.end, chunk.first_line + chunk.line_count);
                }
                Ok(None) => panic!("a file that breaks off has no end"),
                Err(error) => break error.to_string(),
            }
        };
        assert!(end.1 > 3000, "{end:?}");
        assert!(error.contains(&format!("calls from byte {} (decompressed), line {}", end.0, end.1)), "{error}");
        assert!(file.next_chunk(1).is_err(), "and it stays damaged");
        let report = check(&part.path, &mapping_with("", ""), 3).unwrap();
        assert_eq!((report.record_count, report.findings.len()), (end.1 - 2, 1));
    }
}

#[test]
fn standard_input_is_kept_under_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{HEADER}1,10,1,a,49\n");
    let gzip = {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let spooled =
        |bytes: &[u8]| CallFile::spool(bytes, &folder.path().join("spool"), &mapping_with("", ""), "pbx").unwrap();
    let mut first = spooled(text.as_bytes());
    assert_eq!(first.name(), "pbx");
    assert_eq!(first.path(), spooled(text.as_bytes()).path());
    assert_eq!(read_all(&mut first, 5), read_all(&mut spooled(&gzip), 5));
    assert_eq!(std::fs::read_dir(folder.path().join("spool")).unwrap().count(), 2);
}

#[test]
fn a_line_without_end_is_no_call_file() {
    let sample = sample(format!("{HEADER}1,10,1,a,49\n{}", "x".repeat(3 << 20)));
    let mut file = sample.open(&mapping_with("", ""));
    assert_eq!(file.next_chunk(10).unwrap().map(|chunk| chunk.line_count), Some(2));
    let error = file.next_chunk(10).unwrap_err().to_string();
    assert!(error.contains("line 3 is longer than 1 MiB"), "{error}");
    assert!(CallFile::open(&crate::reading::sample("x".repeat(3 << 20)).path, &mapping("plain"), None).is_err());
    assert!(CallFile::open(sample.folder.path(), &mapping("plain"), None).is_err(), "a folder is no file");
}
